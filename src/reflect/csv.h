#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// RFC 4180: quotes, embedded newlines, CRLF or LF, a UTF-8 BOM. Empty lines are left out. Errors name the line.
namespace reflect {

inline constexpr base::ProblemKind csv_malformed{"csv.malformed", 422, "The text is not CSV."};

struct CsvRow {
  std::size_t line = 0;  // where it starts, from 1
  std::vector<std::string> cells;
};
base::Result<std::vector<CsvRow>> read_csv(std::string_view text);
// One line with its CRLF. Cells that a spreadsheet would run (=, +, -, @, tab or return first) get an apostrophe; plain
// numbers ("-5.00") do not.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace reflect
