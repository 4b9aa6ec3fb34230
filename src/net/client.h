#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

// The other side, for the command line: blocking calls on libcurl over TCP or a Unix socket.
namespace net {

struct ClientOptions {
  std::string base;              // "http://127.0.0.1:8080"
  std::string unix_socket = {};  // instead of TCP
  std::string authority = {};    // PEM: who vouches for an https server; empty: whom the system trusts
  std::chrono::milliseconds timeout{30'000};
};

// One keep-alive connection. Throws std::runtime_error when the server cannot be reached.
class Client {
 public:
  explicit Client(ClientOptions);
  ~Client();
  Response call(std::string_view method, std::string_view path_and_query, const Headers&, std::string_view body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
