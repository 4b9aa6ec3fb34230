#include "main/prices.h"

namespace program {

std::optional<base::Money> parse_price(std::string_view text, base::Currency currency) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t minor = 0;
  int places = -1, digits = 0;
  for (const char c : text) {
    if (c == ',' && places < 0 && digits > 0) continue;
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    if (c < '0' || c > '9' || minor > base::Money::limit / 10) return std::nullopt;
    if (places >= currency.decimals()) {  // further places say nothing only when they are zeros
      if (c != '0') return std::nullopt;
      continue;
    }
    minor = minor * 10 + (c - '0');
    ++digits;
    if (places >= 0) ++places;
  }
  if (digits == 0) return std::nullopt;
  for (int i = places < 0 ? 0 : places; i < currency.decimals(); ++i) minor *= 10;
  if (minor > base::Money::limit) return std::nullopt;
  return base::Money(negative ? -minor : minor, currency);
}

}  // namespace program
