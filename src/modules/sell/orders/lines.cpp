#include <algorithm>

#include "modules/sell/orders/moves.h"

// Lines of an order that is there. Before it is fired a line is edited plainly; after, the kitchen gets the difference.
namespace orders {

namespace {

Result<> must_be_editable(const Order& order) {
  if (editable(order)) return {};
  return not_editable("It is " + std::string(reflect::name_of(order.state)) + ".");
}

Result<Order> load_editable(core::Tx& tx, const OrderId& id) {
  auto order = TRY(load_for(tx, id));
  TRY(must_be_editable(order));
  return order;
}

Result<Line*> line_of(Order& order, const LineId& id) {
  auto* line = find_line(order, id);
  if (!line || line->state == LineState::voided) return unknown_line("No line " + id.text() + ".");
  return line;
}

LineEdit edit_of(const Line& line) {
  LineEdit edit{.quantity = line.quantity, .note = {}, .seat = line.seat, .course = line.course, .variant = line.variant};
  if (line.note) edit.note = std::string(*line.note);
  for (auto& m : line.modifiers) edit.modifiers.push_back({m.id, m.quantity});
  edit.hold = line.state == LineState::held;
  return edit;
}

bool same_choice(const LineEdit& a, const LineEdit& b) {
  return a.variant == b.variant && reflect::to_json(a.modifiers) == reflect::to_json(b.modifiers);
}

Result<> change_fired(core::Tx& tx, const Books& b, const Order& order, Line& line, const LineEdit& was, const LineEdit& edit) {
  if (!same_choice(was, edit) || edit.hold) return fixed_after_fire();
  if (edit.quantity == was.quantity) return {};
  line.quantity = edit.quantity;
  auto told = fired_line(line);
  told.line.was = was.quantity;
  tickets::fire(tx, fired_order(b, order), {told}, tickets::TicketKind::change);
  return {};
}

Result<> change_waiting(const Books& b, const Order& order, Line& line, const LineEdit& was, const LineEdit& edit) {
  if (edit.hold != was.hold) line.state = edit.hold ? LineState::held : LineState::waiting;
  line.quantity = edit.quantity;
  if (same_choice(was, edit)) return {};
  NewLine anew{.item = line.item, .variant = edit.variant, .quantity = edit.quantity, .modifiers = edit.modifiers};
  auto chosen = TRY(choose_line(b, *b.places.find(order.location), anew, ""));
  line.variant = chosen.variant;
  line.variant_name = chosen.variant_name;
  line.modifiers = chosen.modifiers;
  line.unit_price = chosen.unit_price;
  line.stations = chosen.stations;
  line.allergens = chosen.allergens;
  return {};
}

}  // namespace

Result<Order> add_line(core::Tx& tx, const core::Actor&, const AddLine& in) {
  const auto before = TRY(core::load<Order>(tx, order_resource, in.order.text()));
  if (in.id)  // the retry of an addition, whatever became of the line since
    if (const auto known = before.added.find(in.id->text()); known != before.added.end()) {
      TRY(tx.replay(known->second));
      return before;
    }
  TRY(tx.match(before.version));
  TRY(must_be_editable(before));
  auto order = before;
  const auto b = books(tx);
  const NewLine wanted{in.id, in.item, in.variant, in.quantity, in.modifiers, in.note, in.seat, in.course, in.hold};
  auto line = TRY(choose_line(b, *b.places.find(order.location), wanted, ""));
  line.id = tx.fresh(in.id);
  if (find_line(order, line.id)) return core::reused("The order has another line of this id.");
  if (in.id) order.added[in.id->text()] = tx.fingerprint();
  order.lines.push_back(std::move(line));
  TRY(price(b, order, TaxRules::anew));
  // In an open order a line without hold goes to the kitchen as it would have with the others.
  if (order.state == State::open)
    fire_lines(tx, order, [&](const Line& l) { return l.id == order.lines.back().id && l.state == LineState::waiting; });
  save(tx, changed, before, order);
  return order;
}

Result<Order> change_line(core::Tx& tx, const core::Actor&, const ChangeLine& in) {
  const auto before = TRY(load_editable(tx, in.order));
  auto order = before;
  auto* line = TRY(line_of(order, in.line));
  const auto was = edit_of(*line);
  auto edit = was;
  TRY(reflect::merge(reflect::type_of<LineEdit>(), &edit, in.patch));
  if (edit.note && edit.note->empty()) edit.note.reset();
  if (edit.quantity.thousandths() <= 0)
    return std::unexpected(zero_quantity.problem("Remove the line instead.").at("/quantity", "range", "More than zero."));
  if (reflect::to_json(edit) == reflect::to_json(was)) return before;  // nothing to say
  const auto b = books(tx);
  line->note.reset();
  if (edit.note) line->note = std::string(*edit.note);
  line->seat = edit.seat;
  line->course = edit.course;
  TRY(line->state == LineState::fired ? change_fired(tx, b, order, *line, was, edit)
                                      : change_waiting(b, order, *line, was, edit));
  TRY(price(b, order, TaxRules::kept));
  save(tx, changed, before, order);
  return order;
}

Result<Order> remove_line(core::Tx& tx, const core::Actor& actor, const RemoveLine& in) {
  const auto before = TRY(load_editable(tx, in.order));
  auto order = before;
  auto* line = TRY(line_of(order, in.line));
  if (counting(order).size() == 1) return last_line();
  if (line->state == LineState::fired) {
    if (!in.reason) return std::unexpected(reason_missing.problem().at("/reason", "missing", "Say why."));
    if (!actor.may("orders.void"))
      return std::unexpected(core::forbidden.problem("Voiding a fired line needs the permission orders.void.")
                                 .with("permission", std::string("orders.void")));
    line->state = LineState::voided;
    line->reason = in.reason;
    tickets::cancel_line(tx, fired_order(books(tx), order), fired_line(*line));
  } else {
    std::erase_if(order.discounts, [&](const OrderDiscount& d) { return d.line == in.line; });
    std::erase_if(order.lines, [&](const Line& l) { return l.id == in.line; });
  }
  TRY(price(books(tx), order, TaxRules::kept));
  save(tx, changed, before, order);
  return order;
}

Result<Order> change_order(core::Tx& tx, const core::Actor&, const core::Patch& in) {
  const auto id = OrderId::parse(in.id);
  if (!id) return core::not_found("No order " + in.id + ".");
  const auto before = TRY(load_editable(tx, *id));
  auto order = before;
  TRY(reflect::merge(reflect::type_of<Order>(), &order, in.patch));
  const auto b = books(tx);
  if (order.table) {
    const auto* table = b.places.find(*order.table);
    if (!table || table->location != order.location)
      return std::unexpected(unknown_table.problem().at("/table", "unknown", "No table " + order.table->text() + "."));
  }
  for (std::size_t i = 0; i < order.discounts.size(); ++i) {
    auto& d = order.discounts[i];
    const auto pointer = "/discounts/" + std::to_string(i);
    if (d.discount && !d.percent && !d.amount) {
      const auto* known = b.rules.find(*d.discount);
      if (!known)
        return std::unexpected(pricing::unknown_discount.problem().at(pointer + "/discount", "unknown",
                                                                      "No discount " + d.discount->text() + "."));
      d.name = std::string(known->name);
      d.percent = known->percent;
      d.amount = known->amount;
    }
    if (d.percent.has_value() == d.amount.has_value())
      return std::unexpected(pricing::one_of_two.problem().at(pointer, "range", "Give percent or amount."));
    if (d.line && !find_line(order, *d.line))
      return std::unexpected(unknown_line.problem().at(pointer + "/line", "unknown", "No line " + d.line->text() + "."));
  }
  TRY(price(b, order, order.type == before.type && order.tax_exempt == before.tax_exempt ? TaxRules::kept : TaxRules::anew));
  if (reflect::changes(reflect::type_of<Order>(), &before, &order, reflect::Part::whole) == "[]") return before;
  save(tx, changed, before, order);
  return order;
}

}  // namespace orders
