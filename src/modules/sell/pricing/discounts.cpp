#include <algorithm>
#include <stdexcept>

#include "modules/sell/pricing/working.h"

namespace pricing {
namespace {

constexpr std::int64_t percent_one = 100 * base::Rate::one;

// What the rule takes off `base`, at most all of it.
base::Money settle(Working& w, const DiscountRule& rule, base::Money base, Fact& fact) {
  if (rule.percent.has_value() == rule.amount.has_value())
    throw std::logic_error("pricing: a discount is a percentage or an amount");
  base::Money off;
  if (rule.percent) {
    fact.numerator = base::Wide{base.minor()} * rule.percent->millionths();
    fact.denominator = percent_one;
    const auto whole = base::Wide{base.minor()} * percent_one;
    off = w.money(base::divide(std::min(fact.numerator, whole), percent_one, price_rounding));
  } else {
    if (rule.amount->currency() != w.cart.currency || rule.amount->minor() < 0)
      throw std::logic_error("pricing: a discount out of range");
    fact.numerator = rule.amount->minor();
    off = w.money(std::min(rule.amount->minor(), base.minor()));
  }
  fact.discount = &rule;
  fact.base = base;
  fact.result = off;
  return off;
}

void take_off(LineTotals& line, base::Money off) {
  line.discount += off;
  line.net -= off;
}

void discount_line(Working& w, const DiscountRule& rule) {
  const auto i = static_cast<std::size_t>(*rule.line);
  if (*rule.line < 0 || i >= w.totals.lines.size()) throw std::logic_error("pricing: a discount of no line");
  auto& line = w.totals.lines[i];
  Fact fact{.kind = StepKind::line_discount, .line = i};
  const auto off = settle(w, rule, line.net, fact);
  take_off(line, off);
  w.note(fact);
}

void discount_order(Working& w, const DiscountRule& rule) {
  base::Money base = w.money(0);
  w.parts.clear();
  for (std::size_t i = 0; i < w.totals.lines.size(); ++i) {
    const auto left = w.totals.lines[i].net;
    base += left;
    w.parts.push_back({.line = i, .weight = left.minor(), .cap = left.minor()});
  }
  Fact fact{.kind = StepKind::order_discount};
  const auto off = settle(w, rule, base, fact);
  share_out(off.minor(), w.parts);
  for (const auto& part : w.parts) take_off(w.totals.lines[part.line], w.money(part.amount));
  fact.parts = w.parts;
  w.note(fact);
}

}  // namespace

void apply_discounts(Working& w) {
  for (const auto& rule : w.cart.discounts)
    if (rule.line) discount_line(w, rule);
  for (const auto& rule : w.cart.discounts)
    if (!rule.line) discount_order(w, rule);
}

}  // namespace pricing
