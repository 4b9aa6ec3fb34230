#include <algorithm>

#include "modules/sell/orders/moves.h"

namespace orders {

namespace {

// Which lines leave, as positions among the counting lines: a group for each new order.
Result<std::vector<std::vector<std::size_t>>> groups_of(const Order& order, const SplitOrder& in) {
  const auto lines = counting(order);
  std::vector<bool> taken(lines.size());
  std::vector<std::vector<std::size_t>> groups;
  const auto take = [&](std::vector<std::size_t>& group, std::size_t i) {
    if (taken[i]) return false;
    taken[i] = true;
    group.push_back(i);
    return true;
  };
  if (in.lines)
    for (auto& wanted : *in.lines) {
      auto& group = groups.emplace_back();
      for (auto& id : wanted) {
        const auto at = std::ranges::find(lines, id, [](const Line* l) { return l->id; });
        if (at == lines.end()) return unknown_line("No line " + id.text() + ".");
        if (!take(group, static_cast<std::size_t>(at - lines.begin())))
          return split_how("The line " + id.text() + " is named twice.");
      }
    }
  if (in.seats)
    for (auto& seats : *in.seats) {
      auto& group = groups.emplace_back();
      for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i]->seat && std::ranges::find(seats, *lines[i]->seat) != seats.end() && !take(group, i))
          return split_how("A seat is named twice.");
      if (group.empty()) return split_how("Nobody ordered at these seats.");
    }
  if (std::ranges::find(taken, false) == taken.end()) return split_how("Something has to stay in the order.");
  return groups;
}

pricing::Totals totals_of(const Order& order) {
  pricing::Totals t{.lines = {},
                    .subtotal = order.subtotal,
                    .discount_total = order.discount_total,
                    .tax_total = order.tax_total,
                    .total = order.total,
                    .taxes = order.taxes};
  for (const auto* line : counting(order)) {
    auto inclusive = base::Money(0, line->total.currency());
    for (auto& tax : line->taxes)
      if (order.tax_rules[static_cast<std::size_t>(tax.tax)].inclusive) inclusive += tax.amount;
    t.lines.push_back({.gross = line->subtotal,
                       .discount = line->discount,
                       .net = line->total - line->tax,
                       .tax = line->tax,
                       .total = line->total,
                       .exempted = base::Money(0, line->total.currency()),
                       .taxes = order.tax_exempt ? base::List<pricing::LineTax, 0, 64>{} : line->taxes});
  }
  return t;
}

// A line's settled share of all discounts, as a discount of its own: pricing the part again gives the same amounts.
void settle_discounts(Order& order) {
  order.discounts.clear();
  for (auto& line : order.lines)
    if (line.state != LineState::voided && !line.discount.zero())
      order.discounts.push_back(
          {.discount = {}, .name = "Share of discounts", .percent = {}, .amount = line.discount, .line = line.id});
}

Order part_of(core::Tx& tx, const Books& b, const Order& whole, const std::vector<std::size_t>& group,
              const pricing::Totals& totals) {
  Order part = whole;
  part.id = tx.fresh<OrderId>();
  part.number.reset();
  part.lines.clear();
  const auto lines = counting(whole);
  for (auto i : group) part.lines.push_back(*lines[i]);
  part.split_from = whole.id;
  part.merged_from.clear();
  part.added.clear();
  part.ticket_orders = ticket_orders_of(whole);
  part.fingerprint = tx.fingerprint();
  part.version = 1;
  part.created_at = part.updated_at = tx.now();
  if (whole.state == State::open) give_number(tx, b, part);
  settle(part, totals);
  settle_discounts(part);
  tx.insert("orders_order", part);
  for (auto& whose : part.ticket_orders)
    tx.run("INSERT INTO orders_link (tenant, ticket_order, \"order\") VALUES ($t, $1, $2)", whose, part.id);
  tx.emit(opened, part);
  return part;
}

}  // namespace

Result<SplitResult> split_order(core::Tx& tx, const core::Actor&, const SplitOrder& in) {
  const auto before = TRY(load_for(tx, in.id));
  if (before.state != State::open) return not_editable("Only an open order can be split.");
  if (int{in.lines.has_value()} + int{in.seats.has_value()} + int{in.parts.has_value()} != 1) return split_how();
  auto order = before;
  SplitResult result;
  if (in.parts) {
    order.checks.clear();
    for (auto& check : pricing::split_evenly(totals_of(before), static_cast<std::size_t>(*in.parts)))
      order.checks.push_back({check.total, check.tax});
    result.checks.assign(order.checks.begin(), order.checks.end());
  } else {
    auto groups = TRY(groups_of(before, in));
    std::vector<std::size_t> rest;
    for (std::size_t i = 0; i < counting(before).size(); ++i)
      if (std::ranges::none_of(groups, [&](auto& g) { return std::ranges::find(g, i) != g.end(); })) rest.push_back(i);
    groups.push_back(rest);
    const auto totals = pricing::apportion(totals_of(before), groups);
    const auto b = books(tx);
    for (std::size_t g = 0; g + 1 < groups.size(); ++g) result.orders.push_back(part_of(tx, b, before, groups[g], totals[g]));
    std::erase_if(order.lines, [&](const Line& l) {
      return std::ranges::any_of(
          result.orders, [&](const Order& part) { return std::ranges::find(part.lines, l.id, &Line::id) != part.lines.end(); });
    });
    settle(order, totals.back());
    settle_discounts(order);
  }
  save(tx, changed, before, order);
  result.order = order;
  return result;
}

Result<Order> merge_orders(core::Tx& tx, const core::Actor&, const MergeOrders& in) {
  const auto before = TRY(load_for(tx, in.id));
  const auto from_before = TRY(core::load<Order>(tx, order_resource, in.from.text()));
  if (in.id == in.from) return cannot_merge("An order cannot be merged with itself.");
  if (before.state != State::open || from_before.state != State::open || before.location != from_before.location ||
      before.total.currency() != from_before.total.currency() || before.tax_exempt != from_before.tax_exempt)
    return cannot_merge();
  for (auto& line : from_before.lines)
    if (std::ranges::find(before.lines, line.id, &Line::id) != before.lines.end())
      return cannot_merge("Both have a line " + line.id.text() + ".");
  auto order = before;
  auto from = from_before;
  const pricing::Totals both[] = {totals_of(before), totals_of(from_before)};
  const auto totals = pricing::merge(both);
  // The tax positions of lines are those of the merged list from here on.
  order.tax_rules.clear();
  for (auto& tax : totals.taxes) {
    const auto same = [&](const pricing::TaxRule& r) {
      return r.id == tax.id && r.rate == tax.rate && r.inclusive == tax.inclusive && r.name == tax.name;
    };
    auto rule = std::ranges::find_if(before.tax_rules, same);
    if (rule == before.tax_rules.end()) rule = std::ranges::find_if(from_before.tax_rules, same);
    order.tax_rules.push_back(*rule);
  }
  settle_discounts(order);
  settle_discounts(from);
  order.lines.insert(order.lines.end(), from.lines.begin(), from.lines.end());
  order.discounts.insert(order.discounts.end(), from.discounts.begin(), from.discounts.end());
  settle(order, totals);
  if (order.tax_exempt)
    for (auto& line : order.lines) line.taxes.clear();
  order.merged_from.push_back(from.id);
  if (from.fulfilment < order.fulfilment) order.fulfilment = from.fulfilment;  // what is not ready is not ready
  for (auto& whose : ticket_orders_of(from_before)) {
    if (std::ranges::find(order.ticket_orders, whose) == order.ticket_orders.end()) order.ticket_orders.push_back(whose);
    tx.run(
        "INSERT INTO orders_link (tenant, ticket_order, \"order\") VALUES ($t, $1, $2) ON CONFLICT (tenant, ticket_order, "
        "\"order\") DO NOTHING",
        whose, order.id);
  }
  from.lines.clear();
  from.discounts.clear();
  settle(from, pricing::calculate({.currency = before.total.currency(), .taxes = {}, .lines = {}, .discounts = {}}));
  from.tax_rules.clear();
  from.state = State::closed;
  from.fulfilment = Fulfilment::cancelled;
  from.merged_into = order.id;
  from.closed_at = tx.now();
  save(tx, closed, from_before, from);
  save(tx, changed, before, order);
  return order;
}

}  // namespace orders
