#include "core/module.h"

#include "modules/sell/kitchen/kitchen.h"
#include "modules/sell/kitchen/migrations.h"

namespace kitchen {

using core::command, core::query, core::Reads;

const core::Module module{
    .name = "kitchen",
    .summary = "Tickets at work and all-day counts.",
    .needs = {"settings", "tickets", "orders"},
    .migrations = sql::migrations(),
    .commands = {command<&start_ticket>({.name = "kitchen.start",
                                         .route = "POST /kitchen/tickets/{id}/start",
                                         .permission = "kitchen.work",
                                         .summary = "A station begins with a ticket",
                                         .rejects = {&core::not_found, &core::stale, &tickets::wrong_move}}),
                 command<&bump_ticket>({.name = "kitchen.bump",
                                        .route = "POST /kitchen/tickets/{id}/bump",
                                        .permission = "kitchen.work",
                                        .summary = "A station has finished a ticket",
                                        .rejects = {&core::not_found, &core::stale, &tickets::wrong_move}}),
                 command<&recall_ticket>({.name = "kitchen.recall",
                                          .route = "POST /kitchen/tickets/{id}/recall",
                                          .permission = "kitchen.work",
                                          .summary = "A finished ticket comes back to its old place",
                                          .rejects = {&core::not_found, &core::stale, &tickets::wrong_move}})},
    .queries = {query<&all_day>({.name = "kitchen.all_day",
                                 .route = "GET /kitchen/all-day",
                                 .permission = "kitchen.read",
                                 .summary = "How much of what is still to be made",
                                 .projection = "kitchen.all_day"},
                                Reads::scan)},
    .readers = {{.name = "kitchen.all_day",
                 .summary = "Counts what is on unfinished tickets.",
                 .kind = core::ReaderKind::projection,
                 .types = "ticket.*",
                 .tables = {"kitchen_all_day"},
                 .fold = &count_all_day}},
};

}  // namespace kitchen
