// How a session leaves HTTP: the handler decides about an event stream or a WebSocket handshake, and the connection changes
// hands.
#include "net/answer.h"
#include "net/ascii.h"
#include "net/problem.h"
#include "net/session.h"
#include "net/socket.h"
#include "net/stream.h"

namespace net {

// Decides at most once; if the handler forgets about it, 500 is answered.
template <class Answer>
std::function<void(Answer)> Session::decider(void (Session::*taking)(Answer&&)) {
  struct Decision {
    Decision(std::shared_ptr<Connection> given, Session& of, void (Session::*with)(Answer&&))
        : connection(std::move(given)), session(of), take_answer(with) {}
    Decision(const Decision&) = delete;
    Decision& operator=(const Decision&) = delete;
    ~Decision() {
      if (!decided) session.answer(problem(500, "internal", "Internal error", "The request was not answered."));
    }
    const std::shared_ptr<Connection> connection;  // keeps the session until it is decided
    Session& session;
    void (Session::* const take_answer)(Answer&&);
    std::atomic<bool> decided{false};
  };
  auto decision = std::make_shared<Decision>(connection_.shared_from_this(), *this, taking);
  return [decision](Answer answer) {
    if (decision->decided.exchange(true)) return;
    if (answer.refused) return decision->session.answer(std::move(*answer.refused));
    Loop& loop = decision->connection->loop();
    if (loop.here()) return (decision->session.*decision->take_answer)(std::move(answer));
    loop.post(
        [decision, answer = std::move(answer)]() mutable { (decision->session.*decision->take_answer)(std::move(answer)); });
  };
}

void Session::ask_stream() { connection_.loop().handler().stream(std::move(request_), decider(&Session::take_stream)); }

void Session::ask_upgrade() {
  Handshake handshake = read_handshake(request_);
  if (handshake.refused) return take(std::move(*handshake.refused));
  websocket_accept_ = std::move(handshake.accept);
  offered_protocols_ = std::move(handshake.protocols);
  offered_extensions_ = std::move(handshake.extensions);
  connection_.loop().handler().upgrade(std::move(request_), decider(&Session::take_upgrade));
}

// Not while bytes are being sorted: what follows the request belongs to the new protocol.
void Session::switch_over(std::function<void()> begin) {
  switch_ = std::move(begin);
  if (!consuming_) after_consuming();
}

void Session::take_stream(Handler::StreamAnswer&& answer) {
  if (!connection_.open() || state_ != State::waiting) return;
  state_ = State::leaving;
  AnswerHead head{.status = 200, .date = connection_.loop().date(), .chunked = !framing_.http_1_0, .after = After::close};
  head.has_length = false;
  connection_.out().text(connection_.loop().spare(), [&](std::string& out) { append_head(out, head, answer.headers); });
  connection_.flush_soon();
  switch_over([this, chunked = head.chunked, opened = std::move(answer.opened)] {
    Connection& connection = connection_;  // this session may end with `become`
    auto made =
        std::make_unique<EventStream>(connection, chunked ? EventStream::Framing::chunked : EventStream::Framing::until_end);
    EventStream* stream = made.get();
    connection.become(std::move(made));
    stream->open(opened);
  });
}

void Session::take_upgrade(Handler::Upgrade&& answer) {
  if (!connection_.open() || state_ != State::waiting) return;
  state_ = State::leaving;
  const ServerOptions& options = connection_.loop().options();
  SocketTerms terms{.rules = {.max_bytes = answer.max_message_bytes ? answer.max_message_bytes : options.max_frame_bytes,
                              .binary = answer.binary}};
  const auto deflate = options.compress_from_bytes ? choose_deflate(offered_extensions_) : std::nullopt;
  if (deflate) terms.rules.deflate = true, terms.deflate_bits = deflate->window_bits;
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  head.append(websocket_accept_).append("\r\n");
  const bool offered = any_of_list(offered_protocols_, [&](std::string_view one) { return one == answer.subprotocol; });
  if (offered) head.append("Sec-WebSocket-Protocol: ").append(answer.subprotocol).append("\r\n");
  if (deflate) head.append("Sec-WebSocket-Extensions: ").append(deflate->answer).append("\r\n");
  connection_.out().text(head.append("\r\n"));
  connection_.flush_soon();
  switch_over([this, terms, opened = std::move(answer.opened)] {
    Connection& connection = connection_;
    std::string early = std::move(in_);  // frames that came with the handshake
    auto made = std::make_unique<WebSocket>(connection, terms);
    WebSocket* socket = made.get();
    connection.become(std::move(made));
    socket->open(opened);
    if (!early.empty() && connection.open()) socket->bytes(early);
  });
}

}  // namespace net
