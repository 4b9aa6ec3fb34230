#include <algorithm>

#include "reflect/json.h"
#include "reflect/schema.h"

// Small valid values, made from the limits that a type declares.
namespace reflect {
namespace {

constexpr int deepest = 6;  // records may hold lists of themselves

std::string print_example(const Type&, Direction, int depth);

std::string text_example(const Type& type) {
  std::string text = "Text";
  if (static_cast<std::int64_t>(text.size()) > type.max) text.resize(static_cast<std::size_t>(type.max));
  while (static_cast<std::int64_t>(text.size()) < type.min) text += 'x';
  return text;
}

std::string scalar_example(const Type& type) {
  if (!type.values.empty()) return std::string(type.values.front());
  if (!type.name.empty()) return std::string(type.name) + "_01jx" + std::string(22, '0');
  return std::string(type.scalar.example);
}

std::string record_example(const Type& type, Direction direction, int depth) {
  std::string out = "{";
  for (const auto& field : type.fields) {
    const bool taken = direction == Direction::output ? !field.is(hidden | secret)
                       : direction == Direction::input
                           ? !field.is(hidden | computed) && !field.may_be_left_out()
                           : !field.is(hidden | computed | fixed) && out.size() == 1;  // one change is enough
    if (!taken) continue;
    if (out.size() > 1) out += ',';
    out += field.key;
    out += print_example(field.type(), direction, depth + 1);
  }
  return out += '}';
}

// Members of a list or map: as many as it must have; one in an answer, to show what they look like.
std::int64_t members(const Type& type, Direction direction, int depth) {
  return type.min > 0 ? type.min : std::min<std::int64_t>(type.max, direction == Direction::output && depth < deepest);
}

std::string print_example(const Type& type, Direction direction, int depth) {
  std::string out;
  switch (type.kind) {
    case Kind::boolean:
      return "true";
    case Kind::integer:
      return std::to_string(std::clamp<std::int64_t>(1, type.min, type.max));
    case Kind::text:
      print_text(text_example(type), out);
      return out;
    case Kind::scalar:
      print_text(scalar_example(type), out);
      return out;
    case Kind::quantity:
      return "2";
    case Kind::bytes:
      return "\"00ff\"";
    case Kind::json:
      return "{}";
    case Kind::money:
      return R"({"amount":1029,"currency":"EUR"})";
    case Kind::optional:
      return depth < deepest ? print_example(type.item(), direction, depth) : "null";
    case Kind::record:
      return record_example(type, direction == Direction::patch && depth > 0 ? Direction::input : direction, depth);
    case Kind::list:
    case Kind::map:
      break;
  }
  const bool list = type.kind == Kind::list;
  out += list ? '[' : '{';
  for (std::int64_t i = 0, n = members(type, direction, depth); i < n; ++i) {
    if (i != 0) out += ',';
    if (!list) out += "\"key" + (i == 0 ? std::string() : std::to_string(i)) + "\":";
    out += print_example(type.item(), direction, depth + 1);
  }
  return out += list ? ']' : '}';
}

}  // namespace

std::string example(const Type& type, Direction direction) { return print_example(type, direction, 0); }

}  // namespace reflect
