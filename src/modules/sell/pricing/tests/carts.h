#pragma once
#include <initializer_list>
#include <string_view>

#include "modules/sell/pricing/engine.h"

// Short ways to write a cart down in a test.
namespace pricing::test {

inline base::Currency currency(std::string_view code) { return base::Currency::parse(code).value(); }
inline base::Money eur(std::int64_t minor) { return {minor, currency("EUR")}; }
inline base::Rate rate(std::string_view decimal) { return base::Rate::parse(decimal).value(); }
inline base::Quantity quantity(std::string_view decimal) { return base::Quantity::parse(decimal).value(); }

inline TaxRule exclusive(std::string_view decimal, TaxRounding rounding = TaxRounding::line) {
  return {.id = {}, .name = "VAT", .rate = rate(decimal), .rounding = rounding};
}
inline TaxRule inclusive(std::string_view decimal, TaxTarget target = TaxTarget::tax,
                         TaxRounding rounding = TaxRounding::line) {
  return {.id = {}, .name = "VAT", .rate = rate(decimal), .inclusive = true, .rounding = rounding, .target = target};
}
inline TaxRule compound(TaxRule rule) { return rule.compound = true, rule; }

// Lines of quantity 1 at these prices, each with every tax of the cart.
inline Cart cart(std::string_view code, std::initializer_list<std::int64_t> prices, std::vector<TaxRule> taxes = {}) {
  Cart c{.currency = currency(code), .taxes = std::move(taxes), .lines = {}, .discounts = {}};
  for (const auto price : prices) {
    auto& line = c.lines.emplace_back(CartLine{.unit_price = {price, c.currency}, .taxes = {}});
    for (std::size_t t = 0; t < c.taxes.size(); ++t) line.taxes.push_back(static_cast<std::int64_t>(t));
  }
  return c;
}

inline DiscountRule amount_off(base::Money amount, std::optional<std::int64_t> line = {}) {
  return {.name = "Off", .percent = {}, .amount = amount, .line = line};
}
inline DiscountRule percent_off(std::string_view percent, std::optional<std::int64_t> line = {}) {
  return {.name = "Off", .percent = rate(percent), .amount = {}, .line = line};
}

inline std::vector<std::int64_t> minors(const auto& list, base::Money LineTotals::* member) {
  std::vector<std::int64_t> all;
  for (const auto& element : list) all.push_back((element.*member).minor());
  return all;
}

}  // namespace pricing::test
