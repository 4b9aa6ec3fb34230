#pragma once
#include <functional>
#include <memory>

#include "net/connection.h"
#include "net/http.h"

namespace net {

// The rest of a response whose end is not known: Server-Sent Events, in chunks (RFC 9112 §7.1), or for HTTP/1.0 until the end.
class EventStream final : public Protocol, public Stream {
 public:
  enum class Framing : std::uint8_t { chunked, until_end };
  EventStream(Connection& connection, Framing framing);
  void open(const std::function<void(std::shared_ptr<Stream>)>& opened);

  void bytes(std::span<char>) override {}  // a client has nothing more to say here
  void ended() override { connection_.cut_soon(); }
  void drained() override;
  void due() override {}
  void lost() override;
  void draining() override { close(); }
  bool wants_bytes() const override { return true; }  // to notice that the peer leaves

  void write(std::shared_ptr<const std::string> bytes) override;
  std::size_t buffered() const override { return connection_.out().bytes(); }
  void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
  void on_closed(std::function<void()> callback) override { closed_ = std::move(callback); }
  void close() override;
  std::size_t thread() const override { return connection_.loop().index(); }

 private:
  Connection& connection_;
  const Framing framing_;
  std::function<void()> drained_, closed_;
};

}  // namespace net
