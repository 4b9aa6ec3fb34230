#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// A non-negative fraction with up to 6 decimals, kept as millionths: "0.0825" is 82 500. Text on the wire.
class Rate {
 public:
  static constexpr std::int64_t one = 1'000'000;
  Rate() = default;
  explicit Rate(std::int64_t millionths) : millionths_(millionths) {}
  static std::optional<Rate> parse(std::string_view decimal);  // "0.0825", "1", at most 1000000
  std::string text() const;                                    // shortest form: "0.0825"
  std::int64_t millionths() const { return millionths_; }
  auto operator<=>(const Rate&) const = default;

 private:
  std::int64_t millionths_ = 0;
};

// How much of something, kept as thousandths: 3 is 3000, "0.750" is 750. On the wire an integer, or a decimal
// string with up to 3 places where it is not whole. At most 999 999.999; whether zero is allowed is the field's rule.
// Differences (stock that ran short) may be negative, and read and print as such; JSON input refuses them.
class Quantity {
 public:
  static constexpr std::int64_t one = 1000, max = 999'999'999;
  Quantity() = default;
  explicit Quantity(std::int64_t thousandths) : thousandths_(thousandths) {}
  static Quantity of(std::int64_t whole) { return Quantity(whole * one); }
  static std::optional<Quantity> parse(std::string_view decimal);
  std::string text() const;  // "3", "0.75"
  std::int64_t thousandths() const { return thousandths_; }
  bool whole() const { return thousandths_ % one == 0; }
  friend Quantity operator+(Quantity a, Quantity b) { return Quantity(a.thousandths_ + b.thousandths_); }
  friend Quantity operator-(Quantity a, Quantity b) { return Quantity(a.thousandths_ - b.thousandths_); }
  auto operator<=>(const Quantity&) const = default;

 private:
  std::int64_t thousandths_ = 0;
};

}  // namespace base
