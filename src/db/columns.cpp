#include "db/columns.h"

#include <stdexcept>

#include "db/database.h"
#include "reflect/json.h"

namespace db {
namespace {

using reflect::Kind, reflect::Type;

const Type& inside(const Type& t) { return t.kind == Kind::optional ? t.item() : t; }

// The value of an optional, or null when it is empty; anything else is itself.
const void* inside(const Type& t, const void* value) {
  if (t.kind != Kind::optional) return value;
  return t.size(value) ? t.at(const_cast<void*>(value), 0) : nullptr;
}

// PostgreSQL's text cannot hold it; SQLite's could, and then the two would differ.
std::string_view without_nul(const std::string& s) {
  if (s.find('\0') != s.npos) throw std::logic_error("a text with U+0000 on its way to the database");
  return s;
}

[[noreturn]] void unreadable(const Slot& slot, std::string_view value) {
  throw Error(Error::Kind::corrupt, "column " + std::string(slot.name) + " holds a value that its type cannot read: '" +
                                        std::string(value.substr(0, 80)) + "'");
}

void* itself(void* value) { return value; }

Slot slot_of(std::string_view name, const Type& type, void* (*at)(void*)) {
  return {.name = name, .type = &type, .at = at, .form = form_of(type), .money = inside(type).kind == Kind::money};
}

}  // namespace

Form form_of(const Type& type) {
  const auto& t = inside(type);
  switch (t.kind) {
    case Kind::boolean:
      return Form::boolean;
    case Kind::integer:
    case Kind::quantity:
    case Kind::money:
      return Form::integer;
    case Kind::scalar:
      return t.scalar.to_integer ? Form::integer : Form::text;
    case Kind::bytes:
      return Form::bytes;
    case Kind::text:
    case Kind::json:
    case Kind::list:
    case Kind::map:
    case Kind::record:
      return Form::text;
    case Kind::optional:
      break;
  }
  throw std::logic_error("an optional of an optional is no column");
}

Layout layout_of(const Type& row) {
  Layout out;
  if (row.kind != Kind::record) {
    out.slots.push_back(slot_of("1", row, &itself));
    out.width = out.slots.front().money ? 2 : 1;
    return out;
  }
  for (const auto& field : row.fields) {
    if (field.is(reflect::unstored)) continue;
    const auto& slot = out.slots.emplace_back(slot_of(field.name, field.type(), field.at));
    const std::string name(field.name);  // quoted below: a field may be called `order`
    if (slot.money) {
      out.columns.push_back('"' + name + "_minor\"");
      out.columns.push_back('"' + name + "_currency\"");
    } else {
      out.columns.push_back('"' + name + '"');
    }
  }
  out.width = static_cast<int>(out.columns.size());
  return out;
}

void Cells::clear() {
  cells_.clear();
  used_ = 0;
}

std::string& Cells::fresh() {
  if (used_ == printed_.size()) printed_.emplace_back();
  auto& s = printed_[used_++];
  s.clear();
  return s;
}

void Cells::add(const Type& type, const void* value) {
  const auto& t = inside(type);
  const void* v = inside(type, value);
  auto& cell = cells_.emplace_back(Cell{.form = form_of(type), .null = v == nullptr});
  if (!v) return;
  switch (t.kind) {
    case Kind::boolean:
      cell.integer = *static_cast<const bool*>(v);
      return;
    case Kind::integer:
      cell.integer = *static_cast<const std::int64_t*>(v);
      return;
    case Kind::quantity:
      cell.integer = static_cast<const base::Quantity*>(v)->thousandths();
      return;
    case Kind::money:
      cell.integer = static_cast<const base::Money*>(v)->minor();
      return;
    case Kind::text:
    case Kind::json:
      cell.text = without_nul(*static_cast<const std::string*>(v));
      return;
    case Kind::bytes:
      cell.text = *static_cast<const std::string*>(v);
      return;
    case Kind::scalar: {
      if (t.scalar.to_integer) {
        cell.integer = t.scalar.to_integer(v);
        return;
      }
      auto& s = fresh();
      t.scalar.print(v, s);
      cell.text = without_nul(s);
      return;
    }
    case Kind::list:
    case Kind::map:
    case Kind::record: {
      auto& s = fresh();
      reflect::print(t, v, s, reflect::Part::stored);
      cell.text = s;
      return;
    }
    case Kind::optional:
      return;  // form_of has refused it
  }
}

void Cells::add_row(const Layout& layout, const void* record) {
  for (const auto& slot : layout.slots) {
    const void* value = slot.at(const_cast<void*>(record));
    add(*slot.type, value);
    if (!slot.money) continue;
    const auto* money = static_cast<const base::Money*>(inside(*slot.type, value));
    auto& currency = cells_.emplace_back(Cell{.form = Form::text, .null = money == nullptr});
    if (money) currency.text = fresh() = money->currency().text();
  }
}

void Cells::add_own_row(const Layout& layout, const void* record) {
  const auto before = cells_.size();
  try {
    add_row(layout, record);
  } catch (...) {
    cells_.resize(before);
    throw;
  }
  for (auto& cell : std::span(cells_).subspan(before))
    if (!cell.null && (cell.form == Form::text || cell.form == Form::bytes)) cell.text = fresh() = cell.text;
}

void read_cell(const Slot& slot, void* record, const Cell& cell) {
  const auto& type = *slot.type;
  const auto& t = inside(type);
  void* out = slot.at(record);
  if (type.kind == Kind::optional) {
    type.resize(out, cell.null ? 0 : 1);
    if (cell.null) return;
    out = type.at(out, 0);
  }
  if (cell.null) return;
  switch (t.kind) {
    case Kind::boolean:
      *static_cast<bool*>(out) = cell.integer != 0;
      return;
    case Kind::integer:
      *static_cast<std::int64_t*>(out) = cell.integer;
      return;
    case Kind::quantity:
      *static_cast<base::Quantity*>(out) = base::Quantity(cell.integer);
      return;
    case Kind::text:
    case Kind::json:
    case Kind::bytes:
      static_cast<std::string*>(out)->assign(cell.text);
      return;
    case Kind::scalar: {
      if (t.scalar.to_integer) return t.scalar.from_integer(out, cell.integer);
      const auto parse = t.scalar.parse_stored ? t.scalar.parse_stored : t.scalar.parse;
      if (!parse(out, cell.text) && !cell.text.empty()) unreadable(slot, cell.text);  // "": one that was never set
      return;
    }
    case Kind::list:
    case Kind::map:
    case Kind::record:
      if (!reflect::read(t, out, cell.text, reflect::Read::stored)) unreadable(slot, cell.text);
      return;
    case Kind::money:
    case Kind::optional:
      return;  // read_money; form_of has refused it
  }
}

void read_money(const Slot& slot, void* record, const Cell& minor, const Cell& currency) {
  const auto& type = *slot.type;
  void* out = slot.at(record);
  if (type.kind == Kind::optional) {
    type.resize(out, minor.null ? 0 : 1);
    if (minor.null) return;
    out = type.at(out, 0);
  }
  if (minor.null) return;
  const auto unit = base::Currency::parse(currency.text);
  if (!unit && !currency.text.empty()) unreadable(slot, currency.text);
  *static_cast<base::Money*>(out) = {minor.integer, unit.value_or(base::Currency{})};
}

std::string insert_text(std::string_view table, const Layout& layout, std::size_t rows) {
  std::string text = "INSERT INTO " + std::string(table) + " (tenant";
  for (const auto& column : layout.columns) text += ", " + column;
  text += ") VALUES ";
  for (std::size_t row = 0, n = 0; row < rows; ++row) {
    text += row ? ", ($t" : "($t";
    for (std::size_t i = 0; i < layout.columns.size(); ++i) text += ", $" + std::to_string(++n);
    text += ')';
  }
  return text;
}

std::string update_text(std::string_view table, const Layout& layout) {
  std::string set, id;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const auto place = " = $" + std::to_string(i + 1);
    if (layout.columns[i] == "\"id\"")
      id = layout.columns[i] + place;
    else
      set += (set.empty() ? "" : ", ") + layout.columns[i] + place;
  }
  if (id.empty()) throw std::logic_error("update of " + std::string(table) + ": the record has no field id");
  return "UPDATE " + std::string(table) + " SET " + set + " WHERE tenant = $t AND " + id;
}

}  // namespace db
