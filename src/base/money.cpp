#include "base/money.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <stdexcept>

namespace base {
namespace {

[[noreturn]] void overflow() { throw std::overflow_error("money: overflow"); }
void same(Currency a, Currency b) {
  if (a != b) throw std::logic_error("money: mixed currencies (" + a.text() + ", " + b.text() + ")");
}
std::int64_t narrow(Wide n) {
  if (n > INT64_MAX || n < INT64_MIN) overflow();
  return static_cast<std::int64_t>(n);
}
Wide magnitude(Wide n) { return n < 0 ? -n : n; }

// Active codes of ISO 4217 (list one, 2025) by the decimals of their minor unit. A code that is not here is a unit of
// our own ("POINTS") or has no minor unit (gold, XAU): 0.
struct Decimals {
  int digits;
  std::string_view codes;
};
constexpr Decimals iso_4217[] = {
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {2,
     "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
     "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
     "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
     "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
     "TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
};

constexpr std::uint64_t pack(std::string_view code) {
  std::uint64_t packed = 0;
  for (char c : code) packed = packed << 8 | static_cast<unsigned char>(c);
  return packed;
}

struct Known {
  std::uint64_t packed;
  int digits;
};
constexpr std::size_t known_count = [] {
  std::size_t n = 0;
  for (const auto& group : iso_4217) n += (group.codes.size() + 1) / 4;
  return n;
}();
constexpr auto known = [] {
  std::array<Known, known_count> table{};
  std::size_t n = 0;
  for (const auto& group : iso_4217)
    for (std::size_t at = 0; at < group.codes.size(); at += 4) table[n++] = {pack(group.codes.substr(at, 3)), group.digits};
  std::ranges::sort(table, {}, &Known::packed);
  return table;
}();

}  // namespace

std::optional<Currency> Currency::parse(std::string_view code) {
  if (code.size() < 3 || code.size() > 8) return std::nullopt;
  for (char c : code)
    if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) return std::nullopt;
  Currency currency;
  currency.packed_ = pack(code);
  return currency;
}

std::string Currency::text() const {
  std::string code;
  for (int shift = 56; shift >= 0; shift -= 8)
    if (const auto c = static_cast<char>(packed_ >> shift & 0xff)) code += c;
  return code;
}

int Currency::decimals() const {
  const auto found = std::ranges::lower_bound(known, packed_, {}, &Known::packed);
  return found != known.end() && found->packed == packed_ ? found->digits : 0;
}

std::int64_t divide(Wide n, Wide d, Rounding rounding) {
  if (d <= 0) throw std::logic_error("money: a denominator must be positive");
  const Wide quotient = n / d, rest = magnitude(n % d);
  const Wide other = d - rest;  // compared instead of doubling `rest`, which could overflow
  const bool away = rounding == Rounding::half_up     ? rest >= other
                    : rounding == Rounding::half_even ? rest > other || (rest == other && quotient % 2 != 0)
                                                      : false;
  return narrow(away ? quotient + (n < 0 ? -1 : 1) : quotient);
}

Money operator+(Money a, Money b) {
  same(a.currency_, b.currency_);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.minor_, b.minor_, &sum)) overflow();
  return {sum, a.currency_};
}

Money operator-(Money a, Money b) {
  same(a.currency_, b.currency_);
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a.minor_, b.minor_, &difference)) overflow();
  return {difference, a.currency_};
}

Money operator*(Money a, std::int64_t factor) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a.minor_, factor, &product)) overflow();
  return {product, a.currency_};
}

Money Money::operator-() const { return *this * -1; }

std::partial_ordering operator<=>(Money a, Money b) {
  if (a.currency_ != b.currency_) return std::partial_ordering::unordered;
  return a.minor_ <=> b.minor_;
}

Money Money::scaled(std::int64_t numerator, std::int64_t denominator, Rounding rounding) const {
  return {divide(Wide{minor_} * numerator, denominator, rounding), currency_};
}

std::vector<Money> Money::split(std::span<const std::int64_t> weights) const {
  Wide total = 0;
  for (auto weight : weights) {
    if (weight < 0) throw std::logic_error("money: a negative weight");
    total += weight;
  }
  if (total == 0) throw std::logic_error("money: nothing to split over");
  // On magnitudes, so that a refund splits exactly as the sale did.
  const Wide whole = magnitude(minor_);
  const std::int64_t sign = minor_ < 0 ? -1 : 1;
  std::vector<std::int64_t> shares(weights.size());
  std::vector<Wide> rests(weights.size());
  Wide left = whole;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    // |minor| ≤ 2^63 and weight < 2^63: the product fits 128 bits.
    const Wide exact = whole * weights[i], share = exact / total;
    rests[i] = exact % total;
    left -= share;
    shares[i] = narrow(share * sign);
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return rests[a] != rests[b] ? rests[a] > rests[b] : a < b; });
  for (std::size_t i = 0; left > 0; ++i, --left) shares[order[i]] += sign;
  std::vector<Money> parts;
  parts.reserve(shares.size());
  for (auto share : shares) parts.emplace_back(share, currency_);
  return parts;
}

std::vector<Money> Money::split_evenly(std::size_t n) const {
  if (n == 0) throw std::logic_error("money: no parts");
  const auto parts = static_cast<std::int64_t>(n);
  const std::int64_t share = minor_ / parts, rest = minor_ % parts, step = rest < 0 ? -1 : 1;
  std::vector<Money> out;
  out.reserve(n);
  for (std::int64_t i = 0; i < parts; ++i) out.emplace_back(share + (i < rest * step ? step : 0), currency_);
  return out;
}

std::string Money::decimal() const {
  char digits[24];
  const auto absolute = minor_ < 0 ? -static_cast<std::uint64_t>(minor_) : static_cast<std::uint64_t>(minor_);
  std::string out(digits, std::to_chars(digits, digits + sizeof digits, absolute).ptr);
  if (const auto places = static_cast<std::size_t>(currency_.decimals()); places != 0) {
    if (out.size() <= places) out.insert(0, places + 1 - out.size(), '0');
    out.insert(out.size() - places, 1, '.');
  }
  if (minor_ < 0) out.insert(0, 1, '-');
  return out;
}

}  // namespace base
