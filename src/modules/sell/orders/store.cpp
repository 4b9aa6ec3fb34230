#include <algorithm>
#include <map>

#include "modules/sell/orders/work.h"

namespace orders {

namespace {
struct Number {
  std::int64_t last = 0;
};
RECORD(Number, last)
RECORD_TYPE(Number, "The last order number of a location and day.")
}  // namespace

Result<Order> load_for(core::Tx& tx, const OrderId& id) {
  auto order = TRY(core::load<Order>(tx, order_resource, id.text()));
  TRY(tx.match(order.version));
  return order;
}

void save(core::Tx& tx, const core::EventKind& kind, const Order& before, Order& after) {
  after.version = before.version + 1;
  after.updated_at = tx.now();
  tx.update("orders_order", after);
  tx.emit(kind, before, after);
}

void give_number(core::Tx& tx, const Books& b, Order& order) {
  if (order.number) return;
  const auto* location = b.places.find(order.location);
  order.placed_at = tx.now();
  order.business_date = settings::business_date(*location, tx.now());
  const auto number = tx.next("orders_number " + order.location.text() + ' ' + base::print_date(*order.business_date), [&] {
    const auto last =
        tx.maybe<Number>("SELECT last FROM orders_number WHERE tenant = $t AND location = $1 AND business_date = $2",
                         order.location, *order.business_date);
    return last ? last->last : 0;
  });
  tx.run(
      "INSERT INTO orders_number (tenant, location, business_date, last) VALUES ($t, $1, $2, $3) "
      "ON CONFLICT (tenant, location, business_date) DO UPDATE SET last = excluded.last",
      order.location, *order.business_date, number);
  order.number = number;
}

tickets::FiredOrder fired_order(const Books& b, const Order& order) {
  tickets::FiredOrder f{.id = order.id,
                        .number = order.number.value_or(0),
                        .location = order.location,
                        .type = std::string(reflect::name_of(order.type))};
  if (order.table)
    if (const auto* table = b.places.find(*order.table)) f.table = std::string(table->name);
  if (order.note) f.note = std::string(*order.note);
  return f;
}

tickets::Fired fired_line(const Line& line) {
  tickets::Fired f;
  auto& t = f.line;
  t.line = line.id;
  t.item = line.item;
  t.name = line.name;
  t.variant = line.variant_name;
  t.quantity = line.quantity;
  for (auto& m : line.modifiers) t.modifiers.push_back({std::string(m.name), m.quantity});
  if (line.note) t.note = std::string(*line.note);
  t.allergens.assign(line.allergens.begin(), line.allergens.end());
  if (line.seat) t.seat = *line.seat;
  if (line.course) t.course = *line.course;
  f.stations.assign(line.stations.begin(), line.stations.end());
  return f;
}

std::int64_t fire_lines(core::Tx& tx, Order& order, const std::function<bool(const Line&)>& which) {
  std::vector<tickets::Fired> going;
  for (auto& line : order.lines)
    if ((line.state == LineState::waiting || line.state == LineState::held) && which(line)) {
      line.state = LineState::fired;
      going.push_back(fired_line(line));
    }
  if (going.empty()) return 0;
  order.fired_at = tx.now();
  tickets::fire(tx, fired_order(books(tx), order), going);
  return std::ssize(going);
}

std::vector<OrderId> ticket_orders_of(const Order& order) {
  std::vector<OrderId> all{order.id};
  all.insert(all.end(), order.ticket_orders.begin(), order.ticket_orders.end());
  return all;
}

bool editable(const Order& o) { return o.state == State::draft || o.state == State::proposed || o.state == State::open; }

Line* find_line(Order& order, const LineId& id) {
  const auto found = std::ranges::find(order.lines, id, &Line::id);
  return found == order.lines.end() ? nullptr : &*found;
}

// ---- the two machines --------------------------------------------------------------------------------------------------

namespace {

template <class E>
Result<> refuse(std::string_view member, E from, E to, const std::vector<E>& allowed) {
  std::vector<std::string> names;
  for (auto e : allowed) names.emplace_back(reflect::name_of(e));
  return std::unexpected(
      illegal_transition.problem("Its " + std::string(member) + " is " + std::string(reflect::name_of(from)) + ".")
          .with("member", std::string(member))
          .with("from", std::string(reflect::name_of(from)))
          .with("to", std::string(reflect::name_of(to)))
          .with("allowed", std::move(names)));
}

}  // namespace

Result<> state_move(const Order& order, State from, State to) {
  static const std::map<State, std::vector<State>> moves{{State::draft, {State::open, State::discarded}},
                                                         {State::proposed, {State::open, State::rejected, State::expired}},
                                                         {State::open, {State::closed, State::voided}}};
  if (order.state == from) return {};
  const auto found = moves.find(order.state);
  return refuse("state", order.state, to, found == moves.end() ? std::vector<State>{} : found->second);
}

Result<> fulfilment_move(core::Tx& tx, const Order& order, Fulfilment to) {
  std::vector<Fulfilment> allowed;
  if (order.state == State::open) {
    if (order.fulfilment == Fulfilment::waiting) allowed = {Fulfilment::preparing, Fulfilment::ready};
    if (order.fulfilment == Fulfilment::preparing) allowed = {Fulfilment::ready};
    if (order.fulfilment == Fulfilment::ready) allowed = {Fulfilment::completed};
    // Straight to completed where nothing has to be prepared.
    const bool held = std::ranges::any_of(
        order.lines, [](const Line& l) { return l.state == LineState::held || l.state == LineState::waiting; });
    if (order.fulfilment == Fulfilment::waiting && !held && to == Fulfilment::completed &&
        tickets::progress(tx, ticket_orders_of(order)).at_stations == 0)
      allowed.push_back(Fulfilment::completed);
  }
  if (std::ranges::find(allowed, to) != allowed.end()) return {};
  return refuse("fulfilment", order.fulfilment, to, allowed);
}

}  // namespace orders
