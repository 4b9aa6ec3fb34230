#pragma once
#include "modules/sell/orders/orders.h"

// Inputs and answers of the commands and queries on orders that are there; PlaceOrder is in orders.h.
namespace orders {

struct Move {
  OrderId id;
};
RECORD(Move, id)
struct MoveWithReason {
  OrderId id;
  base::Text<1, 200> reason;
};
RECORD(MoveWithReason, id, reason)
struct FireOrder {
  OrderId id;
  std::optional<base::List<LineId, 1, 400>> lines;
};
RECORD(FireOrder, id, lines)
struct AddLine {
  OrderId order;
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
RECORD(AddLine, order, id, item, variant, quantity, modifiers, note, seat, course, hold)
struct ChangeLine {
  OrderId order;
  LineId line;
  base::Json patch;  // onto its LineEdit
};
RECORD(ChangeLine, order, line, patch)
// What of a line can be changed.
struct LineEdit {
  base::Quantity quantity;
  std::optional<base::Text<0, 500>> note;
  std::optional<base::Count<1, 200>> seat;
  std::optional<base::Count<1, 20>> course;
  std::optional<catalog::VariantId> variant;
  base::List<catalog::ModifierChoice, 0, 50> modifiers;
  bool hold = false;
};
RECORD(LineEdit, quantity, note, seat, course, variant, modifiers, hold)
struct RemoveLine {
  OrderId order;
  LineId line;
  std::optional<base::Text<1, 200>> reason;
};
RECORD(RemoveLine, order, line, reason)
struct SplitOrder {
  OrderId id;
  std::optional<base::List<base::List<LineId, 1, 400>, 1, 50>> lines;  // each list becomes an order
  std::optional<base::List<base::List<base::Count<1, 200>, 1, 200>, 1, 50>> seats;
  std::optional<base::Count<2, 100>> parts;
};
RECORD(SplitOrder, id, lines, seats, parts)
struct SplitResult {
  Order order;
  std::vector<Order> orders;       // the new ones
  std::vector<OrderCheck> checks;  // of `parts`
};
RECORD(SplitResult, order, orders, checks)
struct MergeOrders {
  OrderId id;
  OrderId from;
};
RECORD(MergeOrders, id, from)
struct Quote {
  settings::LocationId location;
  base::List<Line, 0, 400> lines;
  base::List<OrderDiscount, 0, 50> discounts;
  base::Money subtotal, discount_total, tax_total, total;
  base::List<pricing::TaxTotal, 0, 64> taxes;
};
RECORD(Quote, location, lines, discounts, subtotal, discount_total, tax_total, total, taxes)

}  // namespace orders
