#pragma once
#include <deque>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "db/sql.h"
#include "reflect/type.h"

// How values and records become columns and come back: decided here once, for both engines.
namespace db {

// What one column holds.
enum class Form : std::uint8_t { boolean, integer, text, bytes };

// One value at the border to an engine. Text and bytes point into memory that outlives the statement.
struct Cell {
  Form form = Form::integer;
  bool null = false;
  std::int64_t integer = 0;  // boolean: 0 or 1
  std::string_view text = {};
};

// The stored part of a row type. A type that is no record is a row of one column.
struct Slot {
  std::string_view name;
  const reflect::Type* type;
  void* (*at)(void* record);
  Form form;
  bool money;  // two columns: minor units, currency
};
struct Layout {
  std::vector<Slot> slots;
  std::vector<std::string> columns;  // their names; none when the row is a single value
  int width = 0;                     // how many columns a result must have
};
Layout layout_of(const reflect::Type& row);

Form form_of(const reflect::Type&);  // of one column, or of an argument

// The values of one statement, kept until the next one.
class Cells {
 public:
  void clear();
  void add(const reflect::Type&, const void* value);  // an argument: money counts as its minor units
  void add_row(const Layout&, const void* record);    // the stored fields of a record, money as two
  std::span<const Cell> all() const { return cells_; }
  // Adds a row whose cells do not point into the record. All of it, or nothing when it throws.
  void add_own_row(const Layout&, const void* record);

 private:
  std::string& fresh();
  std::vector<Cell> cells_;
  std::deque<std::string> printed_;  // a deque: what cells point to never moves
  std::size_t used_ = 0;
};

// Reads one column. A NULL leaves a field that is not optional at its declared default (a column added later).
// Throws Error{corrupt} for a stored value that the type cannot read.
void read_cell(const Slot&, void* record, const Cell&);
void read_money(const Slot&, void* record, const Cell& minor, const Cell& currency);

// Reads a row. `get(column, form)` gives a Cell.
template <class Get>
void read_row(const Layout& layout, void* record, Get get) {
  int column = 0;
  for (const auto& slot : layout.slots) {
    if (slot.money) {
      read_money(slot, record, get(column, Form::integer), get(column + 1, Form::text));
      column += 2;
    } else {
      read_cell(slot, record, get(column, slot.form));
      ++column;
    }
  }
}

// "INSERT INTO t (tenant, a, b) VALUES ($t, $1, $2)" and "UPDATE t SET a = $1 … WHERE tenant = $t AND id = $2", the
// arguments being those of Cells::add_row.
std::string insert_text(std::string_view table, const Layout&, std::size_t rows = 1);
std::string update_text(std::string_view table, const Layout&);

// The key of a prepared statement: literals are known by their address (`text` where it is, not what it says).
struct StatementKey {
  const void* text;
  const void* row;
  std::uint64_t forms;  // which kinds of arguments; PostgreSQL prepares a statement for its types
  bool operator==(const StatementKey&) const = default;
};
// A text that was built and freed leaves its address to another one: that would run the wrong statement.
template <class Prepared>
Prepared& must_be_literal(Prepared& found, std::string_view text) {
  if (found.source != text) throw std::logic_error("not a literal, use query_built: " + std::string(text));
  return found;
}
struct StatementHash {
  std::size_t operator()(const StatementKey& k) const noexcept {
    const auto mix = [](std::size_t h, std::size_t v) { return (h ^ v) * 0x9E3779B97F4A7C15u; };
    const auto h = mix(mix(mix(0, reinterpret_cast<std::size_t>(k.text)), reinterpret_cast<std::size_t>(k.row)), k.forms);
    return h ^ h >> 32;
  }
};

}  // namespace db
