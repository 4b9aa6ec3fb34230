#include "modules/sell/orders/moves.h"

#include <algorithm>

namespace orders {

Result<Order> place_draft(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(state_move(order, State::draft, State::open));
  const auto b = books(tx);
  TRY(price(b, order, TaxRules::anew));
  TRY(place(tx, b, order));
  save(tx, order.state == State::proposed ? proposed : opened, before, order);
  return order;
}

Result<Order> discard_order(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(state_move(order, State::draft, State::discarded));
  order.state = State::discarded;
  order.fulfilment = Fulfilment::cancelled;
  save(tx, discarded, before, order);
  return order;
}

Result<Order> accept_order(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(state_move(order, State::proposed, State::open));
  order.state = State::open;
  fire_lines(tx, order, [](const Line& line) { return line.state == LineState::waiting; });
  save(tx, opened, before, order);
  return order;
}

namespace {

Result<Order> turn_down(core::Tx& tx, const OrderId& id, State from, State to, const core::EventKind& kind,
                        const base::Text<1, 200>& reason) {
  const auto before = TRY(load_for(tx, id));
  auto order = before;
  TRY(state_move(order, from, to));
  order.state = to;
  order.fulfilment = Fulfilment::cancelled;
  order.reason = reason;
  if (to == State::voided) {
    for (auto& whose : ticket_orders_of(order)) tickets::cancel_all(tx, whose);
    order.closed_at = tx.now();
  }
  save(tx, kind, before, order);
  return order;
}

}  // namespace

Result<Order> reject_order(core::Tx& tx, const core::Actor&, const MoveWithReason& in) {
  return turn_down(tx, in.id, State::proposed, State::rejected, rejected, in.reason);
}
Result<Order> void_order(core::Tx& tx, const core::Actor&, const MoveWithReason& in) {
  return turn_down(tx, in.id, State::open, State::voided, voided, in.reason);
}

Result<Order> start_order(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(fulfilment_move(tx, order, Fulfilment::preparing));
  order.fulfilment = Fulfilment::preparing;
  save(tx, changed, before, order);
  return order;
}

Result<Order> ready_order(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(fulfilment_move(tx, order, Fulfilment::ready));
  tickets::bump_rest(tx, ticket_orders_of(order));
  order.fulfilment = Fulfilment::ready;
  order.ready_at = tx.now();
  save(tx, changed, before, order);
  return order;
}

// Until payments exist, what is complete is closed.
Result<Order> complete_order(core::Tx& tx, const core::Actor&, const Move& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  TRY(fulfilment_move(tx, order, Fulfilment::completed));
  tickets::bump_rest(tx, ticket_orders_of(order));  // what no station prepares, and what came after it was ready
  order.fulfilment = Fulfilment::completed;
  order.state = State::closed;
  order.completed_at = order.closed_at = tx.now();
  save(tx, closed, before, order);
  return order;
}

Result<Order> fire_order(core::Tx& tx, const core::Actor&, const FireOrder& in) {
  const auto before = TRY(load_for(tx, in.id));
  auto order = before;
  if (order.state != State::open) return not_editable("Only an open order has lines to fire.");
  if (in.lines)
    for (auto& line : *in.lines)
      if (!find_line(order, line)) return unknown_line("No line " + line.text() + ".");
  const auto named = [&](const Line& line) { return !in.lines || std::ranges::find(*in.lines, line.id) != in.lines->end(); };
  if (fire_lines(tx, order, named) == 0) return before;  // nothing left to send: said once is enough
  save(tx, fired, before, order);
  return order;
}

// ---- the clock ---------------------------------------------------------------------------------------------------------

namespace {
struct Deadline {
  OrderId id;
  std::optional<base::Instant> accept_by;
};
RECORD(Deadline, id, accept_by)
RECORD_TYPE(Deadline, "A proposed order and until when it waits.")
constexpr std::int64_t expire_at_once = 20;
}  // namespace

std::optional<base::Instant> next_expiry(core::View& view) {
  const auto row =
      view.maybe<Deadline>("SELECT {} FROM orders_order WHERE tenant = $t AND state = 'proposed' ORDER BY accept_by LIMIT 1");
  return row ? row->accept_by : std::nullopt;
}

Result<> expire_orders(core::Tx& tx) {
  for (auto& late : tx.all<Deadline>("SELECT {} FROM orders_order WHERE tenant = $t AND state = 'proposed' AND accept_by <= $1 "
                                     "ORDER BY accept_by LIMIT $2",
                                     tx.now(), expire_at_once)) {
    const auto before = TRY(core::load<Order>(tx, order_resource, late.id.text()));
    auto order = before;
    order.state = State::expired;
    order.fulfilment = Fulfilment::cancelled;
    save(tx, expired, before, order);
  }
  return {};
}

}  // namespace orders
