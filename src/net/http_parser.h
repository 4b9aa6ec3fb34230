#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"

// Reading HTTP/1.1 messages (RFC 9112) from bytes, strictly: what two parsers could read in two ways is refused, so that no
// proxy in front can be talked into seeing other requests than we do (request smuggling). Pure: no sockets, no clock.
namespace net {

// What is wrong with a message. `status` 0: nothing.
struct Fault {
  int status = 0;
  std::string_view detail = {};  // static storage
  explicit operator bool() const { return status != 0; }
};

// Finds the end of a head (request line and fields, or a trailer section) in bytes that arrive piece by piece.
class HeadScanner {
 public:
  // `data`: everything since the start of the head, at each call the old bytes and some new ones. Returns the length of the
  // head with its empty line, or 0 while it is incomplete. A line that ends in a bare LF is a fault at once, so that its
  // sender need not wait for a timeout.
  std::size_t scan(std::string_view data, Fault& fault);
  void reset() { scanned_ = line_ = 0; }

 private:
  std::size_t scanned_ = 0;  // bytes seen
  std::size_t line_ = 0;     // where the current line begins
};

enum class BodyKind : std::uint8_t { none, sized, chunked };

// How to read on after a head, and how to answer.
struct Framing {
  BodyKind body = BodyKind::none;
  std::uint64_t length = 0;  // of a sized body
  bool keep_alive = true;
  bool http_1_0 = false;
  bool expects_continue = false;
  bool upgrades_to_websocket = false;
};

inline constexpr std::size_t max_fields = 100;

// Parses a complete head (as found by HeadScanner) into `request` (method, path, query, headers) and `framing`.
// Fault: 400 malformed or ambiguous, 417 an unknown expectation, 431 too many fields, 505 another major version.
Fault parse_head(std::string_view head, Request& request, Framing& framing);

// Takes the chunks of a body apart (RFC 9112 §7.1). Extensions and trailers are checked and dropped.
class ChunkedDecoder {
 public:
  enum class State : std::uint8_t { more, done, fault };
  struct Step {
    State state = State::more;
    std::size_t used = 0;        // bytes of `data` that are finished with
    std::string_view body = {};  // what they add to the body; points into `data`
  };
  // One step over `data`: call again with the rest while `used` > 0 and the state is `more`.
  Step step(std::string_view data);
  void reset() { *this = {}; }

 private:
  enum class Part : std::uint8_t { size, payload, payload_end, trailer };
  Step size_line(std::string_view data);
  Step trailer_line(std::string_view data);
  Part part_ = Part::size;
  std::uint64_t left_ = 0;    // of the current chunk
  std::size_t overhead_ = 0;  // bytes of extensions and trailers so far, bounded for the whole body
};

}  // namespace net
