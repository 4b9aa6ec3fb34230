#include "net/outbox.h"

namespace net {

int Outbox::gather(iovec* into, int room) const {
  int count = 0;
  std::size_t skip = offset_;
  const auto add = [&](const std::string& bytes) {
    if (skip >= bytes.size()) {
      skip -= bytes.size();
      return;
    }
    into[count++] = {.iov_base = const_cast<char*>(bytes.data()) + skip, .iov_len = bytes.size() - skip};
    skip = 0;
  };
  for (std::size_t i = first_; i < pieces_.size() && count + 2 <= room; ++i) {
    add(pieces_[i].text);
    if (pieces_[i].shared) add(*pieces_[i].shared);
  }
  return count;
}

void Outbox::written(std::size_t count, std::string& spare) {
  bytes_ -= count;
  if (bytes_ == 0) {
    if (!pieces_.empty() && pieces_[0].text.capacity() > spare.capacity()) spare.swap(pieces_[0].text);
    clear();
    return;
  }
  offset_ += count;
  while (offset_ >= pieces_[first_].size()) {
    offset_ -= pieces_[first_].size();
    pieces_[first_++] = {};  // frees a shared body as soon as it is sent
  }
  if (first_ >= 64 && first_ * 2 > pieces_.size()) {  // a queue that never runs empty must not grow for ever
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Outbox::clear() {
  constexpr std::size_t kept = 4;  // idle peers keep room for a few pieces only
  if (pieces_.capacity() > kept) {
    std::vector<Piece>().swap(pieces_);
  } else {
    pieces_.clear();
  }
  first_ = offset_ = bytes_ = 0;
}

}  // namespace net
