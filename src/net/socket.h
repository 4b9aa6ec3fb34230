#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/connection.h"
#include "net/http.h"
#include "net/websocket_frames.h"

namespace net {

// What the client asked for, checked (RFC 6455 §4.2.1).
struct Handshake {
  std::optional<Response> refused;  // 400, or 426 for another version
  std::string accept;               // Sec-WebSocket-Accept
  std::string protocols;            // offered, as a comma list
};
Handshake read_handshake(const Request& request);

// "dGhlIHNhbXBsZSBub25jZQ==" -> "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" (RFC 6455 §1.3)
std::string websocket_accept(std::string_view key);

// A WebSocket on a connection. Pings every ping_time; whoever sends nothing for pong_time after it is gone.
class WebSocket final : public Protocol, public Socket {
 public:
  explicit WebSocket(Connection& connection);
  void open(const std::function<void(std::shared_ptr<Socket>)>& opened);

  void bytes(std::span<char> data) override;
  void ended() override { connection_.cut_soon(); }
  void drained() override;
  void due() override;
  void lost() override;
  void draining() override { close(close_code::restarting, "the server stops"); }
  bool wants_bytes() const override { return true; }

  void send(std::shared_ptr<const std::string> text) override;
  std::size_t buffered() const override { return connection_.out().bytes(); }
  void on_message(std::function<void(std::string_view)> callback) override { message_ = std::move(callback); }
  void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
  void on_closed(std::function<void(std::uint16_t)> callback) override { closed_ = std::move(callback); }
  void close(std::uint16_t code, std::string_view reason) override;
  std::int64_t idle_ms() const override;
  std::size_t thread() const override { return connection_.loop().index(); }
  const std::string& peer() const override { return connection_.peer(); }

 private:
  enum class State : std::uint8_t { open, closing, closed };  // closing: our close frame is out, the peer's is awaited
  void handle(const FrameReader::Event& event);
  void control(Opcode opcode, std::string_view payload);
  void peer_closes(std::uint16_t code);
  void fail(std::uint16_t code, std::string_view why);
  void tell_closed();

  Connection& connection_;
  FrameReader reader_;
  std::function<void(std::string_view)> message_;
  std::function<void()> drained_;
  std::function<void(std::uint16_t)> closed_;
  std::int64_t last_frame_ms_;
  std::int64_t pinged_ms_ = 0;  // 0: no answer is awaited
  std::uint16_t code_ = close_code::lost;
  State state_ = State::open;
};

}  // namespace net
