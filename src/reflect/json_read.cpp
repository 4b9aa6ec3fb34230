#include "reflect/json_reader.h"

// Records, lists and maps from a tape: whole (read) or onto what is there (merge).
namespace reflect {
namespace {

// Members usually come in the order of the declaration, so the search begins where the last one ended.
const Field* find(std::span<const Field> fields, std::string_view key, std::size_t& next) {
  for (std::size_t n = 0; n < fields.size(); ++n, ++next) {
    if (next >= fields.size()) next = 0;
    if (fields[next].name == key) return &fields[next++];
  }
  return nullptr;
}

const Field* brief_of(const Type& record) {
  for (const auto& field : record.fields)
    if (field.is(brief)) return &field;
  return nullptr;
}

}  // namespace

bool Reader::object(const Node& node) {
  if (node.kind == Node::Kind::object) return true;
  wrong("type", "Must be an object.");
  return false;
}

Reader::Verdict Reader::may_set(const Field* field, std::string_view key, std::uint32_t refused_marks) {
  if (field && !field->is(refused_marks)) return Verdict::take;
  if (!strict()) return Verdict::ignore;
  const bool is_fixed = field && !field->is(computed | hidden);
  is_fixed ? wrong_at(key, "fixed", "Cannot be changed once it is there.")
           : wrong_at(key, "unknown", "Is not a member that can be given here.");
  return Verdict::refused;
}

void Reader::record(const Type& t, void* out, std::uint32_t at) {
  if (!object(tape_[at])) return;
  std::bitset<most_fields> seen;
  std::size_t next = 0;
  const std::uint32_t refused = strict() ? computed | hidden : std::uint32_t{hidden};
  for (auto child = at + 1; child != tape_[at].next && errors_.size() < most_errors; child = tape_[child].next) {
    const auto key = tape_[child].key;
    const auto* field = find(t.fields, key, next);
    if (may_set(field, key, refused) != Verdict::take) continue;
    const auto index = static_cast<std::size_t>(field - t.fields.data());
    step_into(field->name);
    if (seen.test(index) && strict()) {
      wrong("duplicate", "Is given twice.");
    } else {
      seen.set(index);
      value(field->type(), field->at(out), child);
    }
    step_out();
  }
  if (strict() && seen.count() != t.fields.size()) report_missing(t, seen);
}

void Reader::report_missing(const Type& t, const std::bitset<most_fields>& seen) {
  for (std::size_t i = 0; i < t.fields.size(); ++i)
    if (!seen.test(i) && !t.fields[i].is(computed | hidden) && !t.fields[i].may_be_left_out())
      wrong_at(t.fields[i].name, "missing", "Must be given.");
}

void Reader::list(const Type& t, void* out, std::uint32_t at) {
  const auto& node = tape_[at];
  if (node.kind != Node::Kind::list) return wrong("type", "Must be a list.");
  check_count(t, node.count);
  if (strict() && static_cast<std::int64_t>(node.count) > t.max) return;  // too long: not worth the memory
  t.resize(out, 0);  // a list is replaced as a whole: nothing of an earlier element shines through
  t.resize(out, node.count);
  const auto& item = t.item();
  std::size_t i = 0;
  for (auto child = at + 1; child != node.next && errors_.size() < most_errors; child = tape_[child].next, ++i) {
    step_into(i);
    value(item, t.at(out, i), child);
    step_out();
  }
}

bool Reader::valid_key(std::string_view key) {
  if (key.find('\0') == key.npos) return true;
  wrong("format", "A name must not contain U+0000.");
  return false;
}

void Reader::map(const Type& t, void* out, std::uint32_t at) {
  if (!object(tape_[at])) return;
  check_count(t, tape_[at].count);
  t.resize(out, 0);
  const auto& item = t.item();
  for (auto child = at + 1; child != tape_[at].next && errors_.size() < most_errors; child = tape_[child].next) {
    const auto key = tape_[child].key;
    if (!valid_key(key)) continue;
    step_into(key);
    const auto before = t.size(out);
    auto* place = t.entry(out, key);
    t.size(out) == before&& strict() ? wrong("duplicate", "Is given twice.") : value(item, place, child);
    step_out();
  }
}

void Reader::money(base::Money& out, std::uint32_t at, bool onto_existing) {
  static const Type amount_type{.kind = Kind::integer, .min = -base::Money::limit, .max = base::Money::limit};
  if (!object(tape_[at])) return;
  std::int64_t amount = out.minor();
  auto currency = out.currency();
  bool has_amount = onto_existing, has_currency = onto_existing;
  for (auto child = at + 1; child != tape_[at].next; child = tape_[child].next) {
    const auto& node = tape_[child];
    step_into(node.key);
    if (node.key == "amount") {
      has_amount = true;
      number(amount_type, node, amount);
    } else if (node.key == "currency") {
      has_currency = true;
      if (node.kind == Node::Kind::text) {
        set_scalar(type_of<base::Currency>(), &currency, node.text);
      } else {
        wrong("type", "Must be a text.");
      }
    } else if (strict()) {
      wrong("unknown", "Is not a member that can be given here.");
    }
    step_out();
  }
  if (!has_amount) wrong_at("amount", "missing", "Must be given.");
  if (!has_currency) wrong_at("currency", "missing", "Must be given.");
  out = {amount, currency};
}

void Reader::json(std::string& out, std::uint32_t at) {
  for (auto i = at; i != tape_[at].next; ++i)
    if (tape_[i].text.find('\0') != std::string_view::npos || (i != at && tape_[i].key.find('\0') != std::string_view::npos))
      return wrong("format", "Must not contain U+0000.");
  out.clear();
  tape_.print(at, out);
}

void Reader::value(const Type& t, void* out, std::uint32_t at) {
  const auto& node = tape_[at];
  const bool is_text = node.kind == Node::Kind::text;
  // Stored data of an older program, or with its personal members taken out: the default stays.
  if (node.kind == Node::Kind::null && !strict() && t.kind != Kind::optional && t.kind != Kind::json) return;
  switch (t.kind) {
    case Kind::boolean:
      if (node.kind != Node::Kind::boolean) return wrong("type", "Must be true or false.");
      *static_cast<bool*>(out) = node.truth;
      return;
    case Kind::integer:
      return number(t, node, *static_cast<std::int64_t*>(out));
    case Kind::text:
      return is_text ? set_text(t, *static_cast<std::string*>(out), node.text) : wrong("type", "Must be a text.");
    case Kind::scalar:
      return is_text ? set_scalar(t, out, node.text) : wrong("type", "Must be a text.");
    case Kind::bytes:
      return is_text ? set_bytes(t, *static_cast<std::string*>(out), node.text) : wrong("type", "Must be a text.");
    case Kind::quantity:
      return quantity(t, *static_cast<base::Quantity*>(out), node);
    case Kind::json:
      return json(*static_cast<std::string*>(out), at);
    case Kind::money:
      return money(*static_cast<base::Money*>(out), at, false);
    case Kind::list:
      return list(t, out, at);
    case Kind::map:
      return map(t, out, at);
    case Kind::record:
      // "mod_1" for {"id":"mod_1"}, where the record allows it.
      if (const auto* brief_field = is_text ? brief_of(t) : nullptr)
        return value(brief_field->type(), brief_field->at(out), at);
      return record(t, out, at);
    case Kind::optional:
      t.resize(out, node.kind == Node::Kind::null ? 0 : 1);
      if (node.kind != Node::Kind::null) value(t.item(), t.at(out, 0), at);
      return;
  }
}

void Reader::merged_record(const Type& t, void* out, std::uint32_t at) {
  if (!object(tape_[at])) return;
  std::bitset<most_fields> seen;
  std::size_t next = 0;
  for (auto child = at + 1; child != tape_[at].next && errors_.size() < most_errors; child = tape_[child].next) {
    const auto key = tape_[child].key;
    const auto* field = find(t.fields, key, next);
    if (may_set(field, key, computed | hidden | fixed) != Verdict::take) continue;
    const auto index = static_cast<std::size_t>(field - t.fields.data());
    step_into(field->name);
    seen.test(index) ? wrong("duplicate", "Is given twice.") : merged(field->type(), field->at(out), child);
    seen.set(index);
    step_out();
  }
}

void Reader::merged_map(const Type& t, void* out, std::uint32_t at) {
  if (!object(tape_[at])) return;
  for (auto child = at + 1; child != tape_[at].next && errors_.size() < most_errors; child = tape_[child].next) {
    const auto key = tape_[child].key;
    if (!valid_key(key)) continue;
    if (tape_[child].kind == Node::Kind::null) {
      t.erase(out, key);
      continue;
    }
    step_into(key);
    const auto before = t.size(out);
    auto* place = t.entry(out, key);
    t.size(out) == before ? merged(t.item(), place, child) : value(t.item(), place, child);
    step_out();
  }
  check_count(t, t.size(out));
}

void Reader::merged(const Type& t, void* out, std::uint32_t at) {
  const bool null = tape_[at].kind == Node::Kind::null;
  if (t.kind == Kind::optional) {
    if (null) return t.resize(out, 0);
    if (t.size(out) != 0) return merged(t.item(), t.at(out, 0), at);
    t.resize(out, 1);  // nothing to merge onto: it must be complete
    return value(t.item(), t.at(out, 0), at);
  }
  if (null && (t.kind == Kind::list || t.kind == Kind::map) && t.min == 0) return t.resize(out, 0);
  if (null) return wrong("type", "Cannot be cleared.");
  switch (t.kind) {
    case Kind::record:
      return merged_record(t, out, at);
    case Kind::map:
      return merged_map(t, out, at);
    case Kind::money:
      return money(*static_cast<base::Money*>(out), at, true);
    default:
      return value(t, out, at);
  }
}

base::Result<> read(const Type& type, void* value, std::string_view json, Read how) {
  Tape tape;
  TRY(tape.parse(json));
  Reader reader(tape, how);
  reader.value(type, value, 0);
  return std::move(reader).outcome();
}

base::Result<> merge(const Type& type, void* value, std::string_view json) {
  Tape tape;
  TRY(tape.parse(json));
  Reader reader(tape, Read::strict);
  reader.merged(type, value, 0);
  return std::move(reader).outcome();
}

base::Result<> read_text(const Type& type, void* value, std::string_view text, std::string_view pointer) {
  const Tape none;
  Reader reader(none, Read::strict);
  if (!base::valid_utf8(text)) {
    auto problem = invalid.problem("The text is not valid UTF-8.");
    problem.errors.push_back({std::string(pointer), "format", "Must be valid UTF-8."});
    return std::unexpected(std::move(problem));
  }
  reader.plain_text(type, value, text);
  return std::move(reader).outcome(pointer);
}

}  // namespace reflect
