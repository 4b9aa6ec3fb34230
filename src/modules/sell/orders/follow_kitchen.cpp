#include <algorithm>

#include "modules/sell/orders/work.h"

namespace orders {

namespace {

struct Linked {
  OrderId order;
};
RECORD(Linked, order)
RECORD_TYPE(Linked, "An order whose lines are on another's tickets.")

bool all_fired(const Order& order) {
  return std::ranges::none_of(order.lines,
                              [](const Line& l) { return l.state == LineState::held || l.state == LineState::waiting; });
}

void follow(core::Tx& tx, const Order& before, KitchenMove move) {
  if (before.state != State::open || before.fulfilment == Fulfilment::completed) return;
  const auto p = tickets::progress(tx, ticket_orders_of(before));
  auto order = before;
  if (move == KitchenMove::recall) {
    if (order.fulfilment == Fulfilment::ready) order.fulfilment = Fulfilment::preparing;
    order.ready_at.reset();
  } else if (p.tickets > 0 && p.done == p.tickets && all_fired(order)) {
    order.fulfilment = Fulfilment::ready;
    if (before.fulfilment != Fulfilment::ready) order.ready_at = tx.now();
  } else if (order.fulfilment == Fulfilment::waiting && p.begun > 0) {
    order.fulfilment = Fulfilment::preparing;
  }
  if (order.fulfilment != before.fulfilment) save(tx, changed, before, order);
}

}  // namespace

Result<> follow_kitchen(core::Tx& tx, const core::Actor&, const OrderId& ticket_order, KitchenMove move) {
  std::vector<OrderId> concerned{ticket_order};
  for (auto& link : tx.all<Linked>("SELECT \"order\" FROM orders_link WHERE tenant = $t AND ticket_order = $1", ticket_order))
    concerned.push_back(link.order);
  for (auto& id : concerned) {
    const auto order = core::load<Order>(tx, order_resource, id.text());
    if (order) follow(tx, *order, move);
  }
  return {};
}

}  // namespace orders
