#include "net/stream.h"

#include <charconv>

namespace net {

EventStream::EventStream(Connection& connection, Framing framing) : connection_(connection), framing_(framing) {
  Counters::add(connection_.loop().counters.streams_open, 1);
}

void EventStream::open(const std::function<void(std::shared_ptr<Stream>)>& opened) {
  if (opened) opened({connection_.shared_from_this(), this});
}

void EventStream::write(std::shared_ptr<const std::string> bytes) {
  if (!connection_.open() || bytes->empty()) return;  // an empty chunk would end the response
  Outbox& out = connection_.out();
  if (out.bytes() + bytes->size() > connection_.loop().options().max_buffered_bytes) return connection_.cut_soon();
  if (framing_ == Framing::chunked) {
    char size[18];
    const auto [end, error] = std::to_chars(size, size + sizeof size - 2, bytes->size(), 16);
    end[0] = '\r';
    end[1] = '\n';
    out.text(std::string_view(size, static_cast<std::size_t>(end + 2 - size)));
  }
  out.shared(std::move(bytes));
  if (framing_ == Framing::chunked) out.text("\r\n");
  connection_.flush_soon();
}

void EventStream::close() {
  if (!connection_.open()) return;
  if (framing_ == Framing::chunked) connection_.out().text("0\r\n\r\n");
  connection_.close_after_output();
}

void EventStream::drained() {
  const auto callback = drained_;  // a copy: it may set another one
  if (callback) callback();
}

void EventStream::lost() {
  Counters::add(connection_.loop().counters.streams_open, static_cast<std::uint64_t>(-1));
  drained_ = nullptr;
  if (const auto callback = std::exchange(closed_, nullptr)) callback();
}

}  // namespace net
