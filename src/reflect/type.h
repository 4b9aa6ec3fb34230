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
#include <boost/describe/members.hpp>

#include "base/id.h"
#include "base/money.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time.h"
#include "reflect/enumeration.h"
#include "reflect/table.h"

// How a C++ type gets its table: the scalars, lists, maps and optionals here, records and enumerations by the macros below.
namespace reflect {

#define DAYBOOK_SCALAR(T)      \
  template <>                  \
  struct Of<T> {               \
    static const Type& type(); \
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
  static void print(const void* v, std::string& out) { base::print_id(T::prefix, static_cast<const T*>(v)->bits(), out); }
  static bool parse(void* v, std::string_view s) {
    const auto id = T::parse(s);
    if (id) *static_cast<T*>(v) = *id;
    return id.has_value();
  }
  static const Type& type() {
    static const Type t{.kind = Kind::scalar, .name = T::prefix, .scalar = {.print = &print, .parse = &parse}};
    return t;
  }
};

template <class L, std::int64_t Min, std::int64_t Max>
const Type& list_type() {
  static_assert(!std::is_same_v<typename L::value_type, bool>, "std::vector<bool> has no addressable members");
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
    static const Type t{
        .kind = Kind::map,
        .item = &type_of<T>,
        .size = [](const void* v) { return static_cast<const V*>(v)->size(); },
        .resize = [](void* v, std::size_t) { static_cast<V*>(v)->clear(); },
        .entry = [](void* v, std::string_view key) -> void* { return &(*static_cast<V*>(v))[std::string(key)]; },
        .erase = [](void* v, std::string_view key) { static_cast<V*>(v)->erase(std::string(key)); },
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
    static const Type t{
        .kind = Kind::optional,
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
void* member_at(void* record) {
  return &(static_cast<T*>(record)->*D::pointer);
}
template <class M>
bool holds_nothing(const M& member) {
  if constexpr (requires { member.has_value(); }) return !member.has_value();
  if constexpr (requires { std::size(member); }) return std::size(member) == 0;
  return false;
}
template <class T, template <class...> class L, class... D>
std::vector<Field> fields_of(L<D...>) {
  const T fresh{};
  return {Field{.name = D::name,
                .type = &type_of<std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>>,
                .at = &member_at<T, D>,
                .starts_empty = holds_nothing(fresh.*D::pointer)}...};
}
// Joins members and their sentences. A sentence for a member that is not there throws std::logic_error.
std::span<const Field> documented(std::string_view record, std::vector<Field>, std::initializer_list<FieldDoc>);
// Throws std::logic_error, naming record and field, where a field is `personal` inside a list or a map: what lies there cannot
// be kept apart. For every type of an event or a row, once at the start.
void check_personal(const Type&);

template <class T>
Type record_type_of(std::string_view name, std::string_view summary, std::initializer_list<FieldDoc> docs) {
  return {
      .kind = Kind::record,
      .name = name,
      .summary = summary,
      .fields = documented(name, fields_of<T>(boost::describe::describe_members<T, boost::describe::mod_any_access>{}), docs),
      .make = []() -> void* { return new T{}; },
      .destroy = [](void* v) { delete static_cast<T*>(v); },
      .copy = [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); }};
}

}  // namespace reflect

// In the header, next to the struct; once, in the module's types.cpp, comes RECORD_TYPE with a sentence for each field:
//   RECORD_TYPE(Station, "A place in the kitchen.", {"name", "Shown on its screen."}, {"version", "…", computed})
#define RECORD(T, ...)                        \
  BOOST_DESCRIBE_STRUCT(T, (), (__VA_ARGS__)) \
  const ::reflect::Type& record_type(const T*);
#define RECORD_TYPE(T, SUMMARY, ...)                                                           \
  const ::reflect::Type& record_type(const T*) {                                               \
    using enum ::reflect::Mark;                                                                \
    static const ::reflect::Type t = ::reflect::record_type_of<T>(#T, SUMMARY, {__VA_ARGS__}); \
    return t;                                                                                  \
  }
template <class T>
struct reflect::Of {
  static const Type& type() { return record_type(static_cast<const T*>(nullptr)); }
};
