#include "core/module.h"

#include "modules/sell/orders/migrations.h"
#include "modules/sell/orders/moves.h"

namespace orders {

const core::Resource order_resource{.path = "/orders",
                                    .subject = "order",
                                    .one = "an order",
                                    .many = "orders, newest first",
                                    .table = "orders_order",
                                    .type = &reflect::type_of<Order>,
                                    .offers = core::reads,
                                    .read_permission = "orders.read",
                                    .filters = {"state", "fulfilment", "payment", "location", "business_date", "type", "source",
                                                "number", "table", "split_from"},
                                    .order = core::Order::newest_first};

namespace {

using core::command, core::Creates, core::Identity, core::IfMatch, core::query, core::Reads;

// A merge patch onto what `body_type` describes.
core::Command patching(core::Command command, const reflect::Type& (*body_type)()) {
  command.if_match = IfMatch::demanded;
  command.body = core::Body::raw;
  command.body_type = body_type;
  return command;
}

const std::vector<const base::ProblemKind*> pricing_rejects{&settings::unknown_location,
                                                            &settings::no_location,
                                                            &catalog::unknown_item,
                                                            &catalog::unknown_variant,
                                                            &catalog::variant_required,
                                                            &catalog::unknown_modifier,
                                                            &catalog::modifier_rule,
                                                            &catalog::sold_out,
                                                            &catalog::not_available,
                                                            &pricing::unpriceable,
                                                            &pricing::one_of_two,
                                                            &pricing::unknown_discount,
                                                            &unknown_table,
                                                            &mixed_currency,
                                                            &zero_quantity};
std::vector<const base::ProblemKind*> with(std::vector<const base::ProblemKind*> more) {
  more.insert(more.end(), pricing_rejects.begin(), pricing_rejects.end());
  return more;
}
const std::vector<const base::ProblemKind*> move_rejects{&core::not_found, &core::stale, &illegal_transition};

}  // namespace

const core::Module module{
    .name = "orders",
    .summary = "Orders of every source.",
    .needs = {"settings", "catalog", "pricing", "tickets"},
    .migrations = sql::migrations(),
    .resources = {order_resource},
    .commands = {command<&place_order>({.name = "orders.place",
                                        .route = "POST /orders",
                                        .permission = "orders.write",
                                        .summary = "Place an order",
                                        .rejects = with({&core::reused, &location_closed}),
                                        .creates = Creates::resource,
                                        .identity = Identity::demanded}),
                 command<&place_draft>({.name = "orders.place_draft",
                                        .route = "POST /orders/{id}/place",
                                        .permission = "orders.write",
                                        .summary = "Make a draft an order",
                                        .rejects = {&core::not_found, &core::stale, &illegal_transition, &location_closed}}),
                 command<&discard_order>({.name = "orders.discard",
                                          .route = "POST /orders/{id}/discard",
                                          .permission = "orders.write",
                                          .summary = "Throw a draft away",
                                          .rejects = move_rejects}),
                 command<&accept_order>({.name = "orders.accept",
                                         .route = "POST /orders/{id}/accept",
                                         .permission = "orders.accept",
                                         .summary = "Accept a guest's order",
                                         .rejects = move_rejects}),
                 command<&reject_order>({.name = "orders.reject",
                                         .route = "POST /orders/{id}/reject",
                                         .permission = "orders.accept",
                                         .summary = "Decline a guest's order",
                                         .rejects = move_rejects}),
                 command<&void_order>({.name = "orders.void",
                                       .route = "POST /orders/{id}/void",
                                       .permission = "orders.void",
                                       .summary = "Void an order; the kitchen stops",
                                       .rejects = move_rejects}),
                 command<&start_order>({.name = "orders.start",
                                        .route = "POST /orders/{id}/start",
                                        .permission = "orders.write",
                                        .summary = "It is being prepared",
                                        .rejects = move_rejects}),
                 command<&ready_order>({.name = "orders.ready",
                                        .route = "POST /orders/{id}/ready",
                                        .permission = "orders.write",
                                        .summary = "It is ready; tickets that are left are bumped",
                                        .rejects = move_rejects}),
                 command<&complete_order>({.name = "orders.complete",
                                           .route = "POST /orders/{id}/complete",
                                           .permission = "orders.write",
                                           .summary = "It was handed over, which closes it",
                                           .rejects = move_rejects}),
                 command<&fire_order>({.name = "orders.fire",
                                       .route = "POST /orders/{id}/fire",
                                       .permission = "orders.write",
                                       .summary = "Send held lines to the kitchen",
                                       .rejects = {&core::not_found, &core::stale, &not_editable, &unknown_line}}),
                 patching(
                     command<&change_order>({.name = "orders.change",
                                             .route = "PATCH /orders/{id}",
                                             .permission = "orders.write",
                                             .summary = "Change type, table, customer, note or discounts",
                                             .rejects = {&core::not_found, &core::stale, &not_editable, &unknown_table,
                                                         &pricing::unknown_discount, &pricing::one_of_two, &unknown_line}}),
                     &reflect::type_of<Order>),
                 command<&add_line>({.name = "orders.add_line",
                                     .route = "POST /orders/{order}/lines",
                                     .permission = "orders.write",
                                     .summary = "Add a line",
                                     .rejects = with({&core::not_found, &core::stale, &core::reused, &not_editable})}),
                 patching(command<&change_line>({.name = "orders.change_line",
                                                 .route = "PATCH /orders/{order}/lines/{line}",
                                                 .permission = "orders.write",
                                                 .summary = "Change a line; the kitchen gets the difference",
                                                 .rejects = with({&core::not_found, &core::stale, &not_editable, &unknown_line,
                                                                  &fixed_after_fire})}),
                          &reflect::type_of<LineEdit>),
                 command<&remove_line>({.name = "orders.remove_line",
                                        .route = "DELETE /orders/{order}/lines/{line}",
                                        .permission = "orders.write",
                                        .summary = "Take a line away; void it once the kitchen has it",
                                        .rejects = {&core::not_found, &core::stale, &not_editable, &unknown_line, &last_line,
                                                    &reason_missing, &core::forbidden},
                                        .if_match = IfMatch::demanded}),
                 command<&split_order>({.name = "orders.split",
                                        .route = "POST /orders/{id}/split",
                                        .permission = "orders.write",
                                        .summary = "Split by lines or seats into orders, or by parts into checks",
                                        .rejects = {&core::not_found, &core::stale, &not_editable, &unknown_line, &split_how}}),
                 command<&merge_orders>({.name = "orders.merge",
                                         .route = "POST /orders/{id}/merge",
                                         .permission = "orders.write",
                                         .summary = "Take another order in",
                                         .rejects = {&core::not_found, &core::stale, &cannot_merge}})},
    .queries = {query<&calculate>({.name = "orders.calculate",
                                   .route = "POST /orders/calculate",
                                   .permission = "orders.read",
                                   .summary = "What an order would cost; nothing is written",
                                   .rejects = pricing_rejects},
                                  Reads::point),
                query<&explain>({.name = "orders.explain",
                                 .route = "GET /orders/{id}/explain",
                                 .permission = "orders.read",
                                 .summary = "How each cent of an order came about",
                                 .rejects = {&core::not_found}},
                                Reads::point)},
    .events = {drafted, proposed, opened, changed, fired, closed, voided, rejected, expired, discarded},
    .schedules = {{.name = "orders.expire",
                   .summary = "Expires proposed orders that nobody accepted.",
                   .wakes = "order.proposed,order.opened,order.rejected,order.expired",
                   .due = &next_expiry,
                   .run = &expire_orders}},
    .permissions = {{"orders.read", "See orders and what they cost."},
                    {"orders.write", "Place and change orders."},
                    {"orders.accept", "Accept or decline guests' orders."},
                    {"orders.void", "Void orders, and lines that the kitchen has."}},
    .invariants = {{"orders: lines and taxes add up", &broken_totals},
                   {"orders: numbers are given once", &broken_numbers},
                   {"orders: fired lines are on tickets", &broken_tickets}},
};

}  // namespace orders
