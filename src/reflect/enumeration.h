#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>

#include "reflect/table.h"

// The table of an enumeration. Its macros stand at the end; RECORD and RECORD_TYPE are their like in type.h.
namespace reflect {

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
  // Two modules may both have a `State`: those with as many enumerators may share what is unknown, others not.
  static const std::string& key() {
    static const std::string text = std::string(type_of<E>().name) + ' ' + std::to_string(names().size());
    return text;
  }
  static std::string_view text(E e) {
    const auto n = static_cast<std::size_t>(e);
    return n < names().size() ? names()[n] : unknown_enumerator(key(), static_cast<std::uint8_t>(e));
  }
  static bool parse(void* v, std::string_view s) {
    for (std::size_t i = 0; i < names().size(); ++i)
      if (names()[i] == s) return *static_cast<E*>(v) = static_cast<E>(i), true;
    return false;
  }
  static Type type(std::string_view name, std::string_view summary) {
    static_assert(sizeof(E) == 1, "an enumeration of a record is an enum class : std::uint8_t");
    return {.kind = Kind::scalar,
            .name = name,
            .summary = summary,
            .scalar = {.print = [](const void* v, std::string& out) { out += text(*static_cast<const E*>(v)); },
                       .parse = &parse,
                       .parse_stored =
                           [](void* v, std::string_view s) {
                             if (!parse(v, s))
                               *static_cast<E*>(v) = static_cast<E>(keep_unknown_enumerator(key(), names().size(), s));
                             return true;
                           }},
            .values = names()};
  }
};
// "open": the name of an enumerator, as on the wire.
template <class E>
std::string_view name_of(E e) {
  return Enumeration<E>::text(e);
}

}  // namespace reflect

// Like RECORD and RECORD_TYPE, for `enum class E : std::uint8_t { … }`: ENUM(E, a, b) in the header, ENUM_TYPE(E, "…") in
// types.cpp.
#define ENUM(E, ...)                  \
  BOOST_DESCRIBE_ENUM(E, __VA_ARGS__) \
  const ::reflect::Type& record_type(const E*);
#define ENUM_TYPE(E, SUMMARY)                                                      \
  const ::reflect::Type& record_type(const E*) {                                   \
    static const ::reflect::Type t = ::reflect::Enumeration<E>::type(#E, SUMMARY); \
    return t;                                                                      \
  }
