#pragma once
#include "core/module.h"

// Stations and their tickets: what the kitchen has to make, and what of it is done. Orders fire and void through these
// functions, in their own transaction; the kitchen module's commands move tickets on.
namespace tickets {

using base::Result;
using StationId = base::Id<"sta">;
using TicketId = base::Id<"tkt">;
using OrderId = base::Id<"ord">;
using LineId = base::Id<"lin">;
using ItemId = base::Id<"itm">;
using LocationId = base::Id<"loc">;

struct Station {
  StationId id;
  base::Text<1, 80> name;
  std::optional<LocationId> location;  // none: at every location
  base::Count<0, 10'000> position = 0;
  std::int64_t version = 1;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Station, id, name, location, position, version, created_at, updated_at, fingerprint)

enum class TicketState : std::uint8_t { queued, started, bumped, recalled, cancelled };
ENUM(TicketState, queued, started, bumped, recalled, cancelled)
// make: prepare these lines. change: a line's quantity went from `was` to `quantity`. void: stop making these lines.
enum class TicketKind : std::uint8_t { make, change, cancel };
ENUM(TicketKind, make, change, cancel)

struct TicketModifier {
  std::string name;
  std::int64_t quantity = 1;
};
RECORD(TicketModifier, name, quantity)
struct TicketLine {
  LineId line;
  ItemId item;
  std::string name;
  std::optional<std::string> variant;
  base::Quantity quantity;
  std::optional<base::Quantity> was;  // before the change
  std::vector<TicketModifier> modifiers;
  std::optional<std::string> note;
  std::vector<std::string> allergens;
  std::optional<std::int64_t> seat, course;
};
RECORD(TicketLine, line, item, name, variant, quantity, was, modifiers, note, allergens, seat, course)

struct Ticket {
  TicketId id;
  OrderId order;
  std::int64_t number = 0;
  LocationId location;
  std::optional<StationId> station;  // none: lines that have no station
  TicketKind kind = TicketKind::make;
  TicketState state = TicketState::queued;
  std::string order_type;
  std::optional<std::string> table;
  std::optional<std::string> note;
  std::vector<TicketLine> lines;
  base::Instant fired_at{};
  std::optional<base::Instant> started_at, bumped_at;
  std::int64_t version = 1;
  base::Instant created_at{}, updated_at{};
};
RECORD(Ticket, id, order, number, location, station, kind, state, order_type, table, note, lines, fired_at, started_at,
       bumped_at, version, created_at, updated_at)

inline constexpr core::EventKind created{"ticket.created", 1, "A station has something to make."};
inline constexpr core::EventKind started{"ticket.started", 1, "A station began with a ticket."};
inline constexpr core::EventKind bumped{"ticket.bumped", 1, "A station finished a ticket."};
inline constexpr core::EventKind recalled{"ticket.recalled", 1, "A finished ticket came back to its old place."};
inline constexpr core::EventKind cancelled{"ticket.cancelled", 1, "A ticket need not be made any more."};

inline constexpr base::ProblemKind wrong_move{"tickets.illegal_transition", 409, "The ticket cannot make this move now."};

extern const core::Module module;
extern const core::Resource ticket_resource;

// What goes to the kitchen: a line and the stations that make it.
struct Fired {
  TicketLine line;
  std::vector<StationId> stations;  // empty: the ticket without a station, which everybody sees
};
struct FiredOrder {
  OrderId id;
  std::int64_t number = 0;
  LocationId location;
  std::string type;
  std::optional<std::string> table, note;
};
// One ticket per station for these lines. Returns how many.
std::int64_t fire(core::Tx&, const FiredOrder&, const std::vector<Fired>&, TicketKind = TicketKind::make);
// All unfinished tickets of the order are cancelled (the order was voided).
void cancel_all(core::Tx&, const OrderId&);
// This line of the order need not be made: tickets with nothing left are cancelled, the others get a ticket that says so.
void cancel_line(core::Tx&, const FiredOrder&, const Fired&);
// Finishes what is left of these orders; returns how many tickets.
std::int64_t bump_rest(core::Tx&, const std::vector<OrderId>&);
// Moves of one ticket; a wrong one is wrong_move with from, to, allowed.
Result<Ticket> move(core::Tx&, const TicketId&, TicketState to);

// How far the kitchen is with what these orders sent it.
struct Progress {
  std::int64_t tickets = 0, begun = 0, done = 0;  // to be made (not cancelled, no notices); started or more; bumped
  std::int64_t at_stations = 0;                   // of the tickets: what a station has to prepare
};
Progress progress(core::Tx&, const std::vector<OrderId>&);
// The lines on this order's tickets, cancelled ones included.
std::vector<LineId> lines_of(db::Snapshot&, const OrderId&);

}  // namespace tickets
