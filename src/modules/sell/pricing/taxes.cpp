#include <algorithm>
#include <stdexcept>

#include "modules/sell/pricing/working.h"

namespace pricing {
namespace {

using base::Wide;

base::Money price_of(const LineTotals& line) { return line.gross - line.discount; }

// The inclusive tax in `price`, rounded as its rule says.
std::int64_t included(const TaxRule& rule, const InclusivePart& part, std::int64_t price) {
  if (rule.target == TaxTarget::tax) return base::divide(times(part.f, price), part.whole, rule.mode);
  return price - base::divide(times(part.whole - part.f, price), part.whole, rule.mode);
}

Fact inclusive_fact(const TaxRule& rule, const InclusivePart& part, base::Money price, base::Money amount) {
  return {.kind = StepKind::inclusive_tax,
          .tax = &rule,
          .base = price,
          .numerator = times(part.f, price.minor()),
          .denominator = part.whole,
          .inclusive = part,
          .result = amount};
}

// `base` of an inclusive tax is known only when all of them are out; see note_inclusive_bases.
void take_out(Working& w, std::size_t line, std::size_t tax, base::Money amount) {
  auto& totals = w.totals.lines[line];
  totals.net -= amount;
  totals.tax += amount;
  totals.taxes.push_back({.tax = static_cast<std::int64_t>(tax), .base = w.money(0), .amount = amount});
}

void take_out_by_line(Working& w, std::size_t tax) {
  const auto& rule = w.cart.taxes[tax];
  for (std::size_t i = 0; i < w.cart.lines.size(); ++i) {
    if (!w.owes(i, tax)) continue;
    auto& totals = w.totals.lines[i];
    const auto price = price_of(totals);
    const auto part = inclusive_part(w.cart, w.cart.lines[i], tax);
    // Several taxes, each rounded up, can exceed a price of a few units.
    const auto amount = w.money(std::min(included(rule, part, price.minor()), totals.net.minor()));
    take_out(w, i, tax, amount);
    if (!w.trace) continue;
    auto fact = inclusive_fact(rule, part, price, amount);
    fact.line = i;
    w.note(fact);
  }
}

bool settled(const LineTotals& line, std::size_t tax) {
  return std::ranges::find(line.taxes, static_cast<std::int64_t>(tax), &LineTax::tax) != line.taxes.end();
}

// One bucket: the lines in which the tax has the same part of the price as in `first`.
void take_out_bucket(Working& w, std::size_t tax, std::size_t first) {
  const auto& rule = w.cart.taxes[tax];
  const auto part = inclusive_part(w.cart, w.cart.lines[first], tax);
  base::Money prices = w.money(0), bearable = w.money(0);
  w.parts.clear();
  for (std::size_t i = first; i < w.cart.lines.size(); ++i) {
    if (!w.owes(i, tax) || settled(w.totals.lines[i], tax) || inclusive_part(w.cart, w.cart.lines[i], tax) != part) continue;
    const auto price = price_of(w.totals.lines[i]), net = w.totals.lines[i].net;
    prices += price;
    bearable += net;
    w.parts.push_back({.line = i, .weight = price.minor(), .cap = net.minor()});
  }
  const auto amount = w.money(std::min(included(rule, part, prices.minor()), bearable.minor()));
  share_out(amount.minor(), w.parts);
  for (const auto& share : w.parts) take_out(w, share.line, tax, w.money(share.amount));
  if (!w.trace) return;
  auto fact = inclusive_fact(rule, part, prices, amount);
  fact.parts = w.parts;
  w.note(fact);
}

void note_inclusive_bases(Working& w, LineTotals& line) {
  base::Money earlier = w.money(0);
  for (auto& tax : line.taxes) {
    tax.base = line.net;
    if (w.cart.taxes[static_cast<std::size_t>(tax.tax)].compound) tax.base += earlier;
    earlier += tax.amount;
  }
}

base::Money exclusive_base(const TaxRule& rule, const LineTotals& line) {
  return rule.compound ? line.net + line.tax : line.net;
}

void add(Working& w, std::size_t line, std::size_t tax, base::Money base, base::Money amount) {
  auto& totals = w.totals.lines[line];
  totals.tax += amount;
  totals.taxes.push_back({.tax = static_cast<std::int64_t>(tax), .base = base, .amount = amount});
}

Fact exclusive_fact(const TaxRule& rule, base::Money base, base::Money amount) {
  return {.kind = StepKind::exclusive_tax,
          .tax = &rule,
          .base = base,
          .numerator = Wide{base.minor()} * rule.rate.millionths(),
          .denominator = base::Rate::one,
          .result = amount};
}

void add_by_line(Working& w, std::size_t tax) {
  const auto& rule = w.cart.taxes[tax];
  for (std::size_t i = 0; i < w.cart.lines.size(); ++i) {
    if (!w.owes(i, tax)) continue;
    const auto base = exclusive_base(rule, w.totals.lines[i]);
    const auto amount = base.scaled(rule.rate.millionths(), base::Rate::one, rule.mode);
    add(w, i, tax, base, amount);
    if (!w.trace) continue;
    auto fact = exclusive_fact(rule, base, amount);
    fact.line = i;
    w.note(fact);
  }
}

void add_bucket(Working& w, std::size_t tax) {
  const auto& rule = w.cart.taxes[tax];
  base::Money bases = w.money(0);
  w.parts.clear();
  for (std::size_t i = 0; i < w.cart.lines.size(); ++i) {
    if (!w.owes(i, tax)) continue;
    const auto base = exclusive_base(rule, w.totals.lines[i]);
    bases += base;
    w.parts.push_back({.line = i, .weight = base.minor(), .cap = INT64_MAX});
  }
  if (w.parts.empty()) return;
  const auto amount = bases.scaled(rule.rate.millionths(), base::Rate::one, rule.mode);
  share_out(amount.minor(), w.parts);
  for (const auto& share : w.parts) add(w, share.line, tax, w.money(share.weight), w.money(share.amount));
  if (!w.trace) return;
  auto fact = exclusive_fact(rule, bases, amount);
  fact.parts = w.parts;
  w.note(fact);
}

}  // namespace

InclusivePart inclusive_part(const Cart& cart, const CartLine& line, std::size_t tax) {
  InclusivePart part{.f = 0, .whole = base::Rate::one, .scale = base::Rate::one};
  for (std::size_t i = 0; i < cart.taxes.size(); ++i) {
    const auto& rule = cart.taxes[i];
    if (!rule.inclusive || !lists(line, i)) continue;
    std::int64_t rate = rule.rate.millionths(), per = base::Rate::one;
    Wide f = 0;
    if (rule.compound && part.whole != part.scale) {
      while (per > 1 && rate % 10 == 0) rate /= 10, per /= 10;  // keeps the scale, and so every product, small
      f = times(part.whole, rate);
      part = {.f = times(part.f, per), .whole = times(part.whole, per), .scale = times(part.scale, per)};
    } else {
      f = times(part.scale / base::Rate::one, rate);
    }
    part.whole += f;
    if (i == tax) part.f = f;
  }
  return part;
}

void take_exempt_taxes_out(Working& w) {
  for (std::size_t i = 0; i < w.cart.lines.size(); ++i) {
    if (!w.exempt(i)) continue;
    auto& totals = w.totals.lines[i];
    const auto menu = totals.gross;
    for (std::size_t tax = 0; tax < w.cart.taxes.size(); ++tax) {
      const auto& rule = w.cart.taxes[tax];
      if (!rule.inclusive || !lists(w.cart.lines[i], tax)) continue;
      const auto part = inclusive_part(w.cart, w.cart.lines[i], tax);
      const auto amount = w.money(std::min(included(rule, part, menu.minor()), totals.gross.minor()));
      totals.gross -= amount;
      totals.net -= amount;
      totals.exempted += amount;
      if (!w.trace) continue;
      auto fact = inclusive_fact(rule, part, menu, amount);
      fact.kind = StepKind::exemption;
      fact.line = i;
      w.note(fact);
    }
  }
}

void take_inclusive_taxes_out(Working& w) {
  bool any = false;
  for (std::size_t tax = 0; tax < w.cart.taxes.size(); ++tax) {
    const auto& rule = w.cart.taxes[tax];
    if (!rule.inclusive) continue;
    any = true;
    if (rule.rounding == TaxRounding::line) {
      take_out_by_line(w, tax);
      continue;
    }
    for (std::size_t i = 0; i < w.cart.lines.size(); ++i)
      if (w.owes(i, tax) && !settled(w.totals.lines[i], tax)) take_out_bucket(w, tax, i);
  }
  if (any)
    for (auto& line : w.totals.lines) note_inclusive_bases(w, line);
}

void add_exclusive_taxes(Working& w) {
  for (std::size_t tax = 0; tax < w.cart.taxes.size(); ++tax) {
    const auto& rule = w.cart.taxes[tax];
    if (rule.inclusive) continue;
    if (rule.rounding == TaxRounding::line)
      add_by_line(w, tax);
    else
      add_bucket(w, tax);
  }
}

}  // namespace pricing
