#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX, which stays in net/*.cpp

namespace net {

// Why a certificate and its key cannot be used, and what to do about it.
struct TlsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The server's side of TLS 1.3 and 1.2 (RFC 8446, 5246): a certificate and its key from two PEM files, read again when they
// change. What is in use stays so for the connections that have begun with it.
class Tls {
 public:
  struct Files {
    std::string certificate;  // the server's, followed by those between it and its authority
    std::string key;          // without a passphrase
  };
  using Context = std::shared_ptr<ssl_ctx_st>;

  explicit Tls(Files files);  // throws TlsError
  Context context() const;    // for a new handshake; from any thread

  // Called once a second: takes a changed pair once it has lain still between two calls (whoever renews writes two files),
  // and the same pair anew each day, for fresh ticket keys. A pair that cannot be used is logged, and the one before stays.
  void look();

 private:
  // Says whether a file is still the same: a rename, a write and a changed right all show.
  using Stamp = std::array<std::int64_t, 8>;
  Stamp stamp() const;
  void take(const Stamp& found, const Context& context);

  const Files files_;
  mutable std::mutex mutex_;
  Context context_;  // guarded by mutex_
  std::mutex looking_;
  // Guarded by looking_.
  Stamp tried_{}, seen_{};
  std::chrono::steady_clock::time_point taken_at_;
};

}  // namespace net
