#include "modules/sell/orders/work.h"

namespace orders {

namespace {

struct Known {
  base::Bytes fingerprint;
};
RECORD(Known, fingerprint)
RECORD_TYPE(Known, "An order that is already there.")

Result<> open_now(const Books& b, const Order& order) {
  if (order.source != Source::online || !b.places.settings.orders.closed_hours_block_online) return {};
  const auto closed_now = settings::closed_at(*b.places.find(order.location), b.now);
  if (!closed_now) return {};
  auto problem = location_closed.problem(closed_now->holiday.empty() ? "It is outside its opening hours."
                                                                     : "It is closed for " + closed_now->holiday + ".");
  if (closed_now->opens_at) problem.with("opens_at", base::print_instant(*closed_now->opens_at));
  return std::unexpected(std::move(problem));
}

}  // namespace

// From draft or nothing to what its source says: proposed for a guest's order, open for all others.
Result<> place(core::Tx& tx, const Books& b, Order& order) {
  TRY(open_now(b, order));
  give_number(tx, b, order);
  if (order.source == Source::online) {
    order.state = State::proposed;
    order.accept_by = tx.now() + std::chrono::minutes(std::int64_t{b.places.settings.orders.accept_minutes});
    return {};
  }
  order.state = State::open;
  fire_lines(tx, order, [](const Line& line) { return line.state == LineState::waiting; });
  return {};
}

Result<Order> place_order(core::Tx& tx, const core::Actor& actor, const PlaceOrder& in) {
  if (in.id)
    if (const auto known = tx.maybe<Known>("SELECT {} FROM orders_order WHERE tenant = $t AND id = $1", *in.id)) {
      TRY(tx.replay(known->fingerprint));
      return core::load<Order>(tx, order_resource, in.id->text());  // as it is now
    }
  const auto b = books(tx);
  auto order = TRY(compose(b, actor, in, [&tx] { return tx.fresh<LineId>(); }));
  order.id = tx.fresh(in.id);
  order.version = 1;
  order.created_at = order.updated_at = tx.now();
  order.fingerprint = tx.fingerprint();
  if (in.draft)
    order.state = State::draft;
  else
    TRY(place(tx, b, order));
  tx.insert("orders_order", order);
  tx.emit(order.state == State::draft ? drafted : order.state == State::proposed ? proposed : opened, order);
  return order;
}

}  // namespace orders
