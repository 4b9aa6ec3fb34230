#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/message_deflate.h"

// The frames of RFC 6455, without a socket: strict, small, server side. Of the extensions it knows permessage-deflate.
namespace net {

// UTF-8 that arrives in pieces, cut anywhere: a fault is seen at its first byte (RFC 3629: no surrogates, no overlong forms).
class Utf8Validator {
 public:
  bool feed(std::string_view piece);              // false: invalid from here on
  bool complete() const { return needed_ == 0; }  // not in the middle of a character
  void reset() { *this = {}; }

 private:
  unsigned char needed_ = 0;                // continuation bytes still to come
  unsigned char low_ = 0x80, high_ = 0xbf;  // the range of the next one
};

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// The head of an unmasked, final frame: what a server sends in front of `size` bytes of payload. 2 to 10 bytes.
struct FrameHead {
  std::array<char, 10> bytes;
  std::size_t size;
  std::string_view view() const { return {bytes.data(), size}; }
};
enum class Packing : std::uint8_t { plain, deflated };
FrameHead frame_head(Opcode opcode, std::uint64_t size, Packing packing = Packing::plain);

// A close frame; the reason is cut to the 123 bytes it may have, never inside a character. Code 0: without a body.
std::string close_frame(std::uint16_t code, std::string_view reason);

// May this code stand in a close frame (RFC 6455 §7.4 and the IANA registry)?
constexpr bool is_sendable_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

namespace close_code {
inline constexpr std::uint16_t normal = 1000, going_away = 1001, protocol_error = 1002, unsupported = 1003, none = 1005,
                               lost = 1006, invalid_text = 1007, too_big = 1009, restarting = 1012;
}

// Frames of a client, from bytes as they come. Payloads are unmasked in place; a message that lies in one piece of input is
// handed out without being copied.
class FrameReader {
 public:
  // What a message may be.
  struct Rules {
    std::size_t max_bytes = 64 * 1024;  // as it is, and as it was before it was compressed
    bool binary = false;                // bytes are taken, too
    bool deflate = false;               // permessage-deflate was agreed on
  };
  explicit FrameReader(Rules rules) : rules_(rules) {}

  struct Event {
    enum class Kind : std::uint8_t { more, text, binary, ping, pong, close, fault };
    Kind kind = Kind::more;
    std::string_view payload = {};  // until the next call; of `close`: the reason, of `fault`: what is wrong
    std::uint16_t code = 0;         // of `close` (1005 without one) and of `fault` (what to close with)
  };
  // Takes from the front of `input` what it needs for one event; `more` when all of it is used and nothing is complete.
  // After close or fault it must not be called again.
  Event next(std::span<char>& input);

 private:
  bool take_head(std::span<char>& input);
  Event check_head();
  Event begin_frame();
  Event read_control(std::span<char> piece);
  Event read_data(std::span<char> piece);
  Event read_deflated(std::string_view part, bool whole);
  Event finish_message(std::string_view whole);
  static Event finish_close(std::string_view body);
  void unmask(std::span<char> piece);

  const Rules rules_;
  std::array<unsigned char, 14> head_{};
  unsigned char head_size_ = 0;  // bytes of it that are there
  bool in_payload_ = false;
  bool in_message_ = false;  // a fragmented message has begun
  bool delivered_ = false;   // message_ was handed out and is cleared by the next call
  bool final_ = false;
  bool deflated_ = false;               // the message that is being read
  Opcode opcode_ = Opcode::text;        // of the frame
  Opcode message_kind_ = Opcode::text;  // of the message that it belongs to
  std::array<unsigned char, 4> mask_{};
  unsigned char mask_at_ = 0;
  std::uint64_t left_ = 0;     // payload bytes of the frame still to come
  std::uint64_t on_wire_ = 0;  // payload bytes of the message's frames so far, of this one all
  std::string message_;        // earlier pieces of the message
  std::string control_;        // earlier pieces of a control frame
  Utf8Validator utf8_;
  MessageInflater inflater_;
};

}  // namespace net
