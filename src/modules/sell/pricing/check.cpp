#include <algorithm>
#include <string>

#include "modules/sell/pricing/working.h"

namespace pricing {
namespace {

using base::Wide;

struct Findings {
  base::Problem problem = unpriceable.problem();
  void add(std::string pointer, std::string sentence) {
    problem.errors.push_back({std::move(pointer), "range", std::move(sentence)});
  }
};

std::string pointer(std::string_view list, std::size_t i, std::string_view member = {}) {
  auto text = "/" + std::string(list) + "/" + std::to_string(i);
  if (!member.empty()) text += "/" + std::string(member);
  return text;
}

void check_taxes(const Cart& cart, const CartLine& line, std::size_t i, Findings& findings) {
  std::size_t taxes = 0, compound = 0;
  bool in_range = true;
  for (std::size_t t = 0; t < cart.taxes.size(); ++t) {
    if (!lists(line, t)) continue;
    ++taxes;
    if (cart.taxes[t].inclusive && cart.taxes[t].compound) ++compound;
    in_range = in_range && cart.taxes[t].rate.millionths() <= max_rate;
  }
  if (!in_range || taxes > max_line_taxes || compound > max_compound_inclusive)
    findings.add(pointer("lines", i), "A line bears up to 8 taxes of at most 1000 %, 2 of the inclusive ones compound.");
}

// An upper bound of the line's gross plus exclusive taxes; past the limit of money it stops.
Wide bound(const Cart& cart, const CartLine& line) {
  constexpr auto limit = Wide{base::Money::limit};
  const auto up = [](Wide n, std::int64_t d) { return (n + d - 1) / d; };
  Wide sum = up(Wide{line.unit_price.minor()} * line.quantity.thousandths(), base::Quantity::one);
  for (std::size_t t = 0; t < cart.taxes.size() && sum <= limit; ++t)
    if (lists(line, t) && !cart.taxes[t].inclusive) sum += up(sum * cart.taxes[t].rate.millionths(), base::Rate::one);
  return sum;
}

void check_discount(const Cart& cart, std::size_t i, Findings& findings) {
  const auto& rule = cart.discounts[i];
  if (rule.percent.has_value() == rule.amount.has_value())
    findings.add(pointer("discounts", i), "A discount has either a percentage or an amount.");
  if (rule.amount && rule.amount->currency() != cart.currency)
    findings.add(pointer("discounts", i, "amount"), "The amount is in another currency than the order.");
  if (rule.amount && rule.amount->minor() < 0) findings.add(pointer("discounts", i, "amount"), "A discount is not negative.");
  if (rule.line && (*rule.line < 0 || static_cast<std::size_t>(*rule.line) >= cart.lines.size()))
    findings.add(pointer("discounts", i, "line"), "There is no such line.");
}

}  // namespace

base::Result<> check(const Cart& cart) {
  Findings findings;
  Wide sum = 0;
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    const auto& line = cart.lines[i];
    if (line.unit_price.currency() != cart.currency)
      findings.add(pointer("lines", i), "The price is in another currency than the order.");
    if (line.unit_price.minor() < 0) findings.add(pointer("lines", i), "The modifiers take the price below zero.");
    if (line.quantity.thousandths() < 0) findings.add(pointer("lines", i, "quantity"), "A quantity is not negative.");
    check_taxes(cart, line, i, findings);
    const bool in_range = sum <= base::Money::limit;
    sum += bound(cart, line);
    if (in_range && sum > base::Money::limit)
      findings.add(pointer("lines", i), "Up to this line the total is larger than an amount may be.");
  }
  for (std::size_t i = 0; i < cart.discounts.size(); ++i) check_discount(cart, i, findings);
  if (findings.problem.errors.empty()) return {};
  return std::unexpected(std::move(findings.problem));
}

}  // namespace pricing
