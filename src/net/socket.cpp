#include "net/socket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "net/ascii.h"
#include "net/problem.h"

namespace net {

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), hash.data(), static_cast<int>(size));
  return std::string(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length));
}

namespace {

// 16 bytes in base 64: 22 characters and "==", the last character carrying four bits.
bool is_key(std::string_view key) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == 24 && key.ends_with("==") && key.substr(0, 22).find_first_not_of(alphabet) == key.npos &&
         std::string_view("AQgw").contains(key[21]);
}

// The values of a header that may be given several times, as one list.
std::string all_of(const Request& request, std::string_view wanted) {
  std::string list;
  for (const auto& [name, value] : request.headers)
    if (same_ignoring_case(name, wanted)) list += (list.empty() ? "" : ",") + value;
  return list;
}

}  // namespace

Handshake read_handshake(const Request& request) {
  Handshake handshake;
  if (request.header("sec-websocket-version") != "13") {
    handshake.refused =
        problem(426, "http.upgrade", "Upgrade required", "Only version 13 of the WebSocket protocol is spoken here.");
    handshake.refused->headers.emplace_back("Sec-WebSocket-Version", "13");
    return handshake;
  }
  if (!is_key(request.header("sec-websocket-key"))) {
    handshake.refused = problem(400, "http.malformed", "Malformed request", "Sec-WebSocket-Key is not 16 bytes in base 64.");
    return handshake;
  }
  handshake.accept = websocket_accept(request.header("sec-websocket-key"));
  handshake.protocols = all_of(request, "sec-websocket-protocol");
  handshake.extensions = all_of(request, "sec-websocket-extensions");
  return handshake;
}

namespace {

// One message often goes to many sockets in a row: it is compressed for the first of them. Null: it does not get smaller.
std::shared_ptr<const std::string> deflated_once(const std::shared_ptr<const std::string>& message, int bits) {
  thread_local std::weak_ptr<const std::string> last, last_deflated;
  thread_local int last_bits = 0;
  if (bits == last_bits && last.lock() == message)
    if (auto deflated = last_deflated.lock()) return deflated;
  auto deflated = std::make_shared<std::string>();
  if (!deflate_message(bits, *message, *deflated)) return nullptr;
  deflated->shrink_to_fit();
  last = message;
  last_deflated = deflated;
  last_bits = bits;
  return deflated;
}

}  // namespace

WebSocket::WebSocket(Connection& connection, const SocketTerms& terms)
    : connection_(connection),
      reader_(terms.rules),
      max_buffered_(std::max(connection.loop().options().max_buffered_bytes, 2 * terms.rules.max_bytes)),
      deflate_bits_(terms.deflate_bits),
      last_frame_ms_(connection.loop().now_ms()) {
  Counters::add(connection_.loop().counters.sockets_open, 1);
}

void WebSocket::open(const std::function<void(std::shared_ptr<Socket>)>& opened) {
  connection_.expect(connection_.loop().now_ms() + connection_.loop().options().ping_time.count());
  if (opened) opened({connection_.shared_from_this(), this});
}

void WebSocket::bytes(std::span<char> data) {
  last_frame_ms_ = connection_.loop().now_ms();
  while (state_ != State::closed && connection_.open()) {
    const FrameReader::Event event = reader_.next(data);
    if (event.kind == FrameReader::Event::Kind::more) return;
    handle(event);
  }
}

void WebSocket::handle(const FrameReader::Event& event) {
  using Kind = FrameReader::Event::Kind;
  switch (event.kind) {
    case Kind::text:
      return hand_over(message_, event.payload);
    case Kind::binary:
      return hand_over(binary_, event.payload);
    case Kind::ping:
      return control(Opcode::pong, event.payload);
    case Kind::close:
      return peer_closes(event.code);
    case Kind::fault:
      return fail(event.code, event.payload);
    case Kind::pong:
    case Kind::more:
      return;
  }
}

void WebSocket::hand_over(const std::function<void(std::string_view)>& to, std::string_view payload) {
  const auto callback = to;  // a copy: it may set another one
  if (callback && state_ == State::open) callback(payload);
}

// Whoever does not read is cut before their queue grows over the cap.
bool WebSocket::has_room(std::size_t bytes) {
  if (connection_.out().bytes() + bytes <= max_buffered_) return true;
  connection_.cut_soon();
  return false;
}

void WebSocket::control(Opcode opcode, std::string_view payload) {
  if (state_ != State::open || !connection_.open() || !has_room(payload.size())) return;
  Outbox& out = connection_.out();
  out.text(frame_head(opcode, payload.size()).view());
  out.text(payload);
  connection_.flush_soon();
}

void WebSocket::send(Opcode opcode, std::shared_ptr<const std::string> message) {
  if (state_ != State::open || !connection_.open()) return;
  const std::size_t from = connection_.loop().options().compress_from_bytes;
  std::shared_ptr<const std::string> smaller;
  if (deflate_bits_ != 0 && message->size() >= from) smaller = deflated_once(message, deflate_bits_);
  const Packing packing = smaller ? Packing::deflated : Packing::plain;
  if (smaller) message = std::move(smaller);
  if (!has_room(message->size())) return;
  Outbox& out = connection_.out();
  out.text(frame_head(opcode, message->size(), packing).view());
  out.shared(std::move(message));
  connection_.flush_soon();
}

// The peer sends no more, but may still read what it has asked for.
void WebSocket::ended() {
  state_ = State::closed;
  connection_.close_after_output();
  tell_closed();
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open || !connection_.open()) return;
  code_ = is_sendable_close_code(code) ? code : close_code::normal;
  state_ = State::closing;
  connection_.out().text(close_frame(code_, reason));
  connection_.flush_soon();
  connection_.expect(connection_.loop().now_ms() + connection_.loop().options().close_time.count());
}

void WebSocket::peer_closes(std::uint16_t code) {
  if (state_ == State::open) {
    code_ = code;
    connection_.out().text(close_frame(code == close_code::none ? 0 : code, {}));
  }
  state_ = State::closed;
  connection_.close_after_output();
  tell_closed();
}

// Says why and hangs up: what follows a broken frame cannot be read.
void WebSocket::fail(std::uint16_t code, std::string_view why) {
  if (state_ == State::open) {
    code_ = code;
    connection_.out().text(close_frame(code, why));
  }
  state_ = State::closed;
  connection_.close_after_output();
  tell_closed();
}

void WebSocket::due() {
  if (state_ != State::open) {  // the peer did not answer our close frame
    state_ = State::closed;
    connection_.close_after_output();
    return tell_closed();
  }
  const ServerOptions& options = connection_.loop().options();
  const std::int64_t now = connection_.loop().now_ms();
  if (pinged_ms_ != 0 && last_frame_ms_ < pinged_ms_) return connection_.cut_soon();
  if (pinged_ms_ != 0) {  // somebody is there; the next ping is due a whole interval after the last one
    const std::int64_t next = pinged_ms_ + options.ping_time.count();
    pinged_ms_ = 0;
    if (next > now) return connection_.expect(next);
  }
  if (!connection_.out().empty())  // a ping behind a full queue would say nothing: the writing has its own deadline
    return connection_.expect(now + options.ping_time.count());
  pinged_ms_ = now;
  control(Opcode::ping, {});
  connection_.expect(now + options.pong_time.count());
}

std::int64_t WebSocket::idle_ms() const { return connection_.loop().now_ms() - last_frame_ms_; }

void WebSocket::drained() {
  const auto callback = drained_;
  if (callback && state_ == State::open) callback();
}

void WebSocket::lost() {
  Counters::add(connection_.loop().counters.sockets_open, static_cast<std::uint64_t>(-1));
  tell_closed();
}

// At once when the conversation is over, not only when the connection is.
void WebSocket::tell_closed() {
  message_ = binary_ = nullptr;
  drained_ = nullptr;
  if (const auto callback = std::exchange(closed_, nullptr)) callback(code_);
}

}  // namespace net
