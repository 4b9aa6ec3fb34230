#include "modules/sell/orders/moves.h"

namespace orders {

// The same body as an order, the same totals, nothing written.
Result<Quote> calculate(core::View& view, const core::Actor& actor, const PlaceOrder& in) {
  std::int64_t n = 0;
  const auto numbered = [&n] {
    base::Bits128 bits{};
    bits[15] = static_cast<std::uint8_t>(++n);
    bits[14] = static_cast<std::uint8_t>(n >> 8);
    return LineId(bits);
  };
  auto order = TRY(compose(books(view), actor, in, numbered));
  return Quote{order.location,       order.lines,     order.discounts, order.subtotal,
               order.discount_total, order.tax_total, order.total,     order.taxes};
}

Result<pricing::Explanation> explain(core::View& view, const core::Actor&, const Move& in) {
  const auto order = TRY(core::load<Order>(view, order_resource, in.id.text()));
  if (order.lines.empty()) return core::not_found("It was merged into another order.");
  return pricing::explain(cart_of(order));
}

}  // namespace orders
