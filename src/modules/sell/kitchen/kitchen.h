#pragma once
#include "core/module.h"
#include "modules/sell/orders/orders.h"
#include "modules/sell/tickets/tickets.h"

// The kitchen at work: tickets started, bumped and recalled, and how much of what is still to be made.
namespace kitchen {

using base::Result;

struct MoveTicket {
  tickets::TicketId id;
};
RECORD(MoveTicket, id)

struct AllDayFilter {
  std::optional<settings::LocationId> location;
  std::optional<tickets::StationId> station;
};
RECORD(AllDayFilter, location, station)
struct AllDayCount {
  settings::LocationId location;
  std::optional<tickets::StationId> station;
  tickets::ItemId item;
  std::string name;
  std::optional<std::string> variant;
  base::Quantity quantity;
};
RECORD(AllDayCount, location, station, item, name, variant, quantity)
struct AllDay {
  std::vector<AllDayCount> data;
  std::optional<std::string> next_cursor;
};
RECORD(AllDay, data, next_cursor)

Result<tickets::Ticket> start_ticket(core::Tx&, const core::Actor&, const MoveTicket&);
Result<tickets::Ticket> bump_ticket(core::Tx&, const core::Actor&, const MoveTicket&);
Result<tickets::Ticket> recall_ticket(core::Tx&, const core::Actor&, const MoveTicket&);
Result<AllDay> all_day(core::View&, const core::Actor&, const AllDayFilter&);
Result<> count_all_day(core::Tx&, std::span<const core::EventPtr>);

extern const core::Module module;

}  // namespace kitchen
