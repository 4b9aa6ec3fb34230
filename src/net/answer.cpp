#include "net/answer.h"

#include <charconv>
#include <chrono>
#include <cstdio>

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

}  // namespace

std::string_view reason_of(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
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
