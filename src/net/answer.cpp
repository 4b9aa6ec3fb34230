#include "net/answer.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

#include "net/ascii.h"

namespace net {
namespace {

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

bool clean(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

bool is_servers_own(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_ignoring_case(name, "date");
    case 10:
      return same_ignoring_case(name, "connection") || same_ignoring_case(name, "keep-alive");
    case 14:
      return same_ignoring_case(name, "content-length");
    case 17:
      return same_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || !clean(name) || name.find_first_of(" :") != std::string_view::npos) return;
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value);
  if (!clean(value))
    for (std::size_t i = start; i < out.size(); ++i)
      if (static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7f) out[i] = ' ';
  out.append("\r\n");
}

constexpr std::pair<int, std::string_view> reasons[] = {
    // sorted
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

}  // namespace

std::string_view reason_of(int status) {
  const auto* found = std::ranges::lower_bound(reasons, status, {}, &std::pair<int, std::string_view>::first);
  return found != std::end(reasons) && found->first == status ? found->second : std::string_view();
}

std::string date_line(std::int64_t unix_seconds) {
  using namespace std::chrono;
  constexpr const char* weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds time{seconds(unix_seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "Date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n", weekdays[weekday(day).c_encoding()],
                    static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                    static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return std::string(text, static_cast<std::size_t>(size));
}

void append_head(std::string& out, const AnswerHead& head, const Headers& headers) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(head.status));
  out.append(" ").append(reason_of(head.status)).append("\r\n").append(head.date);
  for (const auto& [name, value] : headers)
    if (!is_servers_own(name)) append_field(out, name, value);
  if (!head.coding.empty()) out.append("Content-Encoding: ").append(head.coding).append("\r\n");
  if (head.vary) out.append("Vary: Accept-Encoding\r\n");
  if (head.chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (head.has_length) {
    out.append("Content-Length: ");
    append_number(out, head.length);
    out.append("\r\n");
  }
  if (head.after == After::close) out.append("Connection: close\r\n");
  if (head.after == After::keep_alive_1_0) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

}  // namespace net
