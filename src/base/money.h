#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// A unit of value: 3 to 8 capital letters and digits ("EUR", "POINTS"), packed. ISO 4217 codes know their decimals.
class Currency {
 public:
  Currency() = default;
  static std::optional<Currency> parse(std::string_view code);
  std::string text() const;
  bool empty() const { return packed_ == 0; }
  int decimals() const;  // of the minor unit, ISO 4217: JPY 0, EUR 2, KWD 3; other units 0
  bool operator==(const Currency&) const = default;

 private:
  std::uint64_t packed_ = 0;
};

// How a fraction of the smallest unit is settled. half_up rounds a tie away from zero.
enum class Rounding : std::uint8_t { half_up, half_even, down };

// An exact amount in minor units. No floating point enters or leaves.
// Overflow and mixed currencies are bugs, and throw std::logic_error / std::overflow_error.
class Money {
 public:
  static constexpr std::int64_t limit = (std::int64_t{1} << 53) - 1;  // |amount| on the wire (RFC 8259 interoperability)

  Money() = default;
  Money(std::int64_t minor, Currency currency) : minor_(minor), currency_(currency) {}
  std::int64_t minor() const { return minor_; }
  Currency currency() const { return currency_; }
  bool zero() const { return minor_ == 0; }

  friend Money operator+(Money, Money);
  friend Money operator-(Money, Money);
  friend Money operator*(Money, std::int64_t);
  Money operator-() const;
  Money& operator+=(Money other) { return *this = *this + other; }
  Money& operator-=(Money other) { return *this = *this - other; }
  // amount · numerator / denominator over 128 bits, rounded once. denominator > 0.
  Money scaled(std::int64_t numerator, std::int64_t denominator, Rounding) const;
  // Parts in the proportion of the weights (>= 0, not all zero) that add up to the whole: largest remainder
  // first, ties to the earlier part.
  std::vector<Money> split(std::span<const std::int64_t> weights) const;
  // n >= 1 parts as even as the unit allows, the larger ones first: 10000 / 3 -> 3334, 3333, 3333.
  std::vector<Money> split_evenly(std::size_t n) const;
  // "24.99": the amount in major units with the currency's decimals, printed from the integer.
  std::string decimal() const;
  friend std::partial_ordering operator<=>(Money, Money);
  bool operator==(const Money&) const = default;

 private:
  std::int64_t minor_ = 0;
  Currency currency_;
};

// n/d rounded once over 128 bits; d > 0. The one rounding engine of the program.
__extension__ using Wide = __int128;
std::int64_t divide(Wide n, Wide d, Rounding);

}  // namespace base
