#include "net/websocket_frames.h"

#include <algorithm>
#include <cstring>

namespace net {

bool Utf8Validator::feed(std::string_view piece) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  while (at != end) {
    if (needed_ == 0) {
      std::uint64_t eight = 0;
      while (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080u) == 0)) at += 8;
      if (at == end) break;
    }
    const auto byte = static_cast<unsigned char>(*at++);
    if (needed_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xbf;
      --needed_;
    } else if (byte >= 0x80) {
      if (byte < 0xc2 || byte > 0xf4) return false;
      needed_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;   // no overlong forms
      high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;  // no surrogates, nothing past U+10FFFF
    }
  }
  return true;
}

FrameHead frame_head(Opcode opcode, std::uint64_t size, Packing packing) {
  FrameHead head{};
  const int extra = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  const unsigned char first = packing == Packing::deflated ? 0xc0 : 0x80;
  head.bytes[0] = static_cast<char>(first | static_cast<unsigned char>(opcode));
  head.bytes[1] = static_cast<char>(extra == 0 ? size : extra == 2 ? 126 : 127);
  for (int i = 0; i < extra; ++i)
    head.bytes[static_cast<std::size_t>(2 + i)] = static_cast<char>(size >> (8 * (extra - 1 - i)) & 0xff);
  head.size = static_cast<std::size_t>(2 + extra);
  return head;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string body;
  if (code != 0) {
    constexpr std::size_t most = 123;
    std::size_t size = std::min(reason.size(), most);
    while (size < reason.size() && size > 0 && (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80) --size;
    body = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    body.append(reason.substr(0, size));
  }
  return std::string(frame_head(Opcode::close, body.size()).view()) + body;
}

namespace {

using Event = FrameReader::Event;

constexpr Event fault(std::uint16_t code, std::string_view why) { return {Event::Kind::fault, why, code}; }
constexpr Event wrong(std::string_view why) { return fault(close_code::protocol_error, why); }

constexpr bool is_control(Opcode opcode) { return static_cast<unsigned char>(opcode) >= 8; }

}  // namespace

// Collects the bytes of a head; true once it is complete.
bool FrameReader::take_head(std::span<char>& input) {
  const auto wanted = [&]() -> std::size_t {
    if (head_size_ < 2) return 2;
    const unsigned char size = head_[1] & 0x7f;
    return 2u + (size == 126 ? 2u : size == 127 ? 8u : 0u) + ((head_[1] & 0x80) ? 4u : 0u);
  };
  while (head_size_ < wanted()) {
    if (input.empty()) return false;
    const std::size_t count = std::min(wanted() - head_size_, input.size());
    std::memcpy(head_.data() + head_size_, input.data(), count);
    head_size_ = static_cast<unsigned char>(head_size_ + count);
    input = input.subspan(count);
    if (head_size_ == 2) {  // what these two say wrong must not wait for more bytes
      if (check_head().kind == Event::Kind::fault) return true;
    }
  }
  return true;
}

// What is wrong with a head, as far as it is there.
Event FrameReader::check_head() {
  const unsigned char first = head_[0], second = head_[1];
  const auto opcode = static_cast<Opcode>(first & 0x0f);
  const unsigned char size = second & 0x7f;
  if (first & (rules_.deflate ? 0x30 : 0x70)) return wrong("reserved bits are set");
  if ((first & 0x0f) > 10 || ((first & 0x0f) > 2 && (first & 0x0f) < 8)) return wrong("unknown opcode");
  if ((first & 0x40) && (is_control(opcode) || opcode == Opcode::continuation))
    return wrong("only the first frame of a message says that it is compressed");
  if (!(second & 0x80)) return wrong("a client must mask its frames");
  if (is_control(opcode)) {
    if (!(first & 0x80)) return wrong("a control frame must not be fragmented");
    if (size > 125) return wrong("a control frame has at most 125 bytes");
  } else {
    if (opcode == Opcode::continuation && !in_message_) return wrong("there is nothing to continue");
    if (opcode != Opcode::continuation && in_message_) return wrong("the message before is not finished");
    if (opcode == Opcode::binary && !rules_.binary) return fault(close_code::unsupported, "only text is spoken here");
  }
  return {};
}

void FrameReader::unmask(std::span<char> piece) {
  std::size_t i = 0;
  if (piece.size() >= 16) {
    std::array<unsigned char, 8> key;
    for (std::size_t k = 0; k < 8; ++k) key[k] = mask_[(mask_at_ + k) & 3];
    std::uint64_t wide = 0, eight = 0;
    std::memcpy(&wide, key.data(), 8);
    for (; i + 8 <= piece.size(); i += 8) {
      std::memcpy(&eight, piece.data() + i, 8);
      eight ^= wide;
      std::memcpy(piece.data() + i, &eight, 8);
    }
  }
  for (; i < piece.size(); ++i) piece[i] = static_cast<char>(static_cast<unsigned char>(piece[i]) ^ mask_[(mask_at_ + i) & 3]);
  mask_at_ = static_cast<unsigned char>((mask_at_ + piece.size()) & 3);
}

Event FrameReader::finish_close(std::string_view body) {
  if (body.empty()) return {Event::Kind::close, {}, close_code::none};
  if (body.size() == 1) return wrong("a close code has two bytes");
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(body[0]) << 8 | static_cast<unsigned char>(body[1]));
  if (!is_sendable_close_code(code)) return wrong("this close code must not be sent");
  Utf8Validator utf8;
  if (!utf8.feed(body.substr(2)) || !utf8.complete()) return fault(close_code::invalid_text, "the reason is not UTF-8");
  return {Event::Kind::close, body.substr(2), code};
}

Event FrameReader::read_control(std::span<char> piece) {
  std::string_view body(piece.data(), piece.size());
  if (left_ > 0 || !control_.empty()) {
    control_.append(body);
    if (left_ > 0) return {};
    delivered_ = true;
    body = control_;
  }
  in_payload_ = false;
  head_size_ = 0;
  if (opcode_ == Opcode::close) return finish_close(body);
  return {opcode_ == Opcode::ping ? Event::Kind::ping : Event::Kind::pong, body, 0};
}

Event FrameReader::finish_message(std::string_view whole) {
  in_message_ = false;
  if (message_kind_ == Opcode::binary) return {Event::Kind::binary, whole, 0};
  if (!utf8_.complete()) return fault(close_code::invalid_text, "the text is not UTF-8");
  return {Event::Kind::text, whole, 0};
}

Event FrameReader::read_deflated(std::string_view part, bool whole) {
  using Result = MessageInflater::Result;
  const std::size_t before = message_.size();
  Result result = inflater_.feed(part, message_, rules_.max_bytes);
  if (result == Result::good && whole) result = inflater_.finish(message_, rules_.max_bytes);
  if (result == Result::too_long) return fault(close_code::too_big, "the message is too long");
  if (result == Result::invalid) return fault(close_code::invalid_text, "the message cannot be decompressed");
  if (message_kind_ == Opcode::text && !utf8_.feed(std::string_view(message_).substr(before)))
    return fault(close_code::invalid_text, "the text is not UTF-8");
  if (!whole) return {};
  delivered_ = true;
  return finish_message(message_);
}

Event FrameReader::read_data(std::span<char> piece) {
  const std::string_view part(piece.data(), piece.size());
  const bool frame_done = left_ == 0, whole = frame_done && final_;
  if (frame_done) {
    in_payload_ = false;
    head_size_ = 0;
  }
  if (deflated_) return read_deflated(part, whole);
  if (message_kind_ == Opcode::text && !utf8_.feed(part)) return fault(close_code::invalid_text, "the text is not UTF-8");
  if (whole && message_.empty()) return finish_message(part);
  message_.append(part);
  if (!whole) return {};
  delivered_ = true;
  return finish_message(message_);
}

// A complete head: how long the payload is, and whether the message may be that long.
Event FrameReader::begin_frame() {
  opcode_ = static_cast<Opcode>(head_[0] & 0x0f);
  final_ = (head_[0] & 0x80) != 0;
  const std::size_t extra = (head_[1] & 0x7f) == 126 ? 2 : (head_[1] & 0x7f) == 127 ? 8 : 0;
  left_ = extra == 0 ? head_[1] & 0x7f : 0;
  for (std::size_t i = 0; i < extra; ++i) left_ = left_ << 8 | head_[2 + i];
  if ((extra == 2 && left_ < 126) || (extra == 8 && left_ <= 0xffff) || left_ >> 63)
    return wrong("the length is not in its shortest form");
  std::memcpy(mask_.data(), head_.data() + 2 + extra, 4);
  mask_at_ = 0;
  in_payload_ = true;
  if (is_control(opcode_)) return {};
  if (!in_message_) {
    message_kind_ = opcode_;
    deflated_ = (head_[0] & 0x40) != 0;
    on_wire_ = 0;
    utf8_.reset();
  }
  in_message_ = true;
  // What cannot be compressed gets a little longer; the message itself is measured as it unfolds.
  const std::uint64_t most = rules_.max_bytes + (deflated_ ? rules_.max_bytes / 8 + 64 : 0);
  if (left_ > most || on_wire_ + left_ > most) return fault(close_code::too_big, "the message is too long");
  on_wire_ += left_;
  return {};
}

Event FrameReader::next(std::span<char>& input) {
  if (delivered_) {
    (is_control(opcode_) ? control_ : message_).clear();
    if (message_.empty() && message_.capacity() > 4096) std::string().swap(message_);  // a quiet socket keeps no large buffer
    delivered_ = false;
  }
  for (;;) {
    if (!in_payload_) {
      if (!take_head(input)) return {};
      if (const Event bad = check_head(); bad.kind == Event::Kind::fault) return bad;
      if (const Event bad = begin_frame(); bad.kind == Event::Kind::fault) return bad;
    }
    const std::span<char> piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
    if (piece.empty() && left_ > 0) return {};
    input = input.subspan(piece.size());
    left_ -= piece.size();
    unmask(piece);
    const Event event = is_control(opcode_) ? read_control(piece) : read_data(piece);
    if (event.kind != Event::Kind::more) return event;
  }
}

}  // namespace net
