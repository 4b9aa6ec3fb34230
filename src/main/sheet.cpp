#include "main/sheet.h"

#include <algorithm>

#include "main/failure.h"

namespace program {

RECORD_TYPE(Complaint, "What is wrong with a line of a file.")

namespace {

std::string squeezed(std::string_view header) {
  std::string out;
  for (const char c : folded(header))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Sheet::Sheet(const std::string& text, const std::vector<Column>& columns, const std::map<std::string, std::string>& map)
    : rows_(must(reflect::read_csv(text))) {
  if (rows_.empty()) throw Failure("the file is empty; its first line names the columns");
  const auto& header = rows_.front().cells;
  for (auto& [field, name] : map) {
    const auto column = std::ranges::find(columns, field, &Column::field);
    const auto place = std::ranges::find_if(header, [&](auto& cell) { return squeezed(cell) == squeezed(name); });
    if (column == columns.end()) throw Failure("--map: there is no field " + field, Exit::usage);
    if (place == header.end()) throw Failure("--map: the file has no column " + name, Exit::usage);
    places_[column->field] = static_cast<std::size_t>(place - header.begin());
  }
  for (auto& column : columns)
    for (auto wanted : column.headers) {  // the first synonym that the file has
      const auto place = std::ranges::find(header, wanted, &squeezed);
      if (place != header.end() && !has(column.field)) places_[column.field] = static_cast<std::size_t>(place - header.begin());
    }
}

std::string Sheet::cell(const reflect::CsvRow& row, std::string_view field) const {
  const auto place = places_.find(field);
  if (place == places_.end() || place->second >= row.cells.size()) return {};
  return std::string(trimmed(row.cells[place->second]));
}

void Sheet::need(std::string_view field) const {
  if (has(field)) return;
  std::string names;
  for (auto& cell : rows_.front().cells) names += (names.empty() ? "" : ", ") + cell;
  throw Failure("no column of the file means `" + std::string(field) + "`. It has: " + names + ". Say which: --map " +
                std::string(field) + "=HEADER");
}

}  // namespace program
