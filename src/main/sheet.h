#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reflect/csv.h"
#include "reflect/type.h"

namespace program {

// What is wrong with a line of a file.
struct Complaint {
  std::int64_t line = 0;  // from 1
  std::string text;
};
RECORD(Complaint, line, text)

// A field that a file may have, and the headers that mean it.
struct Column {
  std::string_view field;
  std::vector<std::string_view> headers;  // lower case, letters and digits only; the first one that the file has counts
};
// The rows of a CSV file by field.
class Sheet {
 public:
  // `map`: field to header, over the synonyms. Throws Failure.
  Sheet(const std::string& text, const std::vector<Column>&, const std::map<std::string, std::string>& map);
  bool has(std::string_view field) const { return places_.contains(field); }
  // The cell without white space around it; "" where the file has no such column.
  std::string cell(const reflect::CsvRow&, std::string_view field) const;
  std::span<const reflect::CsvRow> rows() const { return std::span(rows_).subspan(1); }
  void need(std::string_view field) const;  // Failure that lists the headers there are

 private:
  std::vector<reflect::CsvRow> rows_;
  std::map<std::string_view, std::size_t> places_;
};

std::string folded(std::string_view text);  // ASCII lower case, for comparing names

}  // namespace program
