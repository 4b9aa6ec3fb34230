#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>

#include "base/id.h"
#include "base/money.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time.h"

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
};

struct Type;
struct Field {
  std::string_view name;
  const Type& (*type)() = nullptr;
  void* (*at)(void* record) = nullptr;
  std::string_view summary = {};  // a sentence for the documentation
  std::uint32_t marks = plain;
  bool is(std::uint32_t mark) const { return (marks & mark) != 0; }
};

// A value whose wire form is one JSON string: ids, enumerations, times, rates, zones, currencies.
struct Scalar {
  void (*print)(const void*, std::string& out) = nullptr;
  bool (*parse)(void*, std::string_view) = nullptr;               // strict, as input is
  bool (*parse_stored)(void*, std::string_view) = nullptr;        // lenient; null: as parse
  std::int64_t (*to_integer)(const void*) = nullptr;              // non-null: stored as BIGINT
  void (*from_integer)(void*, std::int64_t) = nullptr;
  std::string_view format = {};                                   // JSON Schema "format"
  std::string_view pattern = {};                                  // JSON Schema "pattern"
  std::string_view example = {};
  std::string_view expected = {};                                 // "an RFC 3339 time such as 2025-10-10T22:15:00Z"
};

struct Type {
  Kind kind;
  std::string_view name = {};     // record, enumeration: "PlaceOrder"; id: its prefix "ord"
  std::string_view summary = {};  // record, enumeration
  std::int64_t min = 0, max = std::numeric_limits<std::int64_t>::max();  // integer: value; text: code points; list, map: members
  Scalar scalar = {};
  std::span<const std::string_view> values = {};                 // enumeration
  std::span<const Field> fields = {};                            // record
  const Type& (*item)() = nullptr;                               // list, map, optional
  std::size_t (*size)(const void*) = nullptr;                    // list, map; an optional has 0 or 1
  void* (*at)(void*, std::size_t) = nullptr;                     // list, optional
  void (*resize)(void*, std::size_t) = nullptr;                  // list, map (to 0 only), optional
  void* (*entry)(void*, std::string_view key) = nullptr;         // map: find or insert
  void (*each)(const void*, void* context, void (*)(void* context, std::string_view key, const void* value)) = nullptr;  // map
  void* (*make)() = nullptr;                                     // record: a new default value…
  void (*destroy)(void*) = nullptr;                              // …and its end
  void (*copy)(void* to, const void* from) = nullptr;            // record
  const Field* field(std::string_view n) const;                  // record; null when there is none
};

template <class T>
struct Of;
template <class T>
const Type& type_of() { return Of<T>::type(); }

#define DAYBOOK_SCALAR(T)        \
  template <>                    \
  struct Of<T> {                 \
    static const Type& type();   \
  };
DAYBOOK_SCALAR(bool)
DAYBOOK_SCALAR(std::int64_t)
DAYBOOK_SCALAR(std::string)
DAYBOOK_SCALAR(base::Bytes)
DAYBOOK_SCALAR(base::Json)
DAYBOOK_SCALAR(base::Money)
DAYBOOK_SCALAR(base::Currency)
DAYBOOK_SCALAR(base::Rate)
DAYBOOK_SCALAR(base::Quantity)
DAYBOOK_SCALAR(base::Instant)
DAYBOOK_SCALAR(base::Date)
DAYBOOK_SCALAR(base::WallTime)
DAYBOOK_SCALAR(base::Zone)
#undef DAYBOOK_SCALAR

template <std::size_t Min, std::size_t Max>
struct Of<base::Text<Min, Max>> {
  static const Type& type() {
    static const Type t{.kind = Kind::text, .min = Min, .max = Max};
    return t;
  }
};
template <std::int64_t Min, std::int64_t Max>
struct Of<base::Count<Min, Max>> {
  static const Type& type() {
    static const Type t{.kind = Kind::integer, .min = Min, .max = Max};
    return t;
  }
};
template <base::Literal P>
struct Of<base::Id<P>> {
  using T = base::Id<P>;
  static const Type& type() {
    static const Type t{.kind = Kind::scalar,
                        .name = T::prefix,
                        .scalar = {.print = [](const void* v, std::string& out) { out += static_cast<const T*>(v)->text(); },
                                   .parse =
                                       [](void* v, std::string_view s) {
                                         auto id = T::parse(s);
                                         if (id) *static_cast<T*>(v) = *id;
                                         return id.has_value();
                                       }}};
    return t;
  }
};

template <class L, std::int64_t Min, std::int64_t Max>
const Type& list_type() {
  static const Type t{.kind = Kind::list,
                      .min = Min,
                      .max = Max,
                      .item = &type_of<typename L::value_type>,
                      .size = [](const void* v) { return static_cast<const L*>(v)->size(); },
                      .at = [](void* v, std::size_t i) -> void* { return &(*static_cast<L*>(v))[i]; },
                      .resize = [](void* v, std::size_t n) { static_cast<L*>(v)->resize(n); }};
  return t;
}
template <class T>
struct Of<std::vector<T>> {
  static const Type& type() { return list_type<std::vector<T>, 0, std::numeric_limits<std::int64_t>::max()>(); }
};
template <class T, std::size_t Min, std::size_t Max>
struct Of<base::List<T, Min, Max>> {
  static const Type& type() { return list_type<base::List<T, Min, Max>, Min, Max>(); }
};
template <class T>
struct Of<std::map<std::string, T>> {
  using V = std::map<std::string, T>;
  static const Type& type() {
    static const Type t{.kind = Kind::map,
                        .item = &type_of<T>,
                        .size = [](const void* v) { return static_cast<const V*>(v)->size(); },
                        .resize = [](void* v, std::size_t) { static_cast<V*>(v)->clear(); },
                        .entry = [](void* v, std::string_view key) -> void* { return &(*static_cast<V*>(v))[std::string(key)]; },
                        .each =
                            [](const void* v, void* context, void (*f)(void*, std::string_view, const void*)) {
                              for (auto& [key, value] : *static_cast<const V*>(v)) f(context, key, &value);
                            }};
    return t;
  }
};
template <class T>
struct Of<std::optional<T>> {
  using V = std::optional<T>;
  static const Type& type() {
    static const Type t{.kind = Kind::optional,
                        .item = &type_of<T>,
                        .size = [](const void* v) { return std::size_t{static_cast<const V*>(v)->has_value()}; },
                        .at = [](void* v, std::size_t) -> void* { return &**static_cast<V*>(v); },
                        .resize = [](void* v, std::size_t n) { n ? void(static_cast<V*>(v)->emplace()) : static_cast<V*>(v)->reset(); }};
    return t;
  }
};

// ---- records -------------------------------------------------------------------------------------------------------

struct FieldDoc {
  std::string_view name, summary;
  std::uint32_t marks = plain;
};

template <class T, class D>
void* member_at(void* record) { return &(static_cast<T*>(record)->*D::pointer); }
template <class T, template <class...> class L, class... D>
std::vector<Field> fields_of(L<D...>) {
  return {Field{D::name, &type_of<std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>>, &member_at<T, D>}...};
}
// Joins members and their sentences. A sentence for a member that is not there throws std::logic_error.
std::span<const Field> documented(std::string_view record, std::vector<Field>, std::initializer_list<FieldDoc>);

template <class T>
Type record_type_of(std::string_view name, std::string_view summary, std::initializer_list<FieldDoc> docs) {
  return {.kind = Kind::record,
          .name = name,
          .summary = summary,
          .fields = documented(name, fields_of<T>(boost::describe::describe_members<T, boost::describe::mod_any_access>{}), docs),
          .make = []() -> void* { return new T{}; },
          .destroy = [](void* v) { delete static_cast<T*>(v); },
          .copy = [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); }};
}

// ---- enumerations --------------------------------------------------------------------------------------------------

// Stored data of a newer program may hold an enumerator that this one does not know: it is kept as text, under a number
// past the known ones, and printed again as it was.
std::uint8_t keep_unknown_enumerator(std::string_view type, std::size_t known, std::string_view text);
std::string_view unknown_enumerator(std::string_view type, std::uint8_t number);

template <class E>
struct Enumeration {
  static std::span<const std::string_view> names() {
    static const std::vector<std::string_view> all = []<template <class...> class L, class... D>(L<D...>) {
      return std::vector<std::string_view>{D::name...};
    }(boost::describe::describe_enumerators<E>{});
    return all;
  }
  static inline std::string_view type_name = {};
  static std::string_view text(E e) {
    const auto n = static_cast<std::size_t>(e);
    return n < names().size() ? names()[n] : unknown_enumerator(type_name, static_cast<std::uint8_t>(e));
  }
  static bool parse(void* v, std::string_view s) {
    for (std::size_t i = 0; i < names().size(); ++i)
      if (names()[i] == s) return *static_cast<E*>(v) = static_cast<E>(i), true;
    return false;
  }
  static Type type(std::string_view name, std::string_view summary) {
    static_assert(sizeof(E) == 1, "an enumeration of a record is an enum class : std::uint8_t");
    type_name = name;
    return {.kind = Kind::scalar,
            .name = name,
            .summary = summary,
            .scalar = {.print = [](const void* v, std::string& out) { out += text(*static_cast<const E*>(v)); },
                       .parse = &parse,
                       .parse_stored =
                           [](void* v, std::string_view s) {
                             if (!parse(v, s)) *static_cast<E*>(v) = static_cast<E>(keep_unknown_enumerator(type_name, names().size(), s));
                             return true;
                           }},
            .values = names()};
  }
};
// "open": the name of an enumerator, as on the wire.
template <class E>
std::string_view name_of(E e) {
  (void)type_of<E>();
  return Enumeration<E>::text(e);
}

}  // namespace reflect

// In the header, next to the struct; once, in the module's types.cpp, comes RECORD_TYPE with a sentence for each field:
//   RECORD_TYPE(Station, "A place in the kitchen.", {"name", "Shown on its screen."}, {"version", "…", computed})
#define RECORD(T, ...)                       \
  BOOST_DESCRIBE_STRUCT(T, (), (__VA_ARGS__)) \
  const ::reflect::Type& record_type(const T*);
#define RECORD_TYPE(T, SUMMARY, ...)                                                                     \
  const ::reflect::Type& record_type(const T*) {                                                         \
    using enum ::reflect::Mark;                                                                          \
    static const ::reflect::Type t = ::reflect::record_type_of<T>(#T, SUMMARY, {__VA_ARGS__});           \
    return t;                                                                                            \
  }
// The same for `enum class E : std::uint8_t { … }`: ENUM(E, a, b) in the header, ENUM_TYPE(E, "…") in types.cpp.
#define ENUM(E, ...)                     \
  BOOST_DESCRIBE_ENUM(E, __VA_ARGS__)    \
  const ::reflect::Type& record_type(const E*);
#define ENUM_TYPE(E, SUMMARY)                                                                  \
  const ::reflect::Type& record_type(const E*) {                                               \
    static const ::reflect::Type t = ::reflect::Enumeration<E>::type(#E, SUMMARY);             \
    return t;                                                                                  \
  }
template <class T>
struct reflect::Of {
  static const Type& type() { return record_type(static_cast<const T*>(nullptr)); }
};
