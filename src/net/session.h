#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "net/compress.h"
#include "net/connection.h"
#include "net/http.h"
#include "net/http_parser.h"

namespace net {

// HTTP/1.1 on a connection: one request at a time goes to the handler, further ones wait their turn, so that answers keep the
// order. It is the target of its requests' replies itself: a request costs no allocation here but its own strings.
class Session final : public Protocol, public Reply::Target {
 public:
  explicit Session(Connection& connection);

  void bytes(std::span<char> data) override;
  void ended() override;
  void drained() override;
  void due() override;
  void lost() override { gone_ = true; }
  void draining() override;
  bool wants_bytes() const override;

  void answer(Response response) override;  // from any thread
  bool alive() const override;              // from any thread
  std::size_t thread() const override { return connection_.loop().index(); }

 private:
  enum class State : std::uint8_t { head, body, waiting, leaving, over };
  std::size_t consume(std::string_view data);
  std::size_t step(std::string_view data);
  std::size_t read_head(std::string_view data);
  std::size_t read_sized(std::string_view data);
  std::size_t read_chunked(std::string_view data);
  void begin_body(bool more_is_here);
  void resume();
  void after_consuming();
  void dispatch();
  void ask_handler(bool& asked);
  void ask_stream();
  void ask_upgrade();
  void take(Response&& response);
  void take_stream(Handler::StreamAnswer&& answer);
  void take_upgrade(Handler::Upgrade&& answer);
  void switch_over(std::function<void()> begin);
  void write_answer(Response& response);
  bool pick_coding(const Response& response, std::string_view body, bool& vary) const;
  void refuse(int status, std::string_view code, std::string_view title, std::string_view detail);
  void refuse(const Fault& fault);
  void refuse_too_large();
  bool under_pressure() const;
  template <class Answer>
  std::function<void(Answer)> decider(void (Session::*taking)(Answer&&));

  Connection& connection_;
  std::string in_;  // came in but not used yet
  HeadScanner scanner_;
  ChunkedDecoder chunks_;
  Request request_;
  Framing framing_;
  Coding coding_ = Coding::identity;
  State state_ = State::head;
  bool head_only_ = false;
  bool head_begun_ = true;  // its deadline runs; for a new connection from the start
  bool consuming_ = false;
  bool ended_ = false;
  std::string websocket_accept_, offered_protocols_, offered_extensions_;  // of a handshake
  std::function<void()> switch_;  // to another protocol, once the bytes at hand are sorted
  std::atomic<bool> gone_{false};
  std::atomic<std::int64_t> ended_at_ms_{0};
};

}  // namespace net
