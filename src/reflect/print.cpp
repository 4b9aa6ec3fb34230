#include <charconv>
#include <cstring>
#include <unordered_map>

#include "base/crypto.h"
#include "reflect/json.h"

// Printing appends to the caller's string and builds nothing in between: it is on the way of every answer and event.
namespace reflect {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

// Non-zero where one of eight bytes needs an escape: '"', '\\' or below 0x20. May also mark a byte after such a one.
constexpr std::uint64_t escapes(std::uint64_t word) {
  const auto zero_in = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
  return zero_in(word ^ (ones * '"')) | zero_in(word ^ (ones * '\\')) | ((word - ones * 0x20) & ~word & highs);
}
constexpr bool escaped(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

bool clean(std::string_view text) {
  const char* at = text.data();
  auto left = text.size();
  std::uint64_t word = 0;
  for (; left >= 8; at += 8, left -= 8) {
    std::memcpy(&word, at, 8);
    if (escapes(word) != 0) return false;
  }
  for (; left != 0; ++at, --left)
    if (escaped(*at)) return false;
  return true;
}

void escape(std::string_view text, std::string& out) {
  static constexpr char digits[] = "0123456789abcdef";
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!escaped(c)) continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[c & 15];
    }
  }
  out.append(text, from);
}

void print_integer(std::int64_t n, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

void print_scalar(const Scalar& scalar, const void* v, std::string& out) {
  out += '"';
  const auto start = out.size();
  scalar.print(v, out);
  // Ids, times and rates never need it; an enumerator of a newer program may be any text.
  if (const std::string_view text(out.data() + start, out.size() - start); !clean(text)) {
    const std::string raw(text);
    out.resize(start);
    escape(raw, out);
  }
  out += '"';
}

void print_money(const base::Money& money, std::string& out) {
  out += R"({"amount":)";
  print_integer(money.minor(), out);
  out += R"(,"currency":")";
  out += money.currency().text();  // at most 8 characters: no allocation
  out += "\"}";
}

void print_quantity(const base::Quantity& quantity, std::string& out) {
  if (quantity.whole()) return print_integer(quantity.thousandths() / base::Quantity::one, out);
  out += '"';
  out += quantity.text();
  out += '"';
}

// What stands in an open part for a personal member: the member stays, its content goes.
void print_empty(const Type& type, std::string& out) {
  switch (type.kind) {
    case Kind::text:
    case Kind::bytes:
      out += "\"\"";
      break;
    case Kind::list:
      out += "[]";
      break;
    case Kind::map:
      out += "{}";
      break;
    default:
      out += "null";
  }
}

bool holds_nothing(const Type& type, const void* v) {
  switch (type.kind) {
    case Kind::text:
    case Kind::bytes:
    case Kind::json:
      return static_cast<const std::string*>(v)->empty();
    case Kind::list:
    case Kind::map:
    case Kind::optional:
      return type.size(v) == 0;
    default:
      return false;
  }
}

void print_record(const Type& type, void* v, std::string& out, Part part) {
  out += '{';
  bool first = true;
  for (const auto& field : type.fields) {
    if (field.is(secret | hidden)) continue;
    if (part == Part::stored && field.starts_empty && holds_nothing(field.type(), field.at(v))) continue;
    if (!first) out += ',';
    first = false;
    out += field.key;
    if (part == Part::open && field.is(personal)) {
      print_empty(field.type(), out);
    } else {
      print(field.type(), field.at(v), out, part);
    }
  }
  out += '}';
}

void print_list(const Type& type, void* v, std::string& out, Part part) {
  out += '[';
  const auto& item = type.item();
  for (std::size_t i = 0, n = type.size(v); i < n; ++i) {
    if (i != 0) out += ',';
    print(item, type.at(v, i), out, part);
  }
  out += ']';
}

void print_map(const Type& type, const void* v, std::string& out, Part part) {
  struct Context {
    const Type& item;
    std::string& out;
    Part part;
    bool first;
  } context{type.item(), out, part, true};
  out += '{';
  type.each(v, &context, [](void* c, std::string_view key, const void* value) {
    auto& to = *static_cast<Context*>(c);
    if (!to.first) to.out += ',';
    to.first = false;
    print_text(key, to.out);
    to.out += ':';
    print(to.item, value, to.out, to.part);
  });
  out += '}';
}

// Appends the object of personal members, or nothing when there are none.
void print_personal(const Type& type, void* v, std::string& out) {
  if (type.kind == Kind::optional) {
    if (type.size(v) != 0) print_personal(type.item(), type.at(v, 0), out);
    return;
  }
  if (!has_personal(type)) return;
  const auto start = out.size();
  for (const auto& field : type.fields) {
    if (field.is(secret | hidden)) continue;
    const auto before = out.size();
    out += before == start ? '{' : ',';
    out += field.key;
    const auto empty = out.size();
    if (!field.is(personal)) {
      print_personal(field.type(), field.at(v), out);
    } else if (!holds_nothing(field.type(), field.at(v))) {
      print(field.type(), field.at(v), out);
    }
    if (out.size() == empty) out.resize(before);
  }
  if (out.size() != start) out += '}';
}

bool declares_personal(const Type& type) {
  if (type.kind == Kind::optional) return has_personal(type.item());
  for (const auto& field : type.fields)
    if (field.is(personal) || has_personal(field.type())) return true;
  return false;
}

}  // namespace

void print_text(std::string_view text, std::string& out) {
  out += '"';
  clean(text) ? void(out += text) : escape(text, out);
  out += '"';
}

bool has_personal(const Type& type) {
  if (type.kind != Kind::record && type.kind != Kind::optional) return false;  // never inside a list: see check_personal
  thread_local std::unordered_map<const Type*, bool> answers;
  if (const auto known = answers.find(&type); known != answers.end()) return known->second;
  const bool answer = declares_personal(type);
  answers.emplace(&type, answer);
  return answer;
}

void print(const Type& type, const void* value, std::string& out, Part part) {
  auto* v = const_cast<void*>(value);  // the table's accessors serve reading and writing; printing only reads
  if (part == Part::personal) return print_personal(type, v, out);
  switch (type.kind) {
    case Kind::boolean:
      out += *static_cast<const bool*>(v) ? "true" : "false";
      return;
    case Kind::integer:
      return print_integer(*static_cast<const std::int64_t*>(v), out);
    case Kind::text:
      return print_text(*static_cast<const std::string*>(v), out);
    case Kind::scalar:
      return print_scalar(type.scalar, v, out);
    case Kind::quantity:
      return print_quantity(*static_cast<const base::Quantity*>(v), out);
    case Kind::bytes:
      out += '"';
      out += base::hex(*static_cast<const std::string*>(v));
      out += '"';
      return;
    case Kind::json: {
      const auto& text = *static_cast<const std::string*>(v);
      out += text.empty() ? std::string_view("null") : std::string_view(text);
      return;
    }
    case Kind::money:
      return print_money(*static_cast<const base::Money*>(v), out);
    case Kind::list:
      return print_list(type, v, out, part);
    case Kind::map:
      return print_map(type, v, out, part);
    case Kind::optional:
      if (type.size(v) == 0) {
        out += "null";
        return;
      }
      return print(type.item(), type.at(v, 0), out, part);
    case Kind::record:
      return print_record(type, v, out, part);
  }
}

}  // namespace reflect
