#include "reflect/schema.h"

#include "reflect/json.h"

namespace reflect {
namespace {

constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();

// One object of JSON, member by member.
class Object {
 public:
  Object& raw(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    print_text(name, text_);
    text_ += ':';
    text_ += json;
    return *this;
  }
  Object& text(std::string_view name, std::string_view value) {
    std::string json;
    print_text(value, json);
    return raw(name, json);
  }
  Object& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  std::string done() { return std::move(text_ += '}'); }

 private:
  std::string text_ = "{";
};

std::string list_of(std::span<const std::string_view> texts) {
  std::string out = "[";
  for (auto text : texts) {
    if (out.size() > 1) out += ',';
    print_text(text, out);
  }
  return out += ']';
}

bool present(const Field& field, Direction direction) {
  switch (direction) {
    case Direction::output:
      return !field.is(hidden | secret);
    case Direction::input:
      return !field.is(hidden | computed);
    case Direction::patch:
      return !field.is(hidden | computed | fixed);
  }
  return false;
}
bool required(const Field& field, Direction direction) {
  return direction == Direction::output || (direction == Direction::input && !field.may_be_left_out());
}

// The record, enumeration or money inside lists, maps and optionals.
const Type& innermost(const Type& type) {
  const auto* t = &type;
  while (t->item) t = &t->item();
  return *t;
}

bool differs(const Type& type, Direction direction, std::set<const Type*>& seen) {
  if (type.kind != Kind::record || !seen.insert(&type).second) return false;
  for (const auto& field : type.fields) {
    const bool here = present(field, direction);
    if (here != present(field, Direction::output)) return true;
    if (!here) continue;
    if (required(field, direction) != required(field, Direction::output)) return true;
    if (differs(innermost(field.type()), direction, seen)) return true;
  }
  return false;
}

// Input or patch that looks like the output is the output.
NamedSchema settled(const Type& type, Direction direction) {
  std::set<const Type*> seen;
  return {&type, direction != Direction::output && differs(type, direction, seen) ? direction : Direction::output};
}

std::string reference(const Type& type, Direction direction, std::set<NamedSchema>& used) {
  const auto named = settled(type, direction);
  used.insert(named);
  return Object().text("$ref", "#/components/schemas/" + schema_name(named)).done();
}

std::string scalar_schema(const Type& type) {
  Object out;
  out.text("type", "string");
  if (!type.name.empty()) return out.text("pattern", "^" + std::string(type.name) + "_[0-7][0-9a-hjkmnp-tv-z]{25}$").done();
  if (!type.scalar.format.empty()) out.text("format", type.scalar.format);
  if (!type.scalar.pattern.empty()) out.text("pattern", type.scalar.pattern);
  if (!type.scalar.example.empty()) out.raw("examples", list_of({&type.scalar.example, 1}));
  return out.done();
}

std::string quantity_schema(Direction direction) {
  // A difference may be negative in answers, never in input.
  const std::string sign = direction == Direction::output ? "-?" : "";
  Object out;
  out.raw("type", R"(["integer","string"])").text("pattern", "^" + sign + "(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?$");
  if (sign.empty()) out.number("minimum", 0);
  return out.number("maximum", base::Quantity::max / base::Quantity::one).raw("examples", R"([2,"0.75"])").done();
}

void limits(Object& out, const Type& type, std::string_view least, std::string_view most) {
  if (type.min > 0) out.number(least, type.min);
  if (type.max != unlimited) out.number(most, type.max);
}

std::string money_definition(const Type& type) {
  const auto amount = Object()
                          .text("type", "integer")
                          .text("format", "int64")
                          .number("minimum", -base::Money::limit)
                          .number("maximum", base::Money::limit)
                          .text("description", "In minor units: 1029 is 10.29 of a currency with two decimals.")
                          .done();
  std::set<NamedSchema> none;
  const auto currency = schema(type_of<base::Currency>(), Direction::output, none);
  return Object()
      .text("title", type.name)
      .text("description", type.summary)
      .text("type", "object")
      .raw("properties", Object().raw("amount", amount).raw("currency", currency).done())
      .raw("required", R"(["amount","currency"])")
      .raw("additionalProperties", "false")
      .done();
}

// What the C++ member initializer says, where that tells a reader something: an empty id does not.
std::string default_of(const Type& record, const Field& field) {
  const auto& type = field.type();
  const bool telling = type.kind == Kind::boolean || type.kind == Kind::integer || type.kind == Kind::text ||
                       type.kind == Kind::quantity ||
                       (type.kind == Kind::scalar && (type.name.empty() || !type.values.empty()));
  if (!telling || !record.make) return {};
  const Value value(record);
  return to_json_erased(type, field.at(const_cast<void*>(value.data())));
}

std::string property(const Type& record, const Field& field, Direction direction, std::set<NamedSchema>& used) {
  auto text = schema(field.type(), direction, used);
  Object more;
  if (!field.summary.empty()) more.text("description", field.summary);
  if (field.is(computed) && direction == Direction::output) more.raw("readOnly", "true");
  if (field.is(secret)) more.raw("writeOnly", "true");
  if (field.is(defaulted) && direction == Direction::input)
    if (const auto value = default_of(record, field); !value.empty()) more.raw("default", value);
  const auto rest = more.done();
  if (rest == "{}") return text;
  if (text == "{}") return rest;  // any JSON
  text.back() = ',';
  return text + rest.substr(1);
}

std::string record_definition(const NamedSchema& named, std::set<NamedSchema>& used) {
  const auto& type = *named.type;
  Object properties;
  std::vector<std::string_view> must;
  for (const auto& field : type.fields) {
    if (!present(field, named.direction)) continue;
    properties.raw(field.name, property(type, field, named.direction, used));
    if (required(field, named.direction)) must.push_back(field.name);
  }
  Object out;
  out.text("title", schema_name(named));
  if (!type.summary.empty()) out.text("description", type.summary);
  out.text("type", "object").raw("properties", properties.done());
  if (!must.empty()) out.raw("required", list_of(must));
  // Clients must bear members that a newer program adds to its answers; the program bears none in its input.
  if (named.direction != Direction::output) out.raw("additionalProperties", "false");
  return out.done();
}

}  // namespace

std::string schema_name(const NamedSchema& named) {
  constexpr std::string_view suffix[] = {"Input", "Patch", ""};
  return std::string(named.type->name) +
         std::string(suffix[static_cast<std::size_t>(settled(*named.type, named.direction).direction)]);
}

std::string schema_definition(const NamedSchema& named, std::set<NamedSchema>& used) {
  const auto& type = *named.type;
  if (type.kind == Kind::money) return money_definition(type);
  if (type.kind == Kind::record) return record_definition(settled(type, named.direction), used);
  Object out;
  out.text("title", type.name);
  if (!type.summary.empty()) out.text("description", type.summary);
  return out.text("type", "string").raw("enum", list_of(type.values)).done();
}

std::string schema(const Type& type, Direction direction, std::set<NamedSchema>& used) {
  Object out;
  switch (type.kind) {
    case Kind::boolean:
      return out.text("type", "boolean").done();
    case Kind::integer:
      out.text("type", "integer").text("format", "int64");
      if (type.min != std::numeric_limits<std::int64_t>::min()) out.number("minimum", type.min);
      if (type.max != unlimited) out.number("maximum", type.max);
      return out.done();
    case Kind::text:
      limits(out.text("type", "string"), type, "minLength", "maxLength");
      return out.done();
    case Kind::scalar:
      return type.values.empty() ? scalar_schema(type) : reference(type, direction, used);
    case Kind::quantity:
      return quantity_schema(direction);
    case Kind::bytes:
      return out.text("type", "string").text("pattern", "^([0-9a-f]{2})*$").done();
    case Kind::json:
      return out.done();  // any value
    case Kind::money:
    case Kind::record:
      for (const auto& field : type.fields)  // "mod_1" for {"id":"mod_1"}
        if (field.is(brief) && direction != Direction::output)
          return R"({"anyOf":[)" + reference(type, direction, used) + ',' + schema(field.type(), direction, used) + "]}";
      return reference(type, direction, used);
    case Kind::list:
      out.text("type", "array").raw("items", schema(type.item(), direction, used));
      limits(out, type, "minItems", "maxItems");
      return out.done();
    case Kind::map:
      out.text("type", "object").raw("additionalProperties", schema(type.item(), direction, used));
      limits(out, type, "minProperties", "maxProperties");
      return out.done();
    case Kind::optional: {
      const auto item = schema(type.item(), direction, used);
      return direction == Direction::input ? item : out.raw("anyOf", '[' + item + R"(,{"type":"null"}])").done();
    }
  }
  return out.done();
}

}  // namespace reflect
