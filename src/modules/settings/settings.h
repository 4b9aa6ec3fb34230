#pragma once
#include <optional>
#include <vector>

#include "core/module.h"

// What a business tells about itself: profile, places, tables, opening hours, and the settings of all departments.
namespace settings {

using LocationId = base::Id<"loc">;
using TableId = base::Id<"tbl">;

enum class Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
ENUM(Weekday, monday, tuesday, wednesday, thursday, friday, saturday, sunday)
Weekday weekday_of(base::Date);

// A stretch of the day on the wall. `until` at or before `from` lies on the next day, so 18:00-02:00 ends in the night,
// 09:00-00:00 at midnight, and 00:00-00:00 is the whole day.
struct Span {
  base::WallTime from, until;
};
RECORD(Span, from, until)

// The same on some days of the week; a stretch past midnight belongs to the day that it starts on.
struct Interval {
  base::List<Weekday, 1, 7> days;
  base::WallTime from, until;
};
RECORD(Interval, days, from, until)
// Is this moment on the wall inside one of the intervals? None at all: always.
bool within(std::span<const Interval>, const base::Zone::Local&);

struct Holiday {
  base::Date date{};
  base::Text<1, 100> name;
  base::List<Span, 0, 10> hours;  // empty: closed
};
RECORD(Holiday, date, name, hours)

struct Location {
  LocationId id;
  base::Text<1, 100> name;
  base::Zone time_zone;
  base::Currency currency;
  base::WallTime closing;  // when a business day ends, 00:00 to 23:59
  std::optional<base::Text<1, 500>> address;
  std::optional<base::Text<1, 50>> phone;
  base::List<Interval, 0, 50> hours;  // empty: always open
  base::List<Holiday, 0, 400> holidays;
  bool active = true;
  base::Count<0, 10000> position = 0;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Location, id, name, time_zone, currency, closing, address, phone, hours, holidays, active, position, version, created_at,
       updated_at, fingerprint)

struct Table {
  TableId id;
  LocationId location;
  base::Text<1, 50> name;
  base::Count<1, 1000> seats = 4;
  std::optional<base::Text<1, 50>> area;
  bool active = true;
  base::Count<0, 10000> position = 0;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Table, id, location, name, seats, area, active, position, version, created_at, updated_at, fingerprint)

// The business itself; one for each tenant, under the tenant's id.
struct Profile {
  core::TenantId id;
  base::Text<1, 200> name;
  std::optional<base::Text<1, 200>> legal_name;
  std::optional<base::Text<1, 50>> tax_id;
  std::optional<base::Text<1, 500>> address;
  std::optional<base::Text<1, 50>> phone;
  std::optional<base::Text<1, 254>> email;
  std::optional<base::Text<1, 500>> website;
  base::Text<2, 35> language = "en";
  std::int64_t version = 0;
  base::Instant updated_at{};
};
RECORD(Profile, id, name, legal_name, tax_id, address, phone, email, website, language, version, updated_at)

// The settings of each department. A new one is a line here and its sentence in types.cpp: stored values of before keep
// their meaning, the new one starts at its default.
struct OrderSettings {
  base::Count<1, 1440> accept_minutes = 10;
  bool closed_hours_block_online = true;
};
RECORD(OrderSettings, accept_minutes, closed_hours_block_online)
struct KitchenSettings {
  base::Count<1, 1440> warn_minutes = 10;
  base::Count<1, 1440> late_minutes = 15;
};
RECORD(KitchenSettings, warn_minutes, late_minutes)
struct Settings {
  core::TenantId id;
  OrderSettings orders;
  KitchenSettings kitchen;
  std::int64_t version = 0;
  base::Instant updated_at{};
};
RECORD(Settings, id, orders, kitchen, version, updated_at)

inline constexpr base::ProblemKind last_location{"settings.last_location", 409, "A business has at least one active location."};
inline constexpr base::ProblemKind unknown_location{"settings.unknown_location", 422, "There is no such location."};
inline constexpr base::ProblemKind no_location{"settings.no_location", 409, "This business has no active location."};

// All of it that commands need, in memory: `tx.cached<settings::Places>(settings::places)`.
struct Places {
  std::vector<Location> locations;  // by position, then id
  std::vector<Table> tables;        // by position, then id
  Settings settings;
  const Location* find(const LocationId&) const;  // null when there is none
  const Table* find(const TableId&) const;
  const Location* first() const;  // the first active one; null when there is none
};
extern const core::CacheKind places;

// Why a location is closed at a moment, and when it opens next (within 14 days).
enum class ClosedReason : std::uint8_t { hours, holiday };
ENUM(ClosedReason, hours, holiday)
struct Closed {
  ClosedReason reason = ClosedReason::hours;
  std::string holiday;  // its name
  std::optional<base::Instant> opens_at;
};
// Opening hours and holidays in the location's zone, stretches past midnight included. A holiday replaces the hours of its
// day; what began the evening before still runs out. None: open.
std::optional<Closed> closed_at(const Location&, base::Instant);

inline base::Date business_date(const Location& l, base::Instant at) { return base::business_date(at, l.time_zone, l.closing); }

extern const core::Module module;

}  // namespace settings
