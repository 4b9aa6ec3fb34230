#include <map>
#include <set>

#include "modules/sell/orders/moves.h"

// What `daybook verify` holds true of every order.
namespace orders {

namespace {

constexpr std::int64_t chunk = 500;

std::optional<std::string> each_order(core::View& view, const std::function<std::optional<std::string>(const Order&)>& broken) {
  std::string after;
  while (true) {
    const auto orders =
        view.all<Order>("SELECT {} FROM orders_order WHERE tenant = $t AND id > $1 ORDER BY id LIMIT $2", after, chunk);
    for (auto& order : orders)
      if (auto what = broken(order)) return order.id.text() + ": " + *what;
    if (std::ssize(orders) < chunk) return std::nullopt;
    after = orders.back().id.text();
  }
}

}  // namespace

std::optional<std::string> broken_totals(core::View& view) {
  return each_order(view, [](const Order& order) -> std::optional<std::string> {
    const auto zero = base::Money(0, order.total.currency());
    auto subtotal = zero, discount = zero, tax = zero, total = zero, taxes = zero;
    for (const auto* line : counting(order)) {
      subtotal += line->subtotal;
      discount += line->discount;
      tax += line->tax;
      total += line->total;
    }
    for (auto& t : order.taxes) taxes += t.amount;
    if (subtotal != order.subtotal || discount != order.discount_total || tax != order.tax_total || total != order.total)
      return "the lines do not add up to the order";
    if (taxes != order.tax_total) return "the taxes do not add up";
    return std::nullopt;
  });
}

std::optional<std::string> broken_numbers(core::View& view) {
  std::map<std::string, std::set<std::int64_t>> seen;
  return each_order(view, [&](const Order& order) -> std::optional<std::string> {
    const bool placed = order.state != State::draft && order.state != State::discarded;
    if (placed != order.number.has_value()) return "an order has a number exactly when it was placed";
    if (!placed) return std::nullopt;
    if (!seen[order.location.text() + base::print_date(*order.business_date)].insert(*order.number).second)
      return "number " + std::to_string(*order.number) + " was given twice";
    return std::nullopt;
  });
}

// A fired line is on a ticket of its order, or of the order that it was split from or merged with.
std::optional<std::string> broken_tickets(core::View& view) {
  return each_order(view, [&](const Order& order) -> std::optional<std::string> {
    std::set<LineId> missing;
    for (auto& line : order.lines)
      if (line.state == LineState::fired) missing.insert(line.id);
    if (missing.empty()) return std::nullopt;
    for (auto& whose : ticket_orders_of(order))
      for (auto& lines : tickets::lines_of(view, whose)) missing.erase(lines);
    if (!missing.empty()) return "line " + missing.begin()->text() + " was fired but is on no ticket";
    return std::nullopt;
  });
}

}  // namespace orders
