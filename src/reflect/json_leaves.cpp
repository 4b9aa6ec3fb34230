#include <charconv>

#include "base/crypto.h"
#include "reflect/json_reader.h"

// What a single value must be: types, limits, and the sentences that say so.
namespace reflect {
namespace {

constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();

std::string between(std::int64_t min, std::int64_t max, std::string_view unit) {
  const auto n = [](std::int64_t v) { return std::to_string(v); };
  std::string out = max == unlimited ? "at least " + n(min)
                    : min == 0       ? "at most " + n(max)
                    : min == max     ? n(max)
                                     : n(min) + " to " + n(max);
  return (out += ' ') += unit;
}

std::string expected(const Type& t) {
  if (!t.values.empty()) {
    std::string out = "Must be one of";
    for (std::size_t i = 0; i < t.values.size(); ++i) (out += i == 0 ? " " : ", ") += t.values[i];
    return out + '.';
  }
  if (!t.scalar.expected.empty()) return "Must be " + std::string(t.scalar.expected) + '.';
  if (!t.name.empty()) return "Must be an id: " + std::string(t.name) + "_ and 26 lower-case characters of base 32.";
  return "Is not in the expected form.";
}

void escape_step(std::string_view name, std::string& out) {
  for (char c : name) c == '~' ? out += "~0" : c == '/' ? out += "~1" : out += c;
}

}  // namespace

void Reader::wrong(std::string_view code, std::string detail) {
  if (errors_.size() == most_errors) return;
  std::string pointer;
  for (std::size_t i = 0; i < depth_; ++i) {
    pointer += '/';
    path_[i].in_list ? void(pointer += std::to_string(path_[i].index)) : escape_step(path_[i].name, pointer);
  }
  errors_.push_back({std::move(pointer), code, std::move(detail)});
}

void Reader::wrong_at(std::string_view name, std::string_view code, std::string detail) {
  step_into(name);
  wrong(code, std::move(detail));
  step_out();
}

base::Result<> Reader::outcome(std::string_view prefix) && {
  if (errors_.empty()) return {};
  for (auto& error : errors_) error.pointer.insert(0, prefix);
  const auto& first = errors_.front();
  auto problem = invalid.problem((first.pointer.empty() ? "The input" : first.pointer) + ": " + first.detail);
  problem.errors = std::move(errors_);
  return std::unexpected(std::move(problem));
}

void Reader::set_integer(const Type& t, std::int64_t& out, std::int64_t n) {
  out = n;
  if (!strict() || (n >= t.min && n <= t.max)) return;
  wrong("range", t.min == std::numeric_limits<std::int64_t>::min() ? "Must be at most " + std::to_string(t.max) + '.'
                 : t.max == unlimited                              ? "Must be at least " + std::to_string(t.min) + '.'
                                      : "Must be " + std::to_string(t.min) + " to " + std::to_string(t.max) + '.');
}

// A number that Tape could not keep as int64 is a fraction, an exponent, or out of range: which one, its text says.
void Reader::number(const Type& t, const Node& node, std::int64_t& out) {
  if (node.kind == Node::Kind::integer) return set_integer(t, out, node.integer);
  if (node.kind == Node::Kind::number && node.text.find_first_of(".eE") == node.text.npos)
    return wrong("range", "Is out of the range of 64 bits.");
  wrong("type", "Must be an integer.");
}

void Reader::set_text(const Type& t, std::string& out, std::string_view text) {
  if (text.find('\0') != text.npos) return wrong("format", "Must not contain U+0000.");
  if (strict() && (t.min > 0 || t.max != unlimited)) {
    // Bytes bound code points from both sides: most texts need no counting.
    const auto least = static_cast<std::int64_t>(text.size() + 3) / 4, most = static_cast<std::int64_t>(text.size());
    if (least < t.min || most > t.max) {
      const auto n = static_cast<std::int64_t>(base::code_points(text));
      if (n < t.min || n > t.max) return wrong("length", "Must have " + between(t.min, t.max, "characters") + '.');
    }
  }
  out = text;
}

void Reader::set_scalar(const Type& t, void* out, std::string_view text) {
  const auto parse = !strict() && t.scalar.parse_stored ? t.scalar.parse_stored : t.scalar.parse;
  if (!parse(out, text)) wrong("format", expected(t));
}

void Reader::set_bytes(const Type& t, std::string& out, std::string_view text) {
  auto bytes = base::unhex(text);
  if (!bytes || text.find_first_of("ABCDEF") != text.npos) return wrong("format", "Must be bytes in lower-case hexadecimal.");
  const auto n = static_cast<std::int64_t>(bytes->size());
  if (strict() && (n < t.min || n > t.max)) return wrong("length", "Must have " + between(t.min, t.max, "bytes") + '.');
  out = std::move(*bytes);
}

void Reader::set_quantity(const Type& t, base::Quantity& out, base::Quantity quantity) {
  const auto n = quantity.thousandths();
  if (strict() && (n < t.min || n > t.max))
    return wrong("range", "Must be " + base::Quantity(t.min).text() + " to " + base::Quantity(t.max).text() + '.');
  out = quantity;
}

void Reader::quantity_text(const Type& t, base::Quantity& out, std::string_view text) {
  if (const auto parsed = base::Quantity::parse(text)) return set_quantity(t, out, *parsed);
  wrong("format", "Must be an integer, or a decimal string with at most 3 places such as \"0.75\".");
}

void Reader::quantity(const Type& t, base::Quantity& out, const Node& node) {
  if (node.kind == Node::Kind::text) return quantity_text(t, out, node.text);
  if (node.kind != Node::Kind::integer && node.kind != Node::Kind::number)
    return wrong("type", "Must be an integer or a decimal string.");
  if (node.text.find_first_of(".eE") != node.text.npos)
    return wrong("type", "Must be an integer, or a decimal string (\"0.75\") where it is not whole.");
  if (node.kind == Node::Kind::integer && node.integer <= base::Quantity::max && node.integer >= -base::Quantity::max)
    return set_quantity(t, out, base::Quantity::of(node.integer));
  wrong("range", "Must be " + base::Quantity(t.min).text() + " to " + base::Quantity(t.max).text() + '.');
}

void Reader::check_count(const Type& t, std::size_t n) {
  const auto members = static_cast<std::int64_t>(n);
  if (strict() && (members < t.min || members > t.max)) wrong("length", "Must have " + between(t.min, t.max, "members") + '.');
}

void Reader::plain_text(const Type& t, void* out, std::string_view text) {
  std::int64_t n = 0;
  switch (t.kind) {
    case Kind::boolean:
      if (text != "true" && text != "false") return wrong("type", "Must be true or false.");
      *static_cast<bool*>(out) = text == "true";
      return;
    case Kind::integer: {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
      if (error == std::errc::result_out_of_range) return wrong("range", "Is out of the range of 64 bits.");
      if (error != std::errc{} || end != text.data() + text.size()) return wrong("type", "Must be an integer.");
      return set_integer(t, *static_cast<std::int64_t*>(out), n);
    }
    case Kind::text:
      return set_text(t, *static_cast<std::string*>(out), text);
    case Kind::scalar:
      return set_scalar(t, out, text);
    case Kind::quantity:
      return quantity_text(t, *static_cast<base::Quantity*>(out), text);
    case Kind::bytes:
      return set_bytes(t, *static_cast<std::string*>(out), text);
    case Kind::optional:
      t.resize(out, 1);
      return plain_text(t.item(), t.at(out, 0), text);
    case Kind::list:
      return plain_list(t, out, text);
    case Kind::json:
    case Kind::money:
    case Kind::map:
    case Kind::record:
      break;
  }
  wrong("type", "Cannot be given here.");
}

void Reader::plain_list(const Type& t, void* out, std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from < text.size() + 1 && !text.empty();) {
    const auto comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  check_count(t, parts.size());
  t.resize(out, parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    step_into(i);
    plain_text(t.item(), t.at(out, i), parts[i]);
    step_out();
  }
}

}  // namespace reflect
