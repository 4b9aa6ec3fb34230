#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;  // a moment; stored as BIGINT microseconds
using Date = std::chrono::year_month_day;                          // a calendar or business day; "2025-11-01"

std::string print_instant(Instant);                      // RFC 3339, UTC, milliseconds: "2025-10-10T22:15:00.123Z"
void print_instant(Instant, std::string& out);           // the same, appended
std::optional<Instant> parse_instant(std::string_view);  // RFC 3339 with any offset
std::string print_date(Date);
std::optional<Date> parse_date(std::string_view);  // a real day of the calendar

// A time of the day on the wall: minutes since midnight, "09:30" (00:00 to 23:59).
struct WallTime {
  std::int64_t minutes = 0;
  static std::optional<WallTime> parse(std::string_view);
  std::string text() const;
  auto operator<=>(const WallTime&) const = default;
};

// A zone of the IANA database, from the system's tzdata. Parsing fails for a name the system does not know.
class Zone {
 public:
  Zone();  // UTC
  static std::optional<Zone> parse(std::string_view name);
  const std::string& text() const { return *name_; }
  bool operator==(const Zone& other) const { return zone_ == other.zone_; }

  struct Local {
    Date date;
    std::int64_t minutes;         // since midnight on the wall
    std::chrono::seconds offset;  // from UTC
  };
  Local local(Instant) const;
  // The moment of a wall time. One that a clock change skips is moved forward by the gap; one that happens twice is
  // the earlier.
  Instant instant(Date, std::chrono::minutes since_midnight) const;

 private:
  const void* zone_;
  const std::string* name_;
};

// The trading day that a moment belongs to: the local day, which lasts until `closing` on the next one.
// (Square/Toast "closeout hour". A closing of 03:00 puts 02:59 of the 2nd on the 1st.)
Date business_date(Instant, const Zone&, WallTime closing);

}  // namespace base
