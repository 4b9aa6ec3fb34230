#include <algorithm>

#include "modules/sell/orders/work.h"

namespace orders {

std::vector<Line*> counting(Order& order) {
  std::vector<Line*> lines;
  for (auto& line : order.lines)
    if (line.state != LineState::voided) lines.push_back(&line);
  return lines;
}
std::vector<const Line*> counting(const Order& order) {
  std::vector<const Line*> lines;
  for (auto& line : order.lines)
    if (line.state != LineState::voided) lines.push_back(&line);
  return lines;
}

namespace {

base::Currency currency_of(const Order& order) {
  return order.lines.empty() ? order.total.currency() : order.lines.front().unit_price.currency();
}

std::string tax_category_of(const catalog::Menu& menu, const Line& line) {
  const auto* item = menu.find(line.item);
  if (!item) return {};
  if (item->tax_category) return *item->tax_category;
  if (!item->category) return {};
  const auto found = menu.categories.find(*item->category);
  return found != menu.categories.end() && found->second.tax_category ? std::string(*found->second.tax_category)
                                                                      : std::string();
}

// The taxes of this order, each once, and which of them each line owes.
void choose_taxes(const Books& b, Order& order) {
  order.tax_rules.clear();
  for (auto& tax : b.rules.taxes) {
    bool used = false;
    for (auto* line : counting(order)) {
      if (!pricing::applies(tax, order.location, tax_category_of(b.menu, *line), reflect::name_of(order.type))) continue;
      if (!used) order.tax_rules.push_back(pricing::rule_of(tax));
      used = true;
      line->taxes.push_back({.tax = std::ssize(order.tax_rules) - 1, .base = {}, .amount = {}});
    }
  }
}

}  // namespace

pricing::Cart cart_of(const Order& order) {
  pricing::Cart cart;
  cart.currency = currency_of(order);
  cart.taxes = order.tax_rules;
  cart.exempt = order.tax_exempt;
  const auto lines = counting(order);
  for (const auto* line : lines) {
    pricing::CartLine c{.unit_price = line->unit_price, .quantity = line->quantity, .taxes = {}};
    for (auto& tax : line->taxes) c.taxes.push_back(tax.tax);
    cart.lines.push_back(std::move(c));
  }
  for (auto& d : order.discounts) {
    pricing::DiscountRule rule{.name = d.name, .percent = d.percent, .amount = d.amount, .line = std::nullopt};
    if (d.line) {
      const auto at = std::ranges::find(lines, *d.line, [](const Line* l) { return l->id; });
      if (at == lines.end()) continue;  // its line was voided
      rule.line = at - lines.begin();
    }
    cart.discounts.push_back(std::move(rule));
  }
  return cart;
}

void settle(Order& order, const pricing::Totals& totals) {
  const auto zero = base::Money(0, currency_of(order));
  for (auto& line : order.lines)
    if (line.state == LineState::voided) {
      line.subtotal = line.discount = line.tax = line.total = zero;
      line.taxes.clear();
    }
  const auto lines = counting(order);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& t = totals.lines[i];
    lines[i]->subtotal = t.gross;
    lines[i]->discount = t.discount;
    lines[i]->tax = t.tax;
    lines[i]->total = t.total;
    if (order.tax_exempt)  // which taxes it would owe stays known, for the day the order is exempt no more
      for (auto& tax : lines[i]->taxes) tax.base = tax.amount = zero;
    else
      lines[i]->taxes = t.taxes;
  }
  order.subtotal = totals.subtotal;
  order.discount_total = totals.discount_total;
  order.tax_total = totals.tax_total;
  order.total = totals.total;
  order.taxes = totals.taxes;
  order.checks.clear();  // of amounts that are no longer these
}

Result<> price(const Books& b, Order& order, TaxRules which) {
  if (which == TaxRules::anew) {
    for (auto& line : order.lines) line.taxes.clear();
    choose_taxes(b, order);
  }
  const auto cart = cart_of(order);
  TRY(pricing::check(cart));
  settle(order, pricing::calculate(cart));
  return {};
}

}  // namespace orders
