#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace net {

// Bytes on their way to one peer: pieces of text of our own, each followed by an optional shared body that many peers get.
// A WebSocket frame is one piece (its head fits the string's inline space), an HTTP answer too: queueing allocates little and
// one gathered write takes many of them.
class Outbox {
 public:
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

  // Appends through `print(std::string&)`. `spare` lends its capacity when a new text is begun.
  template <class Print>
  void text(std::string& spare, Print&& print) {
    if (pieces_.empty() || pieces_.back().shared) {
      pieces_.emplace_back();
      if (pieces_.size() == 1) pieces_.back().text.swap(spare);
      pieces_.back().text.clear();
    }
    std::string& out = pieces_.back().text;
    const std::size_t before = out.size();
    print(out);
    bytes_ += out.size() - before;
  }
  void text(std::string_view bytes) {
    std::string none;
    text(none, [&](std::string& out) { out.append(bytes); });
  }
  void shared(std::shared_ptr<const std::string> body) {
    if (body->empty()) return;
    if (pieces_.empty() || pieces_.back().shared) pieces_.emplace_back();
    bytes_ += body->size();
    pieces_.back().shared = std::move(body);
  }

  // What to write next, at most `room` vectors; returns how many.
  int gather(iovec* into, int room) const;
  // The first `count` bytes were written. Gives the text's capacity back to `spare` once all is gone.
  void written(std::size_t count, std::string& spare);
  void clear();

 private:
  struct Piece {
    std::string text;
    std::shared_ptr<const std::string> shared;
    std::size_t size() const { return text.size() + (shared ? shared->size() : 0); }
  };
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;   // pieces before it are written
  std::size_t offset_ = 0;  // bytes of the first piece that are written
  std::size_t bytes_ = 0;
};

}  // namespace net
