#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"

// Printing the head of a response (RFC 9112 §4) straight into the bytes that are sent.
namespace net {

// "OK", "Not Found", …; an empty phrase for a status without a name.
std::string_view reason_of(int status);

// "Date: Sat, 21 Nov 2026 05:48:39 GMT\r\n" for a Unix time in seconds.
std::string date_line(std::int64_t unix_seconds);

enum class After : std::uint8_t { keep_alive, keep_alive_1_0, close };

struct AnswerHead {
  int status = 200;
  std::string_view date;         // as date_line
  std::string_view coding = {};  // Content-Encoding; empty: none
  bool vary = false;             // the coding depended on Accept-Encoding
  bool chunked = false;          // instead of a length
  bool has_length = true;
  std::size_t length = 0;
  After after = After::keep_alive;
};

// Appends the whole head with its empty line. Fields that are the server's own (Date, Content-Length, Connection,
// Transfer-Encoding, Keep-Alive) are left out of `headers`; control characters in a value become spaces, a name that is no
// token drops its field: an answer can never be split in two.
void append_head(std::string& out, const AnswerHead&, const Headers& headers);

// Does a response with this status have no body by definition (1xx, 204, 304)?
constexpr bool bodiless(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace net
