#include "net/http_parser.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "net/ascii.h"

namespace net {
namespace {

// RFC 9110 §5.6.2: the characters of a method or a field name.
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> is{};
  for (int c = '0'; c <= '9'; ++c) is[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) is[static_cast<std::size_t>(c)] = is[static_cast<std::size_t>(c - 32)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

bool is_token(std::string_view text) {
  for (const char c : text)
    if (!token_characters[static_cast<unsigned char>(c)]) return false;
  return !text.empty();
}

// A field value: visible characters, space, tab and the bytes above ASCII; no control characters (RFC 9110 §5.5).
bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool is_target(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || byte == '#') return false;
  }
  return !text.empty();
}

bool is_host(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || std::strchr("/?#@\\,\"<>^`{|}", c)) return false;
  }
  return true;
}

constexpr Fault malformed(std::string_view detail) { return {400, detail}; }

// "HTTP/1.1" -> minor version. Only one digit either side is legal (RFC 9112 §2.3).
Fault parse_version(std::string_view text, Framing& framing) {
  constexpr auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(text[5]) || text[6] != '.' || !digit(text[7]))
    return malformed("The request line does not end in an HTTP version.");
  if (text[5] != '1') return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
  framing.http_1_0 = text[7] == '0';
  return {};
}

// origin-form, absolute-form or, for OPTIONS, "*" (RFC 9112 §3.2). Returns the authority of an absolute-form.
Fault parse_target(std::string_view target, Request& request, std::string_view& authority) {
  if (!is_target(target)) return malformed("The request target has characters that must be percent-encoded.");
  const bool absolute = target.size() > 8 && (same_ignoring_case(target.substr(0, 7), "http://") ||
                                              same_ignoring_case(target.substr(0, 8), "https://"));
  if (absolute) {
    target.remove_prefix(target.find("//") + 2);
    const std::size_t end = target.find_first_of("/?");
    authority = target.substr(0, end);
    if (authority.empty() || !is_host(authority)) return malformed("The request target has no valid host.");
    target = end == std::string_view::npos ? std::string_view("/") : target.substr(end);
  } else if (target.front() != '/' && !(target == "*" && request.method == "OPTIONS")) {
    return malformed("The request target must begin with a slash.");
  }
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (request.path.empty()) request.path = "/";
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  return {};
}

Fault parse_request_line(std::string_view line, Request& request, Framing& framing, std::string_view& authority) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return malformed("The request line is not `METHOD target HTTP/1.1`.");
  const std::string_view method = line.substr(0, first);
  if (!is_token(method) || method.size() > 32) return malformed("The request has no valid method.");
  request.method = method;
  if (Fault fault = parse_version(line.substr(last + 1), framing)) return fault;
  return parse_target(line.substr(first + 1, last - first - 1), request, authority);
}

Fault parse_length(std::string_view text, Framing& framing) {
  if (text.empty() || text.size() > 18) return malformed("Content-Length is not a number of bytes.");
  std::uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return malformed("Content-Length is not a number of bytes.");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  framing.length = length;
  return {};
}

// What has been seen of the fields that decide about framing.
struct Seen {
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
  bool close = false, keep_alive = false, connection_upgrade = false, websocket = false;
};

Fault note_field(std::string_view name, std::string_view value, Framing& framing, Seen& seen) {
  switch (name.size()) {
    case 4:
      if (!same_ignoring_case(name, "host")) return {};
      if (++seen.hosts > 1 || !is_host(value)) return malformed("There must be one valid Host.");
      return {};
    case 6:
      if (!same_ignoring_case(name, "expect")) return {};
      if (!same_ignoring_case(value, "100-continue")) return {417, "Only the expectation 100-continue is known."};
      framing.expects_continue = true;
      return {};
    case 7:
      if (same_ignoring_case(name, "upgrade")) seen.websocket = seen.websocket || list_has(value, "websocket");
      return {};
    case 10:
      if (!same_ignoring_case(name, "connection")) return {};
      seen.close = seen.close || list_has(value, "close");
      seen.keep_alive = seen.keep_alive || list_has(value, "keep-alive");
      seen.connection_upgrade = seen.connection_upgrade || list_has(value, "upgrade");
      return {};
    case 14:
      if (!same_ignoring_case(name, "content-length")) return {};
      if (++seen.lengths > 1) return malformed("Content-Length is given twice.");
      return parse_length(value, framing);
    case 17:
      if (!same_ignoring_case(name, "transfer-encoding")) return {};
      if (++seen.encodings > 1 || !same_ignoring_case(value, "chunked"))
        return malformed("The only transfer coding understood is `chunked`, once.");
      return {};
    default:
      return {};
  }
}

Fault settle(const Seen& seen, std::string_view authority, Request& request, Framing& framing) {
  if (seen.lengths && seen.encodings) return malformed("Content-Length and Transfer-Encoding exclude each other.");
  if (seen.encodings && framing.http_1_0) return malformed("HTTP/1.0 has no transfer codings.");
  if (!seen.hosts && !framing.http_1_0) return malformed("Host is missing.");
  if (!authority.empty()) {  // the target's authority counts, not the Host (RFC 9112 §3.2.2)
    for (auto& [name, value] : request.headers)
      if (same_ignoring_case(name, "host")) value = authority;
  }
  framing.body = seen.encodings ? BodyKind::chunked : framing.length > 0 ? BodyKind::sized : BodyKind::none;
  framing.keep_alive = !seen.close && (!framing.http_1_0 || seen.keep_alive);
  framing.expects_continue = framing.expects_continue && !framing.http_1_0;
  framing.upgrades_to_websocket = seen.websocket && seen.connection_upgrade && !framing.http_1_0 && request.method == "GET";
  return {};
}

}  // namespace

std::size_t HeadScanner::scan(std::string_view data, Fault& fault) {
  if (scanned_ == 0 && !data.empty() && data[0] != '\r' && !token_characters[static_cast<unsigned char>(data[0])]) {
    fault = malformed("This is not HTTP.");  // a TLS greeting, say: no need to wait for the end of the line
    return 0;
  }
  while (scanned_ < data.size()) {
    const void* found = std::memchr(data.data() + scanned_, '\n', data.size() - scanned_);
    if (!found) {
      scanned_ = data.size();
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
    if (end == line_ || data[end - 1] != '\r') {
      fault = malformed("A line must end in CR LF.");
      return 0;
    }
    const bool empty_line = end - line_ == 1;
    const bool before_request = line_ == 0 || line_ == 2;  // RFC 9112 §2.2: an empty line or two there is forgiven
    if (empty_line && !(before_request && end <= 3 && data.substr(0, end + 1).find_first_not_of("\r\n") == data.npos)) {
      reset();
      return end + 1;
    }
    scanned_ = line_ = end + 1;
  }
  return 0;
}

Fault parse_head(std::string_view head, Request& request, Framing& framing) {
  while (head.starts_with("\r\n")) head.remove_prefix(2);
  Seen seen;
  std::string_view authority;
  bool request_line = true;
  request.headers.reserve(16);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return malformed("A line must end in CR LF.");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (request_line) {
      if (Fault fault = parse_request_line(line, request, framing, authority)) return fault;
      request_line = false;
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    // Also refuses a folded line (it begins with a space) and a space before the colon: both have been used for smuggling.
    if (colon == std::string_view::npos || !is_token(name)) return malformed("A header is not `name: value`.");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) return malformed("A header has control characters.");
    if (request.headers.size() == max_fields) return {431, "There are more than 100 headers."};
    if (Fault fault = note_field(name, value, framing, seen)) return fault;
    request.headers.emplace_back(name, value);
  }
  if (request_line) return malformed("There is no request line.");
  return settle(seen, authority, request, framing);
}

namespace {

constexpr std::size_t max_chunk_overhead = 16 * 1024;
constexpr std::size_t max_size_line = 1024;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

constexpr ChunkedDecoder::Step broken{.state = ChunkedDecoder::State::fault};

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::size_line(std::string_view data) {
  const std::size_t end = data.find('\n');
  if (end == std::string_view::npos) return data.size() > max_size_line ? broken : Step{};
  if (end == 0 || end > max_size_line || data[end - 1] != '\r') return broken;
  std::string_view line = data.substr(0, end - 1);
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits)
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
  if (digits == 0 || digits > 15) return broken;
  line.remove_prefix(digits);
  if (!line.empty() && (trimmed(line).empty() || trimmed(line).front() != ';' || !is_field_value(line))) return broken;
  overhead_ += line.size();
  if (overhead_ > max_chunk_overhead) return broken;
  left_ = size;
  part_ = size > 0 ? Part::payload : Part::trailer;
  return {.used = end + 1};
}

ChunkedDecoder::Step ChunkedDecoder::trailer_line(std::string_view data) {
  const std::size_t end = data.find('\n');
  if (end == std::string_view::npos) return data.size() > max_chunk_overhead ? broken : Step{};
  if (end == 0 || data[end - 1] != '\r') return broken;
  if (end == 1) return {.state = State::done, .used = 2};
  const std::string_view line = data.substr(0, end - 1);
  overhead_ += end;
  if (overhead_ > max_chunk_overhead || !is_token(line.substr(0, line.find(':'))) || !line.contains(':') ||
      !is_field_value(line))
    return broken;
  return {.used = end + 1};
}

ChunkedDecoder::Step ChunkedDecoder::step(std::string_view data) {
  switch (part_) {
    case Part::size:
      return size_line(data);
    case Part::trailer:
      return trailer_line(data);
    case Part::payload: {
      const std::string_view body = data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
      left_ -= body.size();
      if (left_ == 0) part_ = Part::payload_end;
      return {.used = body.size(), .body = body};
    }
    case Part::payload_end:
      if (data.size() < 2) return data.empty() || data[0] == '\r' ? Step{} : broken;
      if (data.substr(0, 2) != "\r\n") return broken;
      part_ = Part::size;
      return {.used = 2};
  }
  return broken;
}

}  // namespace net
