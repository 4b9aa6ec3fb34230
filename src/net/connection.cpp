#include "net/connection.h"

#include <algorithm>

namespace net {

Connection::Connection(std::shared_ptr<Loop> loop, std::unique_ptr<Wire> wire, std::string peer)
    : loop_(std::move(loop)), wire_(std::move(wire)), secure_(wire_->secure()), peer_(std::move(peer)) {}

void Connection::start(std::unique_ptr<Protocol> protocol) {
  self_ = shared_from_this();
  protocol_ = std::move(protocol);
  loop_->adopt(*this);
  read_on();
}

void Connection::become(std::unique_ptr<Protocol> protocol) {
  retired_ = std::exchange(protocol_, std::move(protocol));
  expect(never);
  read_on();
}

void Connection::expect(std::int64_t deadline_ms) {
  protocol_due_ = deadline_ms;
  arm();
}

void Connection::arm() { loop_->wheel().set(*this, std::min(protocol_due_, output_due_)); }

void Connection::due() {
  const std::int64_t now = loop_->now_ms();
  if (output_due_ <= now || (protocol_due_ <= now && state_ != State::open)) return cut();
  if (protocol_due_ <= now) {
    protocol_due_ = never;
    protocol_->due();
  }
  if (state_ != State::closed) arm();
}

void Connection::read_on() {
  const bool wanted = state_ == State::open ? protocol_->wants_bytes() && out_.bytes() < pause_output
                                            : state_ == State::dropping || dropped_ <= loop_->options().max_dropped_bytes;
  if (reading_ || peer_ended_ || state_ == State::closed || !wanted) return;
  reading_ = true;
  wire_->read(buffer_, shared_from_this());
}

void Connection::readable(bool ok, std::size_t count) {
  if (state_ == State::closed) return;
  Loop::Turn turn(*loop_);
  if (!ok) return cut();
  if (count > 0) {
    received({buffer_.data(), count});
    read_more(count);
  } else {
    peer_ended_ = true;
  }
  reading_ = false;  // not earlier: a read begun by the protocol meanwhile would overtake read_more
  if (peer_ended_ && state_ == State::open) protocol_->ended();
  if (peer_ended_ && state_ == State::dropping) return cut();
  read_on();
}

// The small buffer was full: most of a large body is already in the kernel, and taken through the loop's large buffer.
void Connection::read_more(std::size_t just_read) {
  const std::span<char> scratch = loop_->scratch();
  std::size_t room = buffer_.size();
  for (int round = 0; round < 4 && just_read == room && state_ != State::closed && !doomed_; ++round) {
    if (state_ == State::open && (!protocol_->wants_bytes() || out_.bytes() >= pause_output)) return;
    const long count = wire_->read_now(scratch);
    if (count == Wire::would_block) return;
    if (count == Wire::broken) return cut_soon();
    if (count == 0) {
      peer_ended_ = true;
      return;
    }
    just_read = static_cast<std::size_t>(count);
    room = scratch.size();
    received(scratch.first(just_read));
  }
}

void Connection::received(std::span<char> data) {
  Counters::add(loop_->counters.bytes_in, data.size());
  if (doomed_) return;
  if (state_ == State::open) return protocol_->bytes(data);
  dropped_ += data.size();
  if (dropped_ > loop_->options().max_dropped_bytes && state_ == State::dropping) cut_soon();
}

void Connection::flush_soon() {
  if (flush_queued_ || state_ == State::closed) return;
  flush_queued_ = true;
  loop_->flush_later(shared_from_this());
}

void Connection::flush() {
  flush_queued_ = false;
  retired_.reset();
  if (state_ == State::closed) return;
  if (doomed_) return cut();
  if (!waiting_to_write_) write_out();
}

void Connection::write_out() {
  constexpr int most = 64;
  iovec vectors[most];
  std::size_t written = 0;
  constexpr std::size_t fair_share = 1024 * 1024;  // then the others get their turn
  while (!out_.empty()) {
    const int count = out_.gather(vectors, most);
    const long sent = written < fair_share ? wire_->write_now(vectors, count) : Wire::would_block;
    if (sent == Wire::broken) return cut();
    if (sent == Wire::would_block) break;
    out_.written(static_cast<std::size_t>(sent), loop_->spare());
    written += static_cast<std::size_t>(sent);
  }
  Counters::add(loop_->counters.bytes_out, written);
  if (out_.empty()) return output_gone();
  if (written > 0 || output_due_ == never) {
    output_due_ = loop_->now_ms() + loop_->options().write_time.count();
    arm();
  }
  waiting_to_write_ = true;
  wire_->wait_writable(shared_from_this());
}

void Connection::writable(bool ok) {
  if (state_ == State::closed) return;
  Loop::Turn turn(*loop_);
  waiting_to_write_ = false;
  if (!ok) return cut();
  write_out();
}

void Connection::output_gone() {
  if (output_due_ != never) {
    output_due_ = never;
    arm();
  }
  if (state_ == State::open) {
    protocol_->drained();
  } else if (state_ == State::closing) {
    state_ = State::dropping;
    wire_->end_of_writing();
    if (peer_ended_) return cut();
    constexpr std::int64_t while_stopping = 1'000;
    const std::int64_t dropping = loop_->options().dropping_time.count();
    expect(loop_->now_ms() + (loop_->draining() ? std::min(dropping, while_stopping) : dropping));
  }
  if (state_ != State::closed) read_on();
}

void Connection::close_after_output() {
  if (state_ != State::open) return;
  state_ = State::closing;
  expect(never);  // the output has its own deadline
  flush_soon();
  read_on();
}

void Connection::cut_soon() {
  doomed_ = true;
  flush_soon();
}

void Connection::cut() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  const std::shared_ptr<Connection> keep = std::exchange(self_, nullptr);
  loop_->forget(*this);
  loop_->wheel().remove(*this);
  out_.clear();
  wire_->close();
  if (protocol_) protocol_->lost();
}

void Connection::drain() {
  if (state_ == State::open) protocol_->draining();
}

}  // namespace net
