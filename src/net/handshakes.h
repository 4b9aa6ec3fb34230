#pragma once
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "net/listener.h"
#include "net/loop.h"
#include "net/wire.h"

namespace net {

// The TLS handshakes under way on one loop. What comes out of here may speak HTTP; before that a peer costs little and has
// ServerOptions::handshake_time. Of those that have begun to speak (each holds some 20 KiB of OpenSSL's memory) there are at
// most the loop's share of max_handshakes: one more cuts the oldest, since an honest handshake takes a moment.
// All on the loop's thread.
class Handshakes {
 public:
  using Arrived = std::function<void(Loop&, std::unique_ptr<Wire>, std::string peer)>;
  Handshakes(std::shared_ptr<Loop> loop, Arrived arrived);  // on any thread
  ~Handshakes();
  Loop& loop() const { return *loop_; }
  void begin(const Listener::Accepted& one);
  void cut();  // all of them, and those that still come

 private:
  class Handshake;
  using List = std::list<std::shared_ptr<Handshake>>;
  void spoke(const List::iterator& one);
  void forget(const List::iterator& one, List& among);

  const std::shared_ptr<Loop> loop_;
  const Arrived arrived_;
  const std::size_t most_;
  List silent_, speaking_;  // the oldest first
  bool closed_ = false;
};

}  // namespace net
