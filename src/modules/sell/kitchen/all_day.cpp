#include <algorithm>
#include <map>
#include <tuple>

#include "modules/sell/kitchen/kitchen.h"

namespace kitchen {

namespace {

struct CountRow {
  settings::LocationId location;
  std::string station;  // "" for tickets without one
  tickets::ItemId item;
  std::string variant;  // "" without one
  std::string name;
  base::Quantity quantity;
};
RECORD(CountRow, location, station, item, variant, name, quantity)
RECORD_TYPE(CountRow, "A stored count.")

// What a line adds: all of it, or, on a ticket that tells of a change, the difference.
base::Quantity weight(const tickets::Ticket& ticket, const tickets::TicketLine& line) {
  switch (ticket.kind) {
    case tickets::TicketKind::make:
      return line.quantity;
    case tickets::TicketKind::change:
      return line.quantity - line.was.value_or(base::Quantity());
    default:
      return base::Quantity();
  }
}

// What several tickets change, by row.
using Key = std::tuple<settings::LocationId, std::string, tickets::ItemId, std::string>;
struct Change {
  std::string name;
  std::int64_t amount = 0;  // thousandths
};
using Changes = std::map<Key, Change>;

void add(Changes& changes, const tickets::Ticket& ticket, std::int64_t sign) {
  const std::string station = ticket.station ? ticket.station->text() : "";
  for (auto& line : ticket.lines) {
    const std::int64_t amount = sign * weight(ticket, line).thousandths();
    if (amount == 0) continue;
    auto& change = changes[{ticket.location, station, line.item, line.variant.value_or("")}];
    change.name = line.name;
    change.amount += amount;
  }
}

}  // namespace

// The projection: what is created or recalled is to be made, what is bumped or cancelled is not any more.
Result<> count_all_day(core::Tx& tx, std::span<const core::EventPtr> events) {
  Changes changes;
  for (auto& event : events) {
    const auto ticket = TRY(reflect::from_json<tickets::Ticket>(event->data(), reflect::Read::stored));
    const bool comes = event->type == tickets::created.type || event->type == tickets::recalled.type;
    const bool goes = event->type == tickets::bumped.type || event->type == tickets::cancelled.type;
    if (comes || goes) add(changes, ticket, comes ? 1 : -1);
  }
  bool less = false;
  for (auto& [key, change] : changes) {
    const auto& [location, station, item, variant] = key;
    less = less || change.amount <= 0;
    tx.run(
        "INSERT INTO kitchen_all_day (tenant, location, station, item, variant, name, quantity) VALUES ($t, $1, $2, $3, $4, "
        "$5, $6) "
        "ON CONFLICT (tenant, location, station, item, variant) DO UPDATE SET quantity = kitchen_all_day.quantity + "
        "excluded.quantity, name = excluded.name",
        location, station, item, variant, change.name, change.amount);
  }
  if (less) tx.run("DELETE FROM kitchen_all_day WHERE tenant = $t AND quantity = 0");
  return {};
}

Result<AllDay> all_day(core::View& view, const core::Actor&, const AllDayFilter& in) {
  const std::optional<std::string> station = in.station ? std::optional(in.station->text()) : std::nullopt;
  AllDay counts;
  for (auto& row : view.all<CountRow>("SELECT {} FROM kitchen_all_day WHERE tenant = $t AND quantity <> 0 AND ($1 IS NULL OR "
                                      "location = $1) AND ($2 IS NULL OR station = $2) "
                                      "ORDER BY quantity DESC, name, item, variant, station",
                                      in.location, station)) {
    counts.data.push_back({row.location, tickets::StationId::parse(row.station), row.item, row.name,
                           row.variant.empty() ? std::nullopt : std::optional(row.variant), row.quantity});
  }
  return counts;
}

}  // namespace kitchen
