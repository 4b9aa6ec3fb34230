#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

// One table per record, read by ordinary functions: JSON, SQL rows, JSON Schema, CSV.
// No Boost.JSON, no database and no recursion of templates reaches the modules through this header.
namespace reflect {

enum class Kind : std::uint8_t { boolean, integer, text, scalar, quantity, bytes, json, money, list, map, optional, record };

// What a field is besides its type. Declared once, in RECORD_TYPE; JSON, SQL, events and documents obey it.
enum Mark : std::uint32_t {
  plain = 0,
  personal = 1,    // a person's data: kept apart in events, emptied by erasure. Not inside a list.
  secret = 2,      // never printed
  computed = 4,    // set by the program: in answers, refused in input
  fixed = 8,       // in the input of a creation, refused in a PATCH
  defaulted = 16,  // may be left out of the input: the C++ member initializer is the default
  hidden = 32,     // a column that is never printed and never read from JSON
  unstored = 64,   // printed, but no column of the table
  brief = 128,     // a JSON text instead of the whole object stands for this member alone
};

struct Type;
struct Field {
  std::string_view name;
  const Type& (*type)() = nullptr;
  void* (*at)(void* record) = nullptr;
  std::string_view summary = {};  // a sentence for the documentation
  std::uint32_t marks = plain;
  std::string_view key = {};  // "\"name\":", as it is printed; documented() makes it
  bool starts_empty = false;  // a new record's text, list, map or optional holds nothing
  bool is(std::uint32_t mark) const { return (marks & mark) != 0; }
  bool may_be_left_out() const;  // of input: optional, `defaulted`, a list or map that may be empty
};

// A value whose wire form is one JSON string: ids, enumerations, times, rates, zones, currencies.
struct Scalar {
  void (*print)(const void*, std::string& out) = nullptr;
  bool (*parse)(void*, std::string_view) = nullptr;         // strict, as input is
  bool (*parse_stored)(void*, std::string_view) = nullptr;  // lenient; null: as parse
  // Non-null: stored as BIGINT. Instants in microseconds, rates in millionths, wall times in minutes; all else is TEXT.
  std::int64_t (*to_integer)(const void*) = nullptr;
  void (*from_integer)(void*, std::int64_t) = nullptr;
  std::string_view format = {};   // JSON Schema "format"
  std::string_view pattern = {};  // JSON Schema "pattern"
  std::string_view example = {};
  std::string_view expected = {};  // "an RFC 3339 time such as 2025-10-10T22:15:00Z"
};

struct Type {
  Kind kind;
  std::string_view name = {};     // record, enumeration: "PlaceOrder"; id: its prefix "ord"
  std::string_view summary = {};  // record, enumeration
  // integer: value; quantity: thousandths; text: code points; bytes: bytes; list, map: members
  std::int64_t min = 0, max = std::numeric_limits<std::int64_t>::max();
  Scalar scalar = {};
  std::span<const std::string_view> values = {};          // enumeration
  std::span<const Field> fields = {};                     // record
  const Type& (*item)() = nullptr;                        // list, map, optional
  std::size_t (*size)(const void*) = nullptr;             // list, map; an optional has 0 or 1
  void* (*at)(void*, std::size_t) = nullptr;              // list, optional
  void (*resize)(void*, std::size_t) = nullptr;           // list, map (to 0 only), optional
  void* (*entry)(void*, std::string_view key) = nullptr;  // map: find or insert
  void (*erase)(void*, std::string_view key) = nullptr;   // map
  void (*each)(const void*, void* context, void (*)(void* context, std::string_view key, const void* value)) = nullptr;  // map
  void* (*make)() = nullptr;                           // record: a new default value…
  void (*destroy)(void*) = nullptr;                    // …and its end
  void (*copy)(void* to, const void* from) = nullptr;  // record
  const Field* field(std::string_view n) const;        // record; null when there is none
};

// The table of a C++ type: Of<T> comes from type.h, or from the macros RECORD and ENUM.
template <class T>
struct Of;
template <class T>
const Type& type_of() {
  return Of<T>::type();
}

}  // namespace reflect
