#pragma once
#include <set>
#include <string>

#include "reflect/type.h"

// JSON Schema 2020-12, as OpenAPI 3.1 uses it.
namespace reflect {

enum class Direction : std::uint8_t { input, patch, output };

// The schema of a type. Records, enumerations and Money are named and come as {"$ref":"#/components/schemas/NAME"}; their types
// are added to `used` (a record read as input or patch is NAMEInput / NAMEPatch where it differs from the output: in its
// members, or in those that may be left out). Two records of one name would be one schema: names are unique in a program.
struct NamedSchema {
  const Type* type;
  Direction direction;
  auto operator<=>(const NamedSchema&) const = default;
};
std::string schema(const Type&, Direction, std::set<NamedSchema>& used);
std::string schema_name(const NamedSchema&);
// The definition itself: {"title","description","type":"object","properties",…}.
std::string schema_definition(const NamedSchema&, std::set<NamedSchema>& used);
// A small valid example value, for the documentation's try-it requests: input what must be given, output all of it.
std::string example(const Type&, Direction);

}  // namespace reflect
