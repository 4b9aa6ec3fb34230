#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// RFC 4180: quotes, embedded newlines, CRLF or LF, a UTF-8 BOM. Errors name the line.
namespace reflect {

struct CsvRow {
  std::size_t line = 0;  // where it starts, from 1
  std::vector<std::string> cells;
};
base::Result<std::vector<CsvRow>> read_csv(std::string_view text);
// Cells that a spreadsheet would run (=, +, -, @ first) get an apostrophe.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace reflect
