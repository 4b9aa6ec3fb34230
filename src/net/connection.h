#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "net/loop.h"
#include "net/outbox.h"
#include "net/wheel.h"
#include "net/wire.h"

namespace net {

// What is spoken on a connection: HTTP first, then perhaps an event stream or a WebSocket. Called on the loop's thread.
class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual void bytes(std::span<char> data) = 0;  // came in; may be changed in place
  virtual void ended() = 0;                      // the peer will send no more
  virtual void drained() = 0;                    // all output has gone to the kernel
  virtual void due() = 0;                        // the deadline given to Connection::expect has passed
  virtual void lost() = 0;                       // the connection is gone: the last call
  virtual void draining() = 0;                   // the server wants to stop
  virtual bool wants_bytes() const = 0;          // false: leave them in the kernel for now
};

// One connection: its wire, its output, its deadlines. Lives until it is closed, and as long as somebody holds it.
// Nothing here calls the protocol back from inside a call of the protocol: closing and writing happen at the end of the turn.
class Connection final : public std::enable_shared_from_this<Connection>, public Wire::Waiter, private Timed {
 public:
  Connection(std::shared_ptr<Loop> loop, std::unique_ptr<Wire> wire, std::string peer);
  ~Connection() override = default;

  void start(std::unique_ptr<Protocol> protocol);
  // From now on this is spoken. The former protocol lives on until the end of the turn.
  void become(std::unique_ptr<Protocol> protocol);

  Loop& loop() const { return *loop_; }
  const std::string& peer() const { return peer_; }
  bool secure() const { return secure_; }
  bool open() const { return state_ == State::open; }

  // Output: append to the outbox, then say so. Unwritten output without progress for write_time cuts the connection.
  Outbox& out() { return out_; }
  void flush_soon();

  void expect(std::int64_t deadline_ms);  // Protocol::due is called once after it; `never` for none
  void read_on();                         // look again whether the protocol wants bytes

  // After what is queued: tells the peer that nothing follows, and drops what it still sends until it ends, for at most
  // dropping_time or max_dropped_bytes. (Closing at once with unread input would reset the connection and lose the answer.)
  void close_after_output();
  void cut_soon();  // at the end of the turn, whatever is queued
  void cut();       // now; only from the loop, never from a protocol

  void drain();
  void flush();  // by the loop at the end of the turn

 private:
  friend class Loop;
  enum class State : std::uint8_t { open, closing, dropping, closed };
  void readable(bool ok, std::size_t count) override;
  void writable(bool ok) override;
  void due() override;
  void received(std::span<char> data);
  void read_more(std::size_t just_read);
  void write_out();
  void output_gone();
  void arm();

  static constexpr std::size_t buffer_size = 2048;         // enough for one request of a browser; an idle connection keeps it
  static constexpr std::size_t pause_output = 128 * 1024;  // a peer that does not read its answers gets no more questions in

  const std::shared_ptr<Loop> loop_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<Protocol> protocol_, retired_;
  std::shared_ptr<Connection> self_;  // while it is not closed
  Connection* next_in_loop_ = nullptr;
  Connection* previous_in_loop_ = nullptr;
  Outbox out_;
  std::int64_t protocol_due_ = never, output_due_ = never;
  std::uint64_t dropped_ = 0;
  State state_ = State::open;
  bool reading_ = false, waiting_to_write_ = false, flush_queued_ = false, doomed_ = false, peer_ended_ = false;
  const bool secure_;
  const std::string peer_;
  std::array<char, buffer_size> buffer_;
};

}  // namespace net
