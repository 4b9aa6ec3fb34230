#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"

namespace edge {

inline constexpr std::string_view api_root = "/api/v1";

// An operation with its route: exactly one of command, query and procedure is there.
struct Route {
  std::string method, path;  // "POST", "/api/v1/orders/{id}/accept"
  const core::Operation* operation = nullptr;
  const core::Command* command = nullptr;
  const core::Query* query = nullptr;
  const core::Procedure* procedure = nullptr;
  const reflect::Type* input = nullptr;
  const reflect::Type* output = nullptr;
  std::vector<const reflect::Field*> segments = {};  // the input's members in the path, in order
  std::string created = {};                          // where what it creates is read: "/api/v1/orders/{id}"; "" when nowhere
  std::size_t number = 0;                            // its place in routes()
};

// "/orders/{id}" against a path: literal segments win over members, and the walk takes another branch where one ends.
class Router {
 public:
  // Throws std::logic_error for a route whose {segment} is no member of its input.
  explicit Router(const core::Registry&);
  struct Match {
    const Route* route = nullptr;                 // null: no route, or none of this method
    std::vector<std::string_view> segments = {};  // still percent-encoded, in the order of the route's
    std::string allow = {};                       // when only the method is wrong: "GET, HEAD, POST, OPTIONS"
  };
  // `path` as received. HEAD is a GET; OPTIONS never matches, and gets `allow`.
  Match find(std::string_view method, std::string_view path) const;
  const std::deque<Route>& routes() const { return routes_; }

 private:
  static constexpr std::array<std::string_view, 5> methods = {"GET", "POST", "PATCH", "PUT", "DELETE"};
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal = {};
    std::unique_ptr<Node> member = {};
    std::array<const Route*, methods.size()> routes = {};
  };
  void add(Route);
  void name_creations();
  bool walk(const Node&, std::string_view rest, std::optional<std::size_t> method, Match&, std::uint32_t& allowed) const;

  std::deque<Route> routes_;
  Node root_;
};

// Percent-decoding; none when an escape is not one. In a query "+" is a space.
enum class Decode : std::uint8_t { segment, query };
std::optional<std::string> percent_decoded(std::string_view, Decode);

}  // namespace edge
