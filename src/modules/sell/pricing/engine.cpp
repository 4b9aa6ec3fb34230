#include "modules/sell/pricing/engine.h"

#include <algorithm>
#include <stdexcept>

#include "modules/sell/pricing/working.h"

namespace pricing {
namespace {

void price_lines(Working& w) {
  for (std::size_t i = 0; i < w.cart.lines.size(); ++i) {
    const auto& line = w.cart.lines[i];
    if (line.unit_price.currency() != w.cart.currency) throw std::logic_error("pricing: a line in another currency");
    if (line.unit_price.minor() < 0 || line.quantity.thousandths() < 0) throw std::logic_error("pricing: a negative line");
    for (const auto tax : line.taxes)
      if (tax < 0 || static_cast<std::size_t>(tax) >= w.cart.taxes.size()) throw std::logic_error("pricing: no such tax");
    const auto exact = base::Wide{line.unit_price.minor()} * line.quantity.thousandths();
    const auto gross = w.money(base::divide(exact, base::Quantity::one, price_rounding));
    auto& totals = w.totals.lines[i];
    totals = {.gross = gross, .discount = w.money(0), .net = gross, .tax = w.money(0), .total = gross, .exempted = w.money(0)};
    w.note({.kind = StepKind::price,
            .line = i,
            .base = line.unit_price,
            .numerator = exact,
            .denominator = base::Quantity::one,
            .result = gross});
  }
}

}  // namespace

base::Wide times(base::Wide a, base::Wide b) {
  base::Wide product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::overflow_error("pricing: past 128 bits");
  return product;
}

void share_out(std::int64_t whole, std::vector<Part>& parts) {
  base::Wide weights = 0;
  for (const auto& part : parts) weights += part.weight;
  if (whole == 0 || weights == 0) {
    if (whole != 0) throw std::logic_error("pricing: nobody to share with");
    return;
  }
  std::int64_t left = whole;
  for (auto& part : parts) {
    const auto exact = base::Wide{whole} * part.weight;
    part.amount = std::min(static_cast<std::int64_t>(exact / weights), part.cap);
    part.rest = exact % weights;
    left -= part.amount;
  }
  if (left == 0) return;
  std::ranges::sort(parts, [](const Part& a, const Part& b) { return a.rest != b.rest ? a.rest > b.rest : a.line < b.line; });
  while (left > 0) {  // one round, unless caps keep a unit from its line
    const auto before = left;
    for (auto& part : parts) {
      if (left == 0) break;
      if (part.amount == part.cap) continue;
      ++part.amount, ++part.remainder, --left;
    }
    if (left == before) throw std::logic_error("pricing: more to share than can be borne");
  }
}

void sum_up(Totals& totals, base::Currency currency) {
  const base::Money zero(0, currency);
  totals.subtotal = totals.discount_total = totals.tax_total = totals.total = zero;
  for (auto& tax : totals.taxes) tax.base = tax.amount = zero;
  for (const auto& line : totals.lines) {
    totals.subtotal += line.gross;
    totals.discount_total += line.discount;
    totals.tax_total += line.tax;
    totals.total += line.total;
    for (const auto& tax : line.taxes) {
      auto& sum = totals.taxes.at(static_cast<std::size_t>(tax.tax));
      sum.base += tax.base;
      sum.amount += tax.amount;
    }
  }
}

Totals price(const Cart& cart, Trace* trace) {
  Totals totals;
  totals.lines.resize(cart.lines.size());
  Working w{.cart = cart, .totals = totals, .trace = trace, .parts = {}};
  price_lines(w);
  take_exempt_taxes_out(w);
  apply_discounts(w);
  take_inclusive_taxes_out(w);
  add_exclusive_taxes(w);
  totals.taxes.reserve(cart.taxes.size());
  for (const auto& tax : cart.taxes)
    totals.taxes.push_back(
        {.id = tax.id, .name = tax.name, .rate = tax.rate, .inclusive = tax.inclusive, .base = {}, .amount = {}});
  for (auto& line : totals.lines) line.total = line.net + line.tax;
  sum_up(totals, cart.currency);
  return totals;
}

Totals calculate(const Cart& cart) { return price(cart, nullptr); }

}  // namespace pricing
