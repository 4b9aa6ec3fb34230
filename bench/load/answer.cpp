#include "bench/load/answer.h"

#include <strings.h>

#include <charconv>

namespace load {
namespace {

struct Framing {
  std::size_t length = 0;
  bool chunked = false;
};

bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::size_t parse_size(std::string_view digits, int base) {
  std::size_t value = 0;
  while (digits.starts_with(' ')) digits.remove_prefix(1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value, base).ec != std::errc{})
    throw BadAnswer("no length");
  return value;
}

Framing read_head(std::string_view head, Answer& answer) {
  Framing framing;
  for (auto end = head.find("\r\n"); end != head.npos; end = head.find("\r\n")) {
    head.remove_prefix(end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    if (is_named(line, "content-length")) framing.length = parse_size(line.substr(15), 10);
    if (is_named(line, "transfer-encoding")) framing.chunked = line.find("chunked") != line.npos;
    if (is_named(line, "connection")) answer.keep_alive = line.find("close") == line.npos;
  }
  return framing;
}

// The offset behind the last chunk, or npos while there is more to come.
std::size_t chunked_end(std::string_view text, std::size_t at) {
  while (true) {
    const auto end = text.find("\r\n", at);
    if (end == text.npos) return text.npos;
    const auto size = parse_size(text.substr(at, end - at), 16);
    at = end + 2 + size + 2;
    if (at > text.size()) return text.npos;
    if (size == 0) return at;
  }
}

}  // namespace

std::optional<Answer> first_answer(std::string_view received) {
  const auto head_end = received.find("\r\n\r\n");
  if (head_end == received.npos) return std::nullopt;
  if (!received.starts_with("HTTP/1.") || received.size() < 12) throw BadAnswer("not HTTP");
  Answer answer;
  std::from_chars(received.data() + 9, received.data() + 12, answer.status);
  const auto framing = read_head(received.substr(0, head_end), answer);
  const bool bodiless = answer.status == 204 || answer.status == 304;
  answer.size = head_end + 4;
  if (framing.chunked && !bodiless) {
    answer.size = chunked_end(received, answer.size);
  } else if (!bodiless) {
    answer.size += framing.length;
  }
  return answer.size <= received.size() ? std::optional(answer) : std::nullopt;
}

}  // namespace load
