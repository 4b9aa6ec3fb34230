#include "base/number.h"

#include <charconv>

namespace base {
namespace {

// "12.345" with at most `places` decimals -> 12345·10^(places-3), or nothing. One spelling of the whole part: no leading
// zeros, no sign but '-', no exponent; a point needs digits on both sides.
std::optional<std::int64_t> parse_fixed(std::string_view text, std::size_t places, std::int64_t limit) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == text.npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || whole.size() > 10 || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
  if (point != text.npos && (fraction.empty() || fraction.size() > places)) return std::nullopt;
  std::int64_t n = 0;
  for (auto part : {whole, fraction})
    for (char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      n = n * 10 + (c - '0');
    }
  for (auto i = fraction.size(); i < places; ++i) n *= 10;
  if (n > limit) return std::nullopt;
  return negative ? -n : n;
}

// 750 of 1000 -> "0.75": the shortest form.
std::string print_fixed(std::int64_t n, std::int64_t one) {
  char digits[24];
  const auto absolute = n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  const auto unit = static_cast<std::uint64_t>(one);
  std::string out = n < 0 ? "-" : "";
  out.append(digits, std::to_chars(digits, digits + sizeof digits, absolute / unit).ptr);
  if (auto rest = absolute % unit; rest != 0) {
    out += '.';
    for (auto place = unit / 10; rest != 0; place /= 10) {
      out += static_cast<char>('0' + rest / place);
      rest %= place;
    }
  }
  return out;
}

}  // namespace

std::optional<Rate> Rate::parse(std::string_view decimal) {
  if (decimal.starts_with('-')) return std::nullopt;
  if (const auto n = parse_fixed(decimal, 6, 1'000'000 * one)) return Rate(*n);
  return std::nullopt;
}
std::string Rate::text() const { return print_fixed(millionths_, one); }

std::optional<Quantity> Quantity::parse(std::string_view decimal) {
  if (const auto n = parse_fixed(decimal, 3, max)) return Quantity(*n);
  return std::nullopt;
}
std::string Quantity::text() const { return print_fixed(thousandths_, one); }

}  // namespace base
