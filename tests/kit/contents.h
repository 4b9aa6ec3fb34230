#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "db/database.h"

// What a database holds, for tests that say that nothing else changed.
namespace kit {

using Lines = std::vector<std::string>;

// One column of any statement, in a snapshot of its own.
template <class T>
std::vector<T> column(db::Database& database, const std::string& sql) {
  const auto connection = database.connect(db::Access::read);
  connection->begin(db::Access::read);
  std::vector<T> values;
  connection->query_built(sql, 0, {}, reflect::type_of<T>(), &values,
                          [](void* to) -> void* { return &static_cast<std::vector<T>*>(to)->emplace_back(); });
  connection->rollback();
  return values;
}

inline Lines tables(db::Database& database) {
  return column<std::string>(
      database,
      database.engine() == db::Engine::sqlite
          ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
          : "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1");
}

// Every row of every table, as text, in an order of its own.
inline Lines contents(db::Database& database) {
  Lines all;
  for (auto& table : tables(database)) {
    std::string row = "r::text";
    if (database.engine() == db::Engine::sqlite) {
      row.clear();
      for (auto& name : column<std::string>(database, "SELECT name FROM pragma_table_info('" + table + "')"))
        row += (row.empty() ? "" : " || ',' || ") + ("quote(\"" + name + "\")");
    }
    auto rows = column<std::string>(database, "SELECT " + row + " FROM " + table + " r");
    std::ranges::sort(rows);
    for (auto& text : rows) all.push_back(table + ": " + text);
  }
  return all;
}

// What only one of them holds: "- row" and "+ row".
inline Lines difference(const Lines& before, const Lines& after) {
  Lines lines;
  for (auto& row : before)
    if (std::ranges::find(after, row) == after.end()) lines.push_back("- " + row);
  for (auto& row : after)
    if (std::ranges::find(before, row) == before.end()) lines.push_back("+ " + row);
  return lines;
}

}  // namespace kit
