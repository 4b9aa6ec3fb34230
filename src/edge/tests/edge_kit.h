#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/daybook.h"
#include "edge/edge.h"
#include "net/client.h"
#include "net/server.h"

// An edge over a real daybook with one small module, with and without a network.
namespace edge::test {

using namespace std::chrono_literals;

using ThingId = base::Id<"thg">;
struct Thing {
  ThingId id;
  base::Text<1, 100> name;
  std::optional<base::Text<1, 200>> note;
  bool rare = false;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Thing, id, name, note, rare, version, created_at, updated_at, fingerprint)

// Rows of tokens: (secret, permissions by comma); a change of them is an event token.*.
struct Pass {
  base::Id<"tok"> id;
  base::Text<1, 200> secret, permissions;
  std::int64_t version = 1;
};
RECORD(Pass, id, secret, permissions, version)

extern const core::Module things;
inline std::atomic<int> authentications = 0;  // how often the module was asked

inline constexpr base::ProblemKind too_loud{"things.too_loud", 409, "Nobody wants to hear it that loud."};

struct Answered {
  int status = 0;
  net::Headers headers;
  std::string body;
  std::string header(std::string_view name) const;
  std::string member(std::string_view name) const { return reflect::member(body, name); }
  std::string code() const { return member("code"); }
};
Answered read(const net::Response&);

class Desk {
 public:
  explicit Desk(Edge::Options = {.version = "9.9"});
  ~Desk();
  // Without a network: straight into Edge::request. `target` is "/path?query".
  Answered ask(std::string_view method, std::string_view target, net::Headers = {}, std::string body = {},
               std::string peer = "127.0.0.1");
  // The same as a person with all rights, JSON and, for POST, a new key.
  Answered as_owner(std::string_view method, std::string_view target, std::string body = {}, net::Headers = {});
  net::Headers owner(net::Headers more = {}) const;

  std::string pass(std::string_view permissions, std::string_view tenant = "shop");  // a new token
  void revoke(std::string_view token);
  std::string fresh_key() { return "key-" + std::to_string(++keys_); }
  std::string create(std::string_view name);  // a thing's id
  std::string position() const;
  std::string epoch() const { return tenant->head().epoch; }
  std::int64_t head() const { return tenant->head().seq; }
  // With a network, on 127.0.0.1 and on a socket in the folder.
  void listen();
  net::Response call(std::string_view method, std::string_view target, const net::Headers&, std::string_view body = {});
  net::Response local(std::string_view method, std::string_view target, std::string_view body = {});

  std::filesystem::path folder;
  std::atomic<std::int64_t> clock_us = 1'760'000'000'000'000;
  std::unique_ptr<core::Daybook> daybook;
  std::shared_ptr<core::Tenant> tenant;
  std::shared_ptr<Edge> edge;
  std::unique_ptr<net::Server> server;
  std::string token;

 private:
  std::int64_t keys_ = 0;
};

}  // namespace edge::test
