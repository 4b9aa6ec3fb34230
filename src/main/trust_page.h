#pragma once
#include <filesystem>
#include <optional>

#include "net/http.h"

namespace program {

// DIR/tls of a data directory (`daybook cert local`).
std::filesystem::path tls_folder(const std::filesystem::path& data);

// GET /tls and /tls/authority.crt: where a phone fetches the shop's own authority. Needs no token, for there is nothing secret
// in it, and is there only while DIR/tls/authority.pem is.
class TrustPage {
 public:
  explicit TrustPage(std::filesystem::path authority) : authority_(std::move(authority)) {}
  // None: it is not for this page, or there is no authority.
  std::optional<net::Response> answer(const net::Request&) const;

 private:
  std::filesystem::path authority_;
};

}  // namespace program
