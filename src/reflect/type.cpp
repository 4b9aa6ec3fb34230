#include "reflect/type.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <stdexcept>

namespace reflect {
namespace {

// A scalar whose C++ type parses from and prints to text by itself.
template <class T>
Scalar by_text() {
  return {.print = [](const void* v, std::string& out) { out += static_cast<const T*>(v)->text(); },
          .parse =
              [](void* v, std::string_view text) {
                const auto value = T::parse(text);
                if (value) *static_cast<T*>(v) = *value;
                return value.has_value();
              }};
}

Scalar instant() {
  using base::Instant;
  return {
      .print = [](const void* v, std::string& out) { base::print_instant(*static_cast<const Instant*>(v), out); },
      .parse =
          [](void* v, std::string_view text) {
            const auto value = base::parse_instant(text);
            if (value) *static_cast<Instant*>(v) = *value;
            return value.has_value();
          },
      .to_integer = [](const void* v) -> std::int64_t { return static_cast<const Instant*>(v)->time_since_epoch().count(); },
      .from_integer = [](void* v, std::int64_t n) { *static_cast<Instant*>(v) = Instant(std::chrono::microseconds(n)); },
      .format = "date-time",
      .example = "2025-10-10T22:15:00.000Z",
      .expected = "an RFC 3339 time such as 2025-10-10T22:15:00Z"};
}

Scalar date() {
  using base::Date;
  return {.print = [](const void* v, std::string& out) { out += base::print_date(*static_cast<const Date*>(v)); },
          .parse =
              [](void* v, std::string_view text) {
                const auto value = base::parse_date(text);
                if (value) *static_cast<Date*>(v) = *value;
                return value.has_value();
              },
          .format = "date",
          .example = "2025-11-01",
          .expected = "a day of the calendar such as 2025-11-01"};
}

Scalar wall_time() {
  auto scalar = by_text<base::WallTime>();
  scalar.to_integer = [](const void* v) { return static_cast<const base::WallTime*>(v)->minutes; };
  scalar.from_integer = [](void* v, std::int64_t n) { static_cast<base::WallTime*>(v)->minutes = n; };
  scalar.pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
  scalar.example = "09:30";
  scalar.expected = "a time of the day from 00:00 to 23:59";
  return scalar;
}

Scalar rate() {
  auto scalar = by_text<base::Rate>();
  scalar.to_integer = [](const void* v) { return static_cast<const base::Rate*>(v)->millionths(); };
  scalar.from_integer = [](void* v, std::int64_t n) { *static_cast<base::Rate*>(v) = base::Rate(n); };
  scalar.pattern = "^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,6})?$";
  scalar.example = "0.0825";
  scalar.expected = "a decimal string of 0 to 1000000 with at most 6 places, such as \"0.0825\"";
  return scalar;
}

Scalar currency() {
  auto scalar = by_text<base::Currency>();
  // An amount that was never set has no unit; its row must be readable again.
  scalar.parse_stored = [](void* v, std::string_view text) {
    auto& value = *static_cast<base::Currency*>(v);
    const auto parsed = base::Currency::parse(text);
    value = parsed.value_or(base::Currency());
    return parsed.has_value() || text.empty();
  };
  scalar.pattern = "^[A-Z0-9]{3,8}$";
  scalar.example = "EUR";
  scalar.expected = "a unit of 3 to 8 capital letters and digits, such as EUR";
  return scalar;
}

Scalar zone() {
  auto scalar = by_text<base::Zone>();
  scalar.example = "Europe/Berlin";
  scalar.expected = "a zone of the IANA database, such as Europe/Berlin";
  return scalar;
}

}  // namespace

#define DAYBOOK_TYPE(T, ...)          \
  const Type& Of<T>::type() {         \
    static const Type t{__VA_ARGS__}; \
    return t;                         \
  }
DAYBOOK_TYPE(bool, .kind = Kind::boolean)
DAYBOOK_TYPE(std::int64_t, .kind = Kind::integer, .min = std::numeric_limits<std::int64_t>::min())
DAYBOOK_TYPE(std::string, .kind = Kind::text)
DAYBOOK_TYPE(base::Bytes, .kind = Kind::bytes)
DAYBOOK_TYPE(base::Json, .kind = Kind::json)
DAYBOOK_TYPE(base::Money, .kind = Kind::money, .name = "Money",
             .summary = "An exact amount in minor units of its currency (EUR 2 decimals, JPY 0).")
DAYBOOK_TYPE(base::Quantity, .kind = Kind::quantity, .max = base::Quantity::max)
DAYBOOK_TYPE(base::Currency, .kind = Kind::scalar, .scalar = currency())
DAYBOOK_TYPE(base::Rate, .kind = Kind::scalar, .scalar = rate())
DAYBOOK_TYPE(base::Instant, .kind = Kind::scalar, .scalar = instant())
DAYBOOK_TYPE(base::Date, .kind = Kind::scalar, .scalar = date())
DAYBOOK_TYPE(base::WallTime, .kind = Kind::scalar, .scalar = wall_time())
DAYBOOK_TYPE(base::Zone, .kind = Kind::scalar, .scalar = zone())
#undef DAYBOOK_TYPE

bool Field::may_be_left_out() const {
  if (is(defaulted)) return true;
  const auto& t = type();
  return t.kind == Kind::optional || ((t.kind == Kind::list || t.kind == Kind::map) && t.min == 0);
}

const Field* Type::field(std::string_view n) const {
  for (const auto& f : fields)
    if (f.name == n) return &f;
  return nullptr;
}

std::span<const Field> documented(std::string_view record, std::vector<Field> fields, std::initializer_list<FieldDoc> docs) {
  // Types live as long as the program; so do their tables and printed keys.
  static std::mutex lock;
  static auto& tables = *new std::deque<std::vector<Field>>;
  static auto& keys = *new std::deque<std::string>;
  const std::lock_guard guard(lock);
  for (auto& field : fields) field.key = keys.emplace_back('"' + std::string(field.name) + "\":");
  for (const auto& doc : docs) {
    const auto found = std::ranges::find(fields, doc.name, &Field::name);
    if (found == fields.end()) throw std::logic_error(std::string(record) + " has no member " + std::string(doc.name));
    found->summary = doc.summary;
    found->marks = doc.marks;
  }
  return tables.emplace_back(std::move(fields));
}

namespace {
void check_personal(const Type& type, bool inside, std::set<std::pair<const Type*, bool>>& seen) {
  if (!seen.emplace(&type, inside).second) return;
  const bool plural = type.kind == Kind::list || type.kind == Kind::map;
  if (type.item) check_personal(type.item(), inside || plural, seen);
  for (const auto& field : type.fields) {
    if (inside && field.is(personal))
      throw std::logic_error(std::string(type.name) + "." + std::string(field.name) + " is personal inside a list or map");
    check_personal(field.type(), inside, seen);
  }
}
}  // namespace

void check_personal(const Type& type) {
  std::set<std::pair<const Type*, bool>> seen;
  check_personal(type, false, seen);
}

// ---- enumerators of a newer program -------------------------------------------------------------------------------

namespace {
struct UnknownEnumerators {
  std::shared_mutex lock;
  std::map<std::string, std::map<std::uint8_t, std::string>, std::less<>> names;  // by type; node addresses are stable
};
UnknownEnumerators& unknown_enumerators() {
  static auto& all = *new UnknownEnumerators;
  return all;
}
constexpr std::uint8_t no_more_numbers = 255;
}  // namespace

std::uint8_t keep_unknown_enumerator(std::string_view type, std::size_t known, std::string_view text) {
  auto& all = unknown_enumerators();
  const std::unique_lock writing(all.lock);
  auto& names = all.names[std::string(type)];
  for (const auto& [number, name] : names)
    if (name == text) return number;
  const auto next = known + names.size();
  if (next >= no_more_numbers) return no_more_numbers;  // printed as "unknown": hundreds of enumerators are not to be expected
  names.emplace(static_cast<std::uint8_t>(next), text);
  return static_cast<std::uint8_t>(next);
}

std::string_view unknown_enumerator(std::string_view type, std::uint8_t number) {
  auto& all = unknown_enumerators();
  const std::shared_lock reading(all.lock);
  if (const auto names = all.names.find(type); names != all.names.end())
    if (const auto name = names->second.find(number); name != names->second.end()) return name->second;
  return "unknown";
}

}  // namespace reflect
