#include <algorithm>
#include <stdexcept>

#include "modules/sell/pricing/working.h"

namespace pricing {

std::vector<Check> split_evenly(const Totals& whole, std::size_t n) {
  if (n == 0) throw std::logic_error("pricing: a split into no checks");
  const auto currency = whole.total.currency();
  const auto totals = whole.total.split_evenly(n);
  std::vector<Check> checks(n);
  for (std::size_t i = 0; i < n; ++i) checks[i] = {.total = totals[i], .tax = base::Money(0, currency), .net = {}, .taxes = {}};
  // The units left of one tax go on where those of the tax before ended: so the taxes of a check add up to an even
  // split of tax_total as well, and never exceed the check.
  std::size_t next = 0;
  const auto parts = static_cast<std::int64_t>(n);
  for (const auto& tax : whole.taxes) {
    const auto each = tax.amount.minor() / parts, left = tax.amount.minor() % parts;
    for (std::size_t i = 0; i < n; ++i) {
      const auto turn = static_cast<std::int64_t>((i + n - next) % n);
      const base::Money amount(each + (turn < left ? 1 : 0), currency);
      checks[i].taxes.push_back(amount);
      checks[i].tax += amount;
    }
    next = (next + static_cast<std::size_t>(left)) % n;
  }
  for (auto& check : checks) check.net = check.total - check.tax;
  return checks;
}

std::vector<Totals> apportion(const Totals& whole, std::span<const std::vector<std::size_t>> groups) {
  std::vector<int> taken(whole.lines.size(), 0);
  std::vector<Totals> parts;
  parts.reserve(groups.size());
  for (const auto& group : groups) {
    auto& part = parts.emplace_back();
    part.taxes = whole.taxes;
    part.lines.reserve(group.size());
    for (const auto line : group) {
      if (line >= taken.size() || taken[line]++ != 0) throw std::logic_error("pricing: each line goes to exactly one group");
      part.lines.push_back(whole.lines[line]);
    }
    sum_up(part, whole.total.currency());
  }
  if (std::ranges::find(taken, 0) != taken.end()) throw std::logic_error("pricing: each line goes to exactly one group");
  return parts;
}

namespace {

bool same_tax(const TaxTotal& a, const TaxTotal& b) {
  return a.id == b.id && a.name == b.name && a.rate == b.rate && a.inclusive == b.inclusive;
}

// The position of the tax in `taxes`, where it is entered if it is new.
std::int64_t enter(base::List<TaxTotal, 0, 64>& taxes, const TaxTotal& tax) {
  const auto found = std::ranges::find_if(taxes, [&](const TaxTotal& t) { return same_tax(t, tax); });
  const auto position = found - taxes.begin();
  if (found == taxes.end()) taxes.push_back(tax);
  return position;
}

}  // namespace

Totals merge(std::span<const Totals> all) {
  if (all.empty()) throw std::logic_error("pricing: a merge of nothing has no currency");
  Totals sum;
  for (const auto& part : all) {
    std::vector<std::int64_t> positions;
    for (const auto& tax : part.taxes) positions.push_back(enter(sum.taxes, tax));
    for (const auto& line : part.lines) {
      auto& copy = sum.lines.emplace_back(line);
      for (auto& tax : copy.taxes) tax.tax = positions.at(static_cast<std::size_t>(tax.tax));
    }
  }
  sum_up(sum, all.front().total.currency());
  return sum;
}

base::Money cumulative_share(base::Money total, std::int64_t k, std::int64_t n, base::Rounding rounding) {
  if (n <= 0 || k < 0 || k > n) throw std::logic_error("pricing: a share of 0 to all units");
  return total.scaled(k, n, rounding);
}

base::Money cash_round(base::Money due, std::int64_t increment, base::Rounding rounding) {
  if (increment <= 0) throw std::logic_error("pricing: the smallest coin is worth something");
  return base::Money(base::divide(due.minor(), increment, rounding), due.currency()) * increment;
}

}  // namespace pricing
