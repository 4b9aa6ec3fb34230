#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

namespace net {

class Loop;

// One connected stream of bytes that never blocks: a TCP or Unix socket, or TLS on one (tls_wire.h).
class Wire {
 public:
  // Who waits. Kept alive by the operation that is under way.
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void readable(bool ok, std::size_t count) = 0;  // ok with count 0: the peer will send no more
    virtual void writable(bool ok) = 0;
  };
  static constexpr long would_block = -1;
  static constexpr long broken = -2;

  virtual ~Wire() = default;
  virtual bool secure() const { return false; }  // nobody between the peer and us reads along
  // Calls waiter->readable once, later, when bytes are in `into` (which must stay until then). One at a time.
  virtual void read(std::span<char> into, std::shared_ptr<Waiter> waiter) = 0;
  // Bytes at once (0: the end), would_block or broken.
  virtual long read_now(std::span<char> into) = 0;
  virtual long write_now(const iovec* vectors, int count) = 0;
  virtual void wait_writable(std::shared_ptr<Waiter> waiter) = 0;
  virtual void end_of_writing() = 0;  // the peer reads the end after what was written
  virtual void close() = 0;           // ends the operations under way (ok = false)
};

// Takes over a connected, non-blocking socket. On the loop's thread.
std::unique_ptr<Wire> open_wire(Loop& loop, int descriptor, int family);

}  // namespace net
