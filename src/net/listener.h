#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/loop.h"

namespace net {

// A listening socket whose connections are taken on one loop's thread.
class Listener {
 public:
  struct Accepted {
    int descriptor;  // non-blocking; now the callee's
    int family;
    std::string peer;
  };
  // Binds and listens. Throw std::runtime_error with what to do when it cannot.
  static std::shared_ptr<Listener> tcp(const std::string& address, std::uint16_t port);
  static std::shared_ptr<Listener> unix_socket(const std::string& path);

  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;  // 0 of a Unix socket
  virtual void start(std::shared_ptr<Loop> loop, std::function<void(Accepted)> accepted) = 0;
  virtual void stop() = 0;  // on the loop's thread, or before start; connections not yet taken are refused
};

}  // namespace net
