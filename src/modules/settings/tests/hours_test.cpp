#include <gtest/gtest.h>

#include "modules/settings/settings.h"

namespace {

using settings::Weekday;

base::Instant at(std::string_view rfc3339) { return base::parse_instant(rfc3339).value(); }
base::WallTime wall(std::string_view text) { return base::WallTime::parse(text).value(); }

// Berlin: one hour ahead of UTC in November 2025.
settings::Location bar() {
  settings::Location location;
  location.time_zone = base::Zone::parse("Europe/Berlin").value();
  location.hours = {{{Weekday::monday, Weekday::tuesday}, wall("09:00"), wall("17:00")},
                    {{Weekday::friday}, wall("18:00"), wall("02:00")}};
  return location;
}

TEST(OpeningHours, WithoutHoursItIsAlwaysOpen) { EXPECT_FALSE(settings::closed_at({}, at("2025-11-03T03:00:00Z"))); }

TEST(OpeningHours, CountInTheZoneOfTheLocation) {
  EXPECT_TRUE(settings::closed_at(bar(), at("2025-11-03T07:59:59Z")));
  EXPECT_FALSE(settings::closed_at(bar(), at("2025-11-03T08:00:00Z")));
  EXPECT_FALSE(settings::closed_at(bar(), at("2025-11-03T15:59:59Z")));
  EXPECT_TRUE(settings::closed_at(bar(), at("2025-11-03T16:00:00Z")));
}

TEST(OpeningHours, PastMidnightBelongToTheDayTheyStartOn) {
  EXPECT_FALSE(settings::closed_at(bar(), at("2025-11-08T00:59:00Z")));  // Saturday 01:59
  EXPECT_TRUE(settings::closed_at(bar(), at("2025-11-08T01:00:00Z")));   // Saturday 02:00
  EXPECT_TRUE(settings::closed_at(bar(), at("2025-11-07T00:30:00Z")));   // Friday 01:30: Thursday had no night
}

TEST(OpeningHours, SayWhenItOpensNext) {
  const auto closed = settings::closed_at(bar(), at("2025-11-04T20:00:00Z"));  // Tuesday evening
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->reason, settings::ClosedReason::hours);
  EXPECT_EQ(closed->opens_at, at("2025-11-07T17:00:00Z"));
}

TEST(OpeningHours, AHolidayReplacesTheHoursOfItsDay) {
  auto location = bar();
  location.holidays = {{base::parse_date("2025-11-03").value(), "Founding Day", {}},
                       {base::parse_date("2025-11-05").value(), "Sale", {{wall("10:00"), wall("12:00")}}}};
  const auto closed = settings::closed_at(location, at("2025-11-03T10:00:00Z"));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->reason, settings::ClosedReason::holiday);
  EXPECT_EQ(closed->holiday, "Founding Day");
  EXPECT_EQ(closed->opens_at, at("2025-11-04T08:00:00Z"));
  EXPECT_FALSE(settings::closed_at(location, at("2025-11-05T10:30:00Z")));  // a Wednesday, otherwise closed
}

TEST(OpeningHours, TheNightBeforeAHolidayRunsOut) {
  auto location = bar();
  location.holidays = {{base::parse_date("2025-11-08").value(), "Saint Nobody", {}}};
  EXPECT_FALSE(settings::closed_at(location, at("2025-11-08T00:30:00Z")));
  EXPECT_TRUE(settings::closed_at(location, at("2025-11-08T01:30:00Z")));
}

TEST(OpeningHours, AnAlwaysOpenLocationIsClosedOnItsHolidayAlone) {
  settings::Location location;
  location.holidays = {{base::parse_date("2025-12-25").value(), "Christmas", {}}};
  EXPECT_FALSE(settings::closed_at(location, at("2025-12-24T23:59:00Z")));
  EXPECT_EQ(settings::closed_at(location, at("2025-12-25T00:00:00Z"))->opens_at, at("2025-12-26T00:00:00Z"));
  EXPECT_FALSE(settings::closed_at(location, at("2025-12-26T00:00:00Z")));
}

TEST(OpeningHours, OfEqualEndsAreTheWholeDay) {
  const settings::Interval sunday{{Weekday::sunday}, {}, {}};
  const base::Zone utc;
  EXPECT_TRUE(settings::within({&sunday, 1}, utc.local(at("2025-11-02T00:00:00Z"))));
  EXPECT_TRUE(settings::within({&sunday, 1}, utc.local(at("2025-11-02T23:59:00Z"))));
  EXPECT_FALSE(settings::within({&sunday, 1}, utc.local(at("2025-11-03T00:00:00Z"))));
  EXPECT_FALSE(settings::within({&sunday, 1}, utc.local(at("2025-11-01T23:59:00Z"))));
}

}  // namespace
