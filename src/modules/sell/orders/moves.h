#pragma once
#include "modules/sell/orders/inputs.h"
#include "modules/sell/orders/work.h"

// The commands of this module; one file each, or one for a family of moves.
namespace orders {

Result<> place(core::Tx&, const Books&, Order&);

Result<Order> place_draft(core::Tx&, const core::Actor&, const Move&);
Result<Order> discard_order(core::Tx&, const core::Actor&, const Move&);
Result<Order> accept_order(core::Tx&, const core::Actor&, const Move&);
Result<Order> reject_order(core::Tx&, const core::Actor&, const MoveWithReason&);
Result<Order> void_order(core::Tx&, const core::Actor&, const MoveWithReason&);
Result<Order> start_order(core::Tx&, const core::Actor&, const Move&);
Result<Order> ready_order(core::Tx&, const core::Actor&, const Move&);
Result<Order> complete_order(core::Tx&, const core::Actor&, const Move&);
Result<Order> fire_order(core::Tx&, const core::Actor&, const FireOrder&);
Result<Order> change_order(core::Tx&, const core::Actor&, const core::Patch&);
Result<Order> add_line(core::Tx&, const core::Actor&, const AddLine&);
Result<Order> change_line(core::Tx&, const core::Actor&, const ChangeLine&);
Result<Order> remove_line(core::Tx&, const core::Actor&, const RemoveLine&);
Result<SplitResult> split_order(core::Tx&, const core::Actor&, const SplitOrder&);
Result<Order> merge_orders(core::Tx&, const core::Actor&, const MergeOrders&);

Result<Quote> calculate(core::View&, const core::Actor&, const PlaceOrder&);
Result<pricing::Explanation> explain(core::View&, const core::Actor&, const Move&);

std::optional<base::Instant> next_expiry(core::View&);
Result<> expire_orders(core::Tx&);

std::optional<std::string> broken_totals(core::View&);
std::optional<std::string> broken_numbers(core::View&);
std::optional<std::string> broken_tickets(core::View&);

}  // namespace orders
