#include <algorithm>

#include "modules/sell/orders/work.h"

namespace orders {

Books books(core::Tx& tx) {
  return {tx.cached<settings::Places>(settings::places), tx.cached<catalog::Menu>(catalog::menu),
          tx.cached<pricing::Rules>(pricing::rules), tx.now()};
}
Books books(core::View& view) {
  return {view.cached<settings::Places>(settings::places), view.cached<catalog::Menu>(catalog::menu),
          view.cached<pricing::Rules>(pricing::rules), view.now()};
}

namespace {

// The one that is named, else the actor's, else the business's first.
Result<const settings::Location*> location_of(const Books& b, const core::Actor& actor,
                                              const std::optional<settings::LocationId>& named) {
  if (named) {
    const auto* found = b.places.find(*named);
    if (!found || !found->active)
      return std::unexpected(
          settings::unknown_location.problem().at("/location", "unknown", "No location " + named->text() + "."));
    return found;
  }
  if (const auto own = settings::LocationId::parse(actor.location))
    if (const auto* found = b.places.find(*own); found && found->active) return found;
  if (const auto* first = b.places.first()) return first;
  return settings::no_location();
}

Result<> check_table(const Books& b, const Order& order) {
  if (!order.table) return {};
  const auto* table = b.places.find(*order.table);
  if (!table || table->location != order.location)
    return std::unexpected(unknown_table.problem().at("/table", "unknown", "No table " + order.table->text() + "."));
  return {};
}

Result<OrderDiscount> discount_of(const Books& b, const Order& order, const NewDiscount& in, std::size_t position) {
  const auto pointer = "/discounts/" + std::to_string(position);
  OrderDiscount d{.discount = in.discount, .percent = in.percent, .amount = in.amount};
  if (in.name) d.name = std::string(*in.name);
  if (in.discount) {
    const auto* known = b.rules.find(*in.discount);
    if (!known)
      return std::unexpected(
          pricing::unknown_discount.problem().at(pointer + "/discount", "unknown", "No discount " + in.discount->text() + "."));
    d.name = std::string(known->name);
    d.percent = known->percent;
    d.amount = known->amount;
  }
  if (d.percent.has_value() == d.amount.has_value())
    return std::unexpected(pricing::one_of_two.problem().at(pointer, "range", "Give percent or amount."));
  if (in.line) {
    if (static_cast<std::size_t>(*in.line) >= order.lines.size())
      return std::unexpected(reflect::invalid.problem().at(pointer + "/line", "range", "There is no line of that position."));
    d.line = order.lines[static_cast<std::size_t>(*in.line)].id;
  }
  return d;
}

}  // namespace

Result<Line> choose_line(const Books& b, const settings::Location& location, const NewLine& in, std::string_view pointer) {
  base::Problems wrong;
  if (in.quantity.thousandths() <= 0)
    wrong.add(zero_quantity.problem().at(std::string(pointer) + "/quantity", "range", "More than zero."));
  auto choice = catalog::choose(b.menu, {in.item, in.variant, in.modifiers}, b.now, location.time_zone, pointer);
  if (!choice) wrong.add(std::move(choice).error());
  TRY(std::move(wrong).result());
  const auto& chosen = *choice;
  if (chosen.unit_price.currency() != location.currency)
    return std::unexpected(mixed_currency.problem().at(std::string(pointer) + "/item", "range",
                                                       "Priced in " + chosen.unit_price.currency().text() + "."));
  Line line;
  line.item = in.item;
  line.name = chosen.name;
  line.variant = chosen.variant;
  if (!chosen.variant_name.empty()) line.variant_name = chosen.variant_name;
  line.quantity = in.quantity;
  line.unit_price = chosen.unit_price;
  line.modifiers.assign(chosen.modifiers.begin(), chosen.modifiers.end());
  line.note = in.note;
  line.seat = in.seat;
  line.course = in.course;
  if (!line.course && chosen.course) line.course = base::Count<1, 20>(*chosen.course);
  line.state = in.hold ? LineState::held : LineState::waiting;
  line.stations.assign(chosen.stations.begin(), chosen.stations.end());
  line.allergens.assign(chosen.allergens.begin(), chosen.allergens.end());
  return line;
}

Result<Order> compose(const Books& b, const core::Actor& actor, const PlaceOrder& in,
                      const std::function<LineId()>& fresh_line) {
  const auto* location = TRY(location_of(b, actor, in.location));
  Order order;
  order.location = location->id;
  order.type = in.type;
  order.source = in.source;
  order.table = in.table;
  order.customer = in.customer;
  order.note = in.note;
  order.tax_exempt = in.tax_exempt;
  base::Problems wrong;
  wrong.add(check_table(b, order));
  for (std::size_t i = 0; i < in.lines.size(); ++i) {
    auto line = choose_line(b, *location, in.lines[i], "/lines/" + std::to_string(i));
    if (!line) wrong.add(std::move(line).error());
    order.lines.push_back(line ? *std::move(line) : Line());
    auto& id = order.lines.back().id;
    id = in.lines[i].id ? *in.lines[i].id : fresh_line();
    if (find_line(order, id) != &order.lines.back())
      wrong.add(reflect::invalid.problem().at("/lines/" + std::to_string(i) + "/id", "range", "Two lines have this id."));
  }
  for (std::size_t i = 0; i < in.discounts.size(); ++i) {
    auto discount = discount_of(b, order, in.discounts[i], i);
    if (!discount)
      wrong.add(std::move(discount).error());
    else
      order.discounts.push_back(*std::move(discount));
  }
  TRY(std::move(wrong).result());
  TRY(price(b, order, TaxRules::anew));
  return order;
}

}  // namespace orders
