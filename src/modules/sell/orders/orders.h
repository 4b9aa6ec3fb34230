#pragma once
#include <map>

#include "core/module.h"
#include "modules/sell/catalog/catalog.h"
#include "modules/sell/pricing/pricing.h"
#include "modules/sell/tickets/tickets.h"
#include "modules/settings/settings.h"

// Orders of every source: placed, priced, sent to the kitchen, split, merged, closed. (API.md §2)
namespace orders {

using base::Result;
using OrderId = base::Id<"ord">;
using LineId = base::Id<"lin">;

enum class State : std::uint8_t { draft, proposed, open, closed, voided, discarded, rejected, expired };
ENUM(State, draft, proposed, open, closed, voided, discarded, rejected, expired)
enum class Fulfilment : std::uint8_t { waiting, preparing, ready, completed, cancelled };
ENUM(Fulfilment, waiting, preparing, ready, completed, cancelled)
enum class Payment : std::uint8_t { unpaid };
ENUM(Payment, unpaid)
enum class Type : std::uint8_t { dine_in, pickup, delivery, counter };
ENUM(Type, dine_in, pickup, delivery, counter)
enum class Source : std::uint8_t { pos, online, phone, field };
ENUM(Source, pos, online, phone, field)
enum class LineState : std::uint8_t { waiting, held, fired, voided };
ENUM(LineState, waiting, held, fired, voided)

struct Customer {
  std::optional<base::Text<1, 200>> name;
  std::optional<base::Text<1, 40>> phone;
  std::optional<base::Text<1, 320>> email;
  std::optional<base::Text<1, 500>> address;
};
RECORD(Customer, name, phone, email, address)

struct OrderDiscount {
  std::optional<pricing::DiscountId> discount;
  base::Text<0, 80> name;
  std::optional<base::Rate> percent;
  std::optional<base::Money> amount;
  std::optional<LineId> line;
};
RECORD(OrderDiscount, discount, name, percent, amount, line)

struct Line {
  LineId id;
  catalog::ItemId item;
  base::Text<0, 200> name;
  std::optional<catalog::VariantId> variant;
  std::optional<std::string> variant_name;
  base::Quantity quantity;
  base::Money unit_price;
  base::List<catalog::ChosenModifier, 0, 50> modifiers;
  std::optional<base::Text<1, 500>> note;
  std::optional<base::Count<1, 200>> seat;
  std::optional<base::Count<1, 20>> course;
  LineState state = LineState::waiting;
  std::optional<base::Text<1, 200>> reason;
  base::List<catalog::StationId, 0, 20> stations;
  base::List<std::string, 0, 30> allergens;
  base::Money subtotal, discount, tax, total;
  base::List<pricing::LineTax, 0, 64> taxes;
};
RECORD(Line, id, item, name, variant, variant_name, quantity, unit_price, modifiers, note, seat, course, state, reason,
       stations, allergens, subtotal, discount, tax, total, taxes)

// Amounts of one of several checks that an order is paid in.
struct OrderCheck {
  base::Money total, tax;
};
RECORD(OrderCheck, total, tax)

struct Order {
  OrderId id;
  std::optional<std::int64_t> number;
  std::optional<base::Date> business_date;
  State state = State::open;
  Fulfilment fulfilment = Fulfilment::waiting;
  Payment payment = Payment::unpaid;
  settings::LocationId location;
  Type type = Type::counter;
  Source source = Source::pos;
  std::optional<settings::TableId> table;
  std::optional<Customer> customer;
  std::optional<base::Text<1, 500>> note;
  base::List<Line, 0, 400> lines;
  base::List<OrderDiscount, 0, 50> discounts;
  bool tax_exempt = false;
  base::Money subtotal, discount_total, tax_total, total;
  base::List<pricing::TaxTotal, 0, 64> taxes;
  base::List<OrderCheck, 0, 100> checks;
  std::optional<base::Instant> accept_by, placed_at, fired_at, ready_at, completed_at, closed_at;
  std::optional<base::Text<1, 200>> reason;
  std::optional<OrderId> split_from, merged_into;
  base::List<OrderId, 0, 100> merged_from;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
  std::vector<pricing::TaxRule> tax_rules;   // as they were when the lines were priced
  std::vector<OrderId> ticket_orders;        // whose tickets hold lines of this order, besides its own
  std::map<std::string, base::Bytes> added;  // fingerprints of the lines that came later under an id of the client's
};
RECORD(Order, id, number, business_date, state, fulfilment, payment, location, type, source, table, customer, note, lines,
       discounts, tax_exempt, subtotal, discount_total, tax_total, total, taxes, checks, accept_by, placed_at, fired_at,
       ready_at, completed_at, closed_at, reason, split_from, merged_into, merged_from, version, created_at, updated_at,
       fingerprint, tax_rules, ticket_orders, added)

// ---- inputs ----------------------------------------------------------------------------------------------------------

struct NewLine {
  std::optional<LineId> id;
  catalog::ItemId item;
  std::optional<catalog::VariantId> variant;
  base::Quantity quantity = base::Quantity::of(1);
  base::List<catalog::ModifierChoice, 0, 50> modifiers;
  std::optional<base::Text<1, 500>> note;
  std::optional<base::Count<1, 200>> seat;
  std::optional<base::Count<1, 20>> course;
  bool hold = false;
};
RECORD(NewLine, id, item, variant, quantity, modifiers, note, seat, course, hold)
struct NewDiscount {
  std::optional<pricing::DiscountId> discount;
  std::optional<base::Text<1, 80>> name;
  std::optional<base::Rate> percent;
  std::optional<base::Money> amount;
  std::optional<base::Count<0, 199>> line;  // position among the lines of this input
};
RECORD(NewDiscount, discount, name, percent, amount, line)
struct PlaceOrder {
  std::optional<OrderId> id;
  bool draft = false;
  std::optional<settings::LocationId> location;
  Type type = Type::counter;
  Source source = Source::pos;
  std::optional<settings::TableId> table;
  std::optional<Customer> customer;
  std::optional<base::Text<1, 500>> note;
  base::List<NewLine, 1, 200> lines;
  base::List<NewDiscount, 0, 50> discounts;
  bool tax_exempt = false;
};
RECORD(PlaceOrder, id, draft, location, type, source, table, customer, note, lines, discounts, tax_exempt)

// ---- events and problems ---------------------------------------------------------------------------------------------

inline constexpr core::EventKind drafted{"order.drafted", 1, "A draft was begun."};
inline constexpr core::EventKind proposed{"order.proposed", 1, "A guest ordered; the shop has to accept."};
inline constexpr core::EventKind opened{"order.opened", 1, "An order is open; its lines without hold are with the kitchen."};
inline constexpr core::EventKind changed{"order.changed", 1, "There is a new version of an order."};
inline constexpr core::EventKind fired{"order.fired", 1, "More lines went to the kitchen."};
inline constexpr core::EventKind closed{"order.closed", 1, "An order is complete."};
inline constexpr core::EventKind voided{"order.voided", 1, "An order was voided."};
inline constexpr core::EventKind rejected{"order.rejected", 1, "The shop declined a proposed order."};
inline constexpr core::EventKind expired{"order.expired", 1, "Nobody accepted a proposed order in time."};
inline constexpr core::EventKind discarded{"order.discarded", 1, "A draft was thrown away."};

inline constexpr base::ProblemKind illegal_transition{"orders.illegal_transition", 409, "The order cannot make this move now."};
inline constexpr base::ProblemKind unknown_table{"orders.unknown_table", 422, "There is no such table at this location."};
inline constexpr base::ProblemKind location_closed{"orders.location_closed", 409,
                                                   "The location is closed; online orders wait until it opens."};
inline constexpr base::ProblemKind not_editable{"orders.not_editable", 409,
                                                "Only an order that is a draft, proposed or open can be changed."};
inline constexpr base::ProblemKind unknown_line{"orders.unknown_line", 404, "The order has no such line."};
inline constexpr base::ProblemKind last_line{"orders.last_line", 409,
                                             "An order keeps at least one line; void or discard it instead."};
inline constexpr base::ProblemKind reason_missing{"orders.reason_missing", 422,
                                                  "The kitchen has this line already: say why it goes."};
inline constexpr base::ProblemKind fixed_after_fire{
    "orders.fixed_after_fire", 409,
    "The kitchen has this line already: only its quantity, note, seat and course change; void it and add another."};
inline constexpr base::ProblemKind split_how{"orders.split_how", 422,
                                             "Split by exactly one of lines, seats, parts, and leave something in the order."};
inline constexpr base::ProblemKind cannot_merge{"orders.cannot_merge", 409,
                                                "Only open orders of one location and currency can be merged."};
inline constexpr base::ProblemKind mixed_currency{"orders.currency", 422, "A price is not in the location's currency."};
inline constexpr base::ProblemKind zero_quantity{"orders.zero_quantity", 422, "A quantity is more than zero."};

extern const core::Module module;
extern const core::Resource order_resource;

Result<Order> place_order(core::Tx&, const core::Actor&, const PlaceOrder&);
// A ticket of the kitchen has moved: the orders whose lines it holds follow (preparing, ready; a recall goes back).
enum class KitchenMove : std::uint8_t { forward, recall };
Result<> follow_kitchen(core::Tx&, const core::Actor&, const OrderId& ticket_order, KitchenMove);

}  // namespace orders
