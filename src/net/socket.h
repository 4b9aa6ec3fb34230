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
  std::string extensions;           // the same
};
Handshake read_handshake(const Request& request);

// "dGhlIHNhbXBsZSBub25jZQ==" -> "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" (RFC 6455 §1.3)
std::string websocket_accept(std::string_view key);

// What was agreed on for one socket.
struct SocketTerms {
  FrameReader::Rules rules;
  int deflate_bits = 0;  // the window of what we compress; 0: permessage-deflate is not spoken
};

// A WebSocket on a connection. Pings every ping_time; whoever sends nothing for pong_time after it is gone.
class WebSocket final : public Protocol, public Socket {
 public:
  WebSocket(Connection& connection, const SocketTerms& terms);
  void open(const std::function<void(std::shared_ptr<Socket>)>& opened);

  void bytes(std::span<char> data) override;
  void ended() override;
  void drained() override;
  void due() override;
  void lost() override;
  void draining() override { close(close_code::restarting, "the server stops"); }
  bool wants_bytes() const override { return true; }

  void send(std::shared_ptr<const std::string> text) override { send(Opcode::text, std::move(text)); }
  void send_binary(std::shared_ptr<const std::string> bytes) override { send(Opcode::binary, std::move(bytes)); }
  std::size_t buffered() const override { return connection_.out().bytes(); }
  void on_message(std::function<void(std::string_view)> callback) override { message_ = std::move(callback); }
  void on_binary(std::function<void(std::string_view)> callback) override { binary_ = std::move(callback); }
  void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
  void on_closed(std::function<void(std::uint16_t)> callback) override { closed_ = std::move(callback); }
  void close(std::uint16_t code, std::string_view reason) override;
  std::int64_t idle_ms() const override;
  std::size_t thread() const override { return connection_.loop().index(); }
  const std::string& peer() const override { return connection_.peer(); }

 private:
  enum class State : std::uint8_t { open, closing, closed };  // closing: our close frame is out, the peer's is awaited
  void handle(const FrameReader::Event& event);
  void hand_over(const std::function<void(std::string_view)>& callback, std::string_view payload);
  void send(Opcode opcode, std::shared_ptr<const std::string> message);
  bool has_room(std::size_t bytes);
  void control(Opcode opcode, std::string_view payload);
  void peer_closes(std::uint16_t code);
  void fail(std::uint16_t code, std::string_view why);
  void tell_closed();

  Connection& connection_;
  FrameReader reader_;
  const std::size_t max_buffered_;
  const int deflate_bits_;
  std::function<void(std::string_view)> message_, binary_;
  std::function<void()> drained_;
  std::function<void(std::uint16_t)> closed_;
  std::int64_t last_frame_ms_;
  std::int64_t pinged_ms_ = 0;  // 0: no answer is awaited
  std::uint16_t code_ = close_code::lost;
  State state_ = State::open;
};

}  // namespace net
