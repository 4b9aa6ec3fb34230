#include "base/time.h"

namespace base {
namespace {

using std::chrono::days, std::chrono::floor, std::chrono::hours, std::chrono::microseconds, std::chrono::minutes,
    std::chrono::seconds;
using std::chrono::sys_days;

void two_digits(unsigned n, char* to) {
  to[0] = static_cast<char>('0' + n / 10);
  to[1] = static_cast<char>('0' + n % 10);
}

// "2025-11-01" at `to`. Years outside 0000 to 9999 have no form in RFC 3339; parsing never makes one.
void put_date(Date date, char* to) {
  const auto year = static_cast<unsigned>(static_cast<int>(date.year())) % 10'000;
  two_digits(year / 100, to);
  two_digits(year % 100, to + 2);
  to[4] = to[7] = '-';
  two_digits(static_cast<unsigned>(date.month()), to + 5);
  two_digits(static_cast<unsigned>(date.day()), to + 8);
}

// `n` decimal digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t n) {
  if (text.size() < at + n) return -1;
  int value = 0;
  for (char c : text.substr(at, n)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// ".123456789" in front of `text`: taken off, in microseconds; -1 when a point has no digits.
std::int64_t take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  std::int64_t value = 0, place = 100'000;
  std::size_t n = 1;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, place /= 10) value += (text[n] - '0') * place;
  text.remove_prefix(n);
  return n > 1 ? value : -1;
}

// "Z" or "+02:00": the offset from UTC.
std::optional<minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int h = digits(text, 1, 2), m = digits(text, 4, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  const minutes offset = hours{h} + minutes{m};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

void print_instant(Instant at, std::string& out) {
  const auto day = floor<days>(at);
  const auto ms = static_cast<unsigned>(floor<std::chrono::milliseconds>(at - day).count());
  char text[] = "0000-00-00T00:00:00.000Z";
  put_date(Date(day), text);
  two_digits(ms / 3'600'000, text + 11);
  two_digits(ms / 60'000 % 60, text + 14);
  two_digits(ms / 1000 % 60, text + 17);
  text[20] = static_cast<char>('0' + ms % 1000 / 100);
  two_digits(ms % 100, text + 21);
  out.append(text, sizeof text - 1);
}

std::string print_instant(Instant at) {
  std::string out;
  print_instant(at, out);
  return out;
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  const int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!date || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) return std::nullopt;
  auto rest = text.substr(19);
  const auto fraction = take_fraction(rest);
  const auto offset = parse_offset(rest);
  if (fraction < 0 || !offset) return std::nullopt;
  const auto minute = sys_days(*date) + hours{h} + minutes{m} - *offset;
  // A leap second stands at the end of a UTC day alone; the system's clock counts it as the first of the next.
  if (s == 60 && minute + minutes{1} != floor<days>(minute + minutes{1})) return std::nullopt;
  const Instant at = minute + seconds{s} + microseconds{fraction};
  // An offset must not carry it out of the years that can be printed again.
  if (at < sys_days{std::chrono::year{0} / 1 / 1} || at >= sys_days{std::chrono::year{10'000} / 1 / 1}) return std::nullopt;
  return at;
}

std::string print_date(Date date) {
  std::string out(10, '0');
  put_date(date, out.data());
  return out;
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
  if (y < 0 || m < 0 || d < 0) return std::nullopt;
  const Date date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)},
                  std::chrono::day{static_cast<unsigned>(d)}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<WallTime> WallTime::parse(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int h = digits(text, 0, 2), m = digits(text, 3, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  return WallTime{h * 60 + m};
}

std::string WallTime::text() const {
  std::string out = "00:00";
  two_digits(static_cast<unsigned>(minutes / 60), out.data());
  two_digits(static_cast<unsigned>(minutes % 60), out.data() + 3);
  return out;
}

Date business_date(Instant at, const Zone& zone, WallTime closing) {
  // By moments, not by readings of the wall: where the closing hour happens twice, the second pass must not fall back
  // into the day that the first one has closed.
  const auto today = zone.local(at).date;
  const bool closed = at >= zone.instant(today, minutes{closing.minutes});
  return closed ? today : Date(sys_days(today) - days{1});
}

}  // namespace base
