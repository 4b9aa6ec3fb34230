#include <algorithm>
#include <map>

#include "modules/sell/tickets/tickets.h"

namespace tickets {

namespace {

Ticket ticket_of(core::Tx& tx, const FiredOrder& order, const std::optional<StationId>& station, TicketKind kind) {
  Ticket t;
  t.id = tx.fresh<TicketId>();
  t.order = order.id;
  t.number = order.number;
  t.location = order.location;
  t.station = station;
  t.kind = kind;
  t.order_type = order.type;
  t.table = order.table;
  t.note = order.note;
  t.fired_at = t.created_at = t.updated_at = tx.now();
  return t;
}

std::vector<Ticket> unfinished(db::Snapshot& s, const OrderId& order) {
  return s.all<Ticket>(
      "SELECT {} FROM tickets_ticket WHERE tenant = $t AND \"order\" = $1 AND state IN ('queued', 'started', 'recalled') ORDER "
      "BY id",
      order);
}

void write(core::Tx& tx, const core::EventKind& kind, const Ticket& before, Ticket& after) {
  after.version = before.version + 1;
  after.updated_at = tx.now();
  tx.update("tickets_ticket", after);
  tx.emit(kind, before, after);
}

}  // namespace

std::int64_t fire(core::Tx& tx, const FiredOrder& order, const std::vector<Fired>& lines, TicketKind kind) {
  std::map<std::optional<StationId>, Ticket> by_station;
  const auto add = [&](const std::optional<StationId>& station, const TicketLine& line) {
    auto found = by_station.find(station);
    if (found == by_station.end()) found = by_station.emplace(station, ticket_of(tx, order, station, kind)).first;
    found->second.lines.push_back(line);
  };
  for (auto& fired : lines) {
    if (fired.stations.empty()) add(std::nullopt, fired.line);
    for (auto& station : fired.stations) add(station, fired.line);
  }
  for (auto& [station, ticket] : by_station) {
    tx.insert("tickets_ticket", ticket);
    tx.emit(created, ticket);
  }
  return std::ssize(by_station);
}

void cancel_all(core::Tx& tx, const OrderId& order) {
  for (auto& before : unfinished(tx, order)) {
    auto after = before;
    after.state = TicketState::cancelled;
    write(tx, cancelled, before, after);
  }
}

void cancel_line(core::Tx& tx, const FiredOrder& order, const Fired& fired) {
  std::vector<StationId> told;  // stations that keep a ticket with other lines of it, or have finished it
  for (auto& station : fired.stations) told.push_back(station);
  bool everywhere = fired.stations.empty();
  for (auto& before : unfinished(tx, order.id)) {
    if (before.kind == TicketKind::cancel) continue;
    const bool only = std::ranges::all_of(before.lines, [&](const TicketLine& l) { return l.line == fired.line.line; });
    if (!only) continue;
    auto after = before;
    after.state = TicketState::cancelled;
    write(tx, cancelled, before, after);
    if (before.station) std::erase(told, *before.station);
    if (!before.station) everywhere = false;
  }
  if (told.empty() && !everywhere) return;
  fire(tx, order, {{fired.line, told}}, TicketKind::cancel);
}

std::int64_t bump_rest(core::Tx& tx, const std::vector<OrderId>& orders) {
  std::int64_t done = 0;
  for (auto& order : orders)
    for (auto& before : unfinished(tx, order)) {
      auto after = before;
      after.state = TicketState::bumped;
      after.bumped_at = tx.now();
      write(tx, bumped, before, after);
      ++done;
    }
  return done;
}

Result<Ticket> move(core::Tx& tx, const TicketId& id, TicketState to) {
  const auto before = TRY(core::load<Ticket>(tx, ticket_resource, id.text()));
  TRY(tx.match(before.version));
  static const std::map<TicketState, std::vector<TicketState>> allowed{
      {TicketState::queued, {TicketState::started, TicketState::bumped}},
      {TicketState::started, {TicketState::bumped}},
      {TicketState::recalled, {TicketState::started, TicketState::bumped}},
      {TicketState::bumped, {TicketState::recalled}},
      {TicketState::cancelled, {}}};
  const auto& next = allowed.at(before.state);
  if (std::ranges::find(next, to) == next.end()) {
    std::vector<std::string> names;
    for (auto state : next) names.emplace_back(reflect::name_of(state));
    return std::unexpected(wrong_move.problem("The ticket is " + std::string(reflect::name_of(before.state)) + ".")
                               .with("from", std::string(reflect::name_of(before.state)))
                               .with("to", std::string(reflect::name_of(to)))
                               .with("allowed", std::move(names)));
  }
  auto after = before;
  after.state = to;
  if (to == TicketState::started) after.started_at = tx.now();
  if (to == TicketState::bumped) after.bumped_at = tx.now();
  if (to == TicketState::recalled) after.bumped_at.reset();
  write(tx, to == TicketState::started ? started : to == TicketState::bumped ? bumped : recalled, before, after);
  return after;
}

Progress progress(core::Tx& tx, const std::vector<OrderId>& orders) {
  Progress p;
  for (auto& order : orders)
    for (auto& t : tx.all<Ticket>("SELECT {} FROM tickets_ticket WHERE tenant = $t AND \"order\" = $1", order)) {
      if (t.kind == TicketKind::cancel || t.state == TicketState::cancelled) continue;
      ++p.tickets;
      if (t.station) ++p.at_stations;
      if (t.state != TicketState::queued) ++p.begun;
      if (t.state == TicketState::bumped) ++p.done;
    }
  return p;
}

std::vector<LineId> lines_of(db::Snapshot& s, const OrderId& order) {
  std::vector<LineId> lines;
  for (auto& t : s.all<Ticket>("SELECT {} FROM tickets_ticket WHERE tenant = $t AND \"order\" = $1", order))
    for (auto& line : t.lines) lines.push_back(line.line);
  return lines;
}

}  // namespace tickets
