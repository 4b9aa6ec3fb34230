#pragma once
#include "modules/sell/orders/orders.h"

// What the commands of this module share: loading, pricing, moving, saving. Not for other modules.
namespace orders {

// Everything that pricing a line needs, in memory.
struct Books {
  const settings::Places& places;
  const catalog::Menu& menu;
  const pricing::Rules& rules;
  base::Instant now;
};
Books books(core::Tx&);
Books books(core::View&);

// The order as input describes it, its lines chosen from the menu and priced; not yet identified, moved or stored.
Result<Order> compose(const Books&, const core::Actor&, const PlaceOrder&, const std::function<LineId()>& fresh_line);
// One line from the menu at this moment, unpriced.
Result<Line> choose_line(const Books&, const settings::Location&, const NewLine&, std::string_view pointer);

// Prices the lines that count (not voided) and sets all amounts. Rules: as the order has them, or anew from the books.
enum class TaxRules : std::uint8_t { kept, anew };
Result<> price(const Books&, Order&, TaxRules);
pricing::Cart cart_of(const Order&);
void settle(Order&, const pricing::Totals&);  // totals of the lines that count, in their order
std::vector<Line*> counting(Order&);
std::vector<const Line*> counting(const Order&);

// Loads for a change: not_found, and If-Match when the request has one.
Result<Order> load_for(core::Tx&, const OrderId&);
// The next version: row and event.
void save(core::Tx&, const core::EventKind&, const Order& before, Order& after);

// Gives number and business date, once.
void give_number(core::Tx&, const Books&, Order&);
// Sends waiting (or the named) lines to the kitchen; how many went.
std::int64_t fire_lines(core::Tx&, Order&, const std::function<bool(const Line&)>& which);
tickets::FiredOrder fired_order(const Books&, const Order&);
tickets::Fired fired_line(const Line&);
std::vector<OrderId> ticket_orders_of(const Order&);

// illegal_transition with member, from, to, allowed.
Result<> state_move(const Order&, State from, State to);
Result<> fulfilment_move(core::Tx&, const Order&, Fulfilment to);
bool editable(const Order&);
Line* find_line(Order&, const LineId&);

}  // namespace orders
