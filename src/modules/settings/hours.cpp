#include <algorithm>

#include "modules/settings/settings.h"

// Opening hours: pure functions of the wall clock.
namespace settings {

namespace {

constexpr std::int64_t day_minutes = 24 * 60;
constexpr int look_ahead_days = 14;

base::Date plus(base::Date date, int days) { return std::chrono::sys_days(date) + std::chrono::days(days); }

// Minutes since the midnight that the stretch starts behind; the end may lie on the next day.
struct Minutes {
  std::int64_t from, until;
  bool holds(std::int64_t minute) const { return from <= minute && minute < until; }
};
Minutes minutes_of(base::WallTime from, base::WallTime until) {
  return {from.minutes, until.minutes > from.minutes ? until.minutes : until.minutes + day_minutes};
}

bool on(const std::vector<Weekday>& days, Weekday day) { return std::ranges::find(days, day) != days.end(); }

const Holiday* holiday_on(const Location& location, base::Date date) {
  const auto found = std::ranges::find(location.holidays, date, &Holiday::date);
  return found == location.holidays.end() ? nullptr : &*found;
}

// What begins on that day.
std::vector<Minutes> open_on(const Location& location, base::Date date) {
  std::vector<Minutes> open;
  if (const auto* holiday = holiday_on(location, date)) {
    for (auto& span : holiday->hours) open.push_back(minutes_of(span.from, span.until));
  } else if (location.hours.empty()) {
    open.push_back({0, day_minutes});
  } else {
    for (auto& interval : location.hours)
      if (on(interval.days, weekday_of(date))) open.push_back(minutes_of(interval.from, interval.until));
  }
  return open;
}

bool any_holds(const std::vector<Minutes>& open, std::int64_t minute) {
  return std::ranges::any_of(open, [&](auto& m) { return m.holds(minute); });
}

std::optional<base::Instant> next_opening(const Location& location, base::Date today, base::Instant at) {
  std::optional<base::Instant> next;
  for (int day = 0; day <= look_ahead_days && !next; ++day)
    for (auto& open : open_on(location, plus(today, day))) {
      const auto opens = location.time_zone.instant(plus(today, day), std::chrono::minutes(open.from));
      if (opens > at && (!next || opens < *next)) next = opens;
    }
  return next;
}

}  // namespace

Weekday weekday_of(base::Date date) {
  return static_cast<Weekday>(std::chrono::weekday(std::chrono::sys_days(date)).iso_encoding() - 1);
}

bool within(std::span<const Interval> intervals, const base::Zone::Local& local) {
  const auto today = weekday_of(local.date), yesterday = weekday_of(plus(local.date, -1));
  return intervals.empty() || std::ranges::any_of(intervals, [&](const Interval& interval) {
           const auto minutes = minutes_of(interval.from, interval.until);
           return (minutes.holds(local.minutes) && on(interval.days, today)) ||
                  (minutes.holds(local.minutes + day_minutes) && on(interval.days, yesterday));
         });
}

std::optional<Closed> closed_at(const Location& location, base::Instant at) {
  if (location.hours.empty() && location.holidays.empty()) return std::nullopt;
  const auto local = location.time_zone.local(at);
  if (any_holds(open_on(location, local.date), local.minutes)) return std::nullopt;
  if (any_holds(open_on(location, plus(local.date, -1)), local.minutes + day_minutes)) return std::nullopt;
  Closed closed{.opens_at = next_opening(location, local.date, at)};
  if (const auto* holiday = holiday_on(location, local.date)) {
    closed.reason = ClosedReason::holiday;
    closed.holiday = holiday->name;
  }
  return closed;
}

}  // namespace settings
