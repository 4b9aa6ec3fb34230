#include "core/module.h"

#include "modules/sell/tickets/migrations.h"
#include "modules/sell/tickets/tickets.h"

namespace tickets {

const core::Resource ticket_resource{.path = "/kitchen/tickets",
                                     .subject = "ticket",
                                     .one = "a ticket",
                                     .many = "tickets, unfinished ones unless `state` says otherwise",
                                     .table = "tickets_ticket",
                                     .type = &reflect::type_of<Ticket>,
                                     .offers = core::reads,
                                     .read_permission = "kitchen.read",
                                     .filters = {"station", "state", "location", "order", "kind"},
                                     .defaults = {{"state", "queued,started,recalled"}},
                                     .section = "kitchen"};

const core::Module module{
    .name = "tickets",
    .summary = "Stations and what they have to make.",
    .migrations = sql::migrations(),
    .resources = {{.path = "/stations",
                   .subject = "station",
                   .one = "a station",
                   .many = "stations",
                   .table = "tickets_station",
                   .type = &reflect::type_of<Station>,
                   .read_permission = "kitchen.read",
                   .write_permission = "kitchen.configure",
                   .filters = {"location"},
                   .section = "kitchen"},
                  ticket_resource},
    .events = {created, started, bumped, recalled, cancelled},
    .permissions = {{"kitchen.read", "See tickets and stations."},
                    {"kitchen.work", "Start, bump and recall tickets."},
                    {"kitchen.configure", "Set up stations."}},
};

}  // namespace tickets
