#include <algorithm>

#include "modules/settings/declared.h"

namespace settings {

const Location* Places::find(const LocationId& id) const {
  const auto found = std::ranges::find(locations, id, &Location::id);
  return found == locations.end() ? nullptr : &*found;
}
const Table* Places::find(const TableId& id) const {
  const auto found = std::ranges::find(tables, id, &Table::id);
  return found == tables.end() ? nullptr : &*found;
}
const Location* Places::first() const {
  const auto found = std::ranges::find(locations, true, &Location::active);
  return found == locations.end() ? nullptr : &*found;
}

namespace {

Places load_places(db::Snapshot& s) {
  return {.locations = s.all<Location>("SELECT {} FROM settings_location WHERE tenant = $t ORDER BY position, id"),
          .tables = s.all<Table>("SELECT {} FROM settings_table WHERE tenant = $t ORDER BY position, id"),
          .settings = s.maybe<Settings>("SELECT {} FROM settings_value WHERE tenant = $t").value_or(Settings{})};
}

}  // namespace

const core::CacheKind places = core::cache_kind<Places, &load_places>("settings.places", {"location.", "table.", "settings."});

base::Result<> check_location(core::Tx& tx, const core::Actor&, const void* before, void* after) {
  auto& location = *static_cast<Location*>(after);
  const auto& known = tx.cached<Places>(places);
  if (location.currency.empty()) location.currency = known.first() ? known.first()->currency : *base::Currency::parse("EUR");
  if (before && !location.active &&
      std::ranges::none_of(known.locations, [&](auto& l) { return l.active && l.id != location.id; }))
    return last_location("Make another location active first.");
  for (std::size_t i = 0; i < location.holidays.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (location.holidays[i].date == location.holidays[j].date)
        return std::unexpected(
            reflect::invalid.problem("A day is a holiday once.")
                .at("/holidays/" + std::to_string(i) + "/date", "range", "This day is in the list already."));
  return {};
}

base::Result<> check_table(core::Tx& tx, const core::Actor&, const void*, void* after) {
  if (!after) return {};
  const auto& table = *static_cast<const Table*>(after);
  if (tx.cached<Places>(places).find(table.location)) return {};
  return std::unexpected(
      unknown_location.problem().at("/location", "unknown", "There is no location " + table.location.text() + "."));
}

}  // namespace settings
