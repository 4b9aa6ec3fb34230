#include <date/tz.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/time.h"

// Zones come from the library `date` on the system's tzdata, once a zone: its offsets are then a sorted table that never
// changes, so that asking it takes no lock and a few nanoseconds. (date's own get_info: a once_flag, a search and a string
// for the abbreviation at each call.) Debian's tzdata lists changes up to 2037; past it the last offset stays.
namespace base {
namespace {

using std::chrono::days, std::chrono::floor, std::chrono::seconds, std::chrono::sys_days, std::chrono::sys_seconds;

struct Known {
  std::string name;
  // From starts[i] (Unix seconds) until starts[i + 1] the offset from UTC is offsets[i]. starts[0] is the beginning of time.
  std::vector<std::int64_t> starts, offsets;

  std::size_t at(std::int64_t unix_s) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(starts, unix_s) - starts.begin()) - 1;
  }
  std::int64_t end(std::size_t i) const {
    return i + 1 < starts.size() ? starts[i + 1] : std::numeric_limits<std::int64_t>::max();
  }
};

constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();

const Known& utc() {
  static const Known known{"UTC", {beginning}, {0}};
  return known;
}

const Known& known(const void* zone) { return *static_cast<const Known*>(zone); }

std::unique_ptr<Known> load(std::string_view name) {
  // "right/…" counts leap seconds, "posix/…" is a second name of the same zone.
  if (name.starts_with("right/") || name.starts_with("posix/")) return nullptr;
  try {
    const auto* zone = date::locate_zone(name);
    auto made = std::make_unique<Known>();
    made->name = name;
    constexpr auto forever = sys_seconds{seconds{std::int64_t{1} << 40}};  // the year 36,812; date's own "end" is near it
    for (auto at = sys_seconds{seconds{-(std::int64_t{1} << 40)}};;) {
      const auto info = zone->get_info(at);
      const auto offset = info.offset.count();
      if (made->starts.empty() || made->offsets.back() != offset) {
        made->starts.push_back(made->starts.empty() ? beginning : at.time_since_epoch().count());
        made->offsets.push_back(offset);
      }
      if (info.end <= at || info.end >= forever) return made;
      at = info.end;
    }
  } catch (const std::runtime_error&) {
    return nullptr;  // the system does not know the name
  }
}

const Known* find(std::string_view name) {
  if (name == "UTC") return &utc();
  // Never freed: zones are values that may be asked while the program ends.
  static auto& lock = *new std::shared_mutex;
  static auto& zones = *new std::map<std::string, std::unique_ptr<Known>, std::less<>>;
  {
    const std::shared_lock reading(lock);
    if (const auto found = zones.find(name); found != zones.end()) return found->second.get();
  }
  auto made = load(name);
  if (!made) return nullptr;
  const std::unique_lock writing(lock);
  return zones.try_emplace(std::string(name), std::move(made)).first->second.get();
}

}  // namespace

Zone::Zone() : zone_(&utc()), name_(&utc().name) {}

std::optional<Zone> Zone::parse(std::string_view name) {
  const auto* found = find(name);
  if (!found) return std::nullopt;
  Zone zone;
  zone.zone_ = found;
  zone.name_ = &found->name;
  return zone;
}

Zone::Local Zone::local(Instant at) const {
  const auto& zone = known(zone_);
  const auto unix_s = floor<seconds>(at.time_since_epoch()).count();
  const seconds offset{zone.offsets[zone.at(unix_s)]};
  const sys_seconds wall{seconds{unix_s} + offset};
  const auto day = floor<days>(wall);
  return {Date(day), (wall - day) / std::chrono::minutes{1}, offset};
}

Instant Zone::instant(Date date, std::chrono::minutes since_midnight) const {
  const auto& zone = known(zone_);
  const std::int64_t wall = (sys_days(date) + seconds(since_midnight)).time_since_epoch().count();
  // No offset is as large as a day, so no earlier range can hold it. The first range that does is the earlier moment.
  std::size_t i = zone.at(wall - 86'400);
  while (wall - zone.offsets[i] >= zone.end(i)) ++i;
  const bool skipped = wall - zone.offsets[i] < zone.starts[i];  // the clock jumped over it: the offset before carries it on
  return Instant(seconds{wall - zone.offsets[skipped ? i - 1 : i]});
}

}  // namespace base
