#pragma once
#include <string>
#include <vector>

#include "net/http.h"

namespace edge {

// Which foreign pages a browser may let call this API, by exact origin. Without origins nothing is said at all.
class Cors {
 public:
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}
  bool preflight(const net::Request&) const;
  net::Response allow(const net::Request&, const std::string& methods) const;  // the answer to a preflight
  void mark(const net::Request&, net::Response&) const;                        // any other answer
 private:
  bool knows(std::string_view origin) const;
  std::vector<std::string> origins_;
};

}  // namespace edge
