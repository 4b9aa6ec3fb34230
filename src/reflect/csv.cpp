#include "reflect/csv.h"

#include <algorithm>

#include "base/text.h"

namespace reflect {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  base::Result<std::vector<CsvRow>> rows() {
    std::vector<CsvRow> out;
    while (at_ < text_.size()) {
      if (end_of_line()) continue;
      CsvRow row{.line = line_, .cells = {}};
      do {
        row.cells.push_back(TRY(cell()));
      } while (take(','));
      if (at_ < text_.size() && !end_of_line()) return malformed_here("a quote must end its cell");
      out.push_back(std::move(row));
    }
    return out;
  }

 private:
  bool take(char c) { return at_ < text_.size() && text_[at_] == c ? (++at_, true) : false; }
  bool end_of_line() {
    const auto rest = text_.substr(at_);
    const std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') || rest.starts_with('\r') ? 1 : 0;
    at_ += length;
    line_ += length != 0;
    return length != 0;
  }
  base::Result<std::string> cell() {
    if (take('"')) return quoted();
    const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const auto cell = text_.substr(at_, end - at_);
    if (cell.find('"') != cell.npos) return malformed_here("a quote inside a cell needs quotes around it, and to be doubled");
    at_ = end;
    return std::string(cell);
  }
  base::Result<std::string> quoted() {
    const auto opened = line_;
    std::string out;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') return out;
      }
      line_ += c == '\n' || (c == '\r' && !text_.substr(at_).starts_with("\r\n"));
      out += c;
    }
    line_ = opened;
    return malformed_here("a quote is not closed");
  }
  std::unexpected<base::Problem> malformed_here(std::string_view what) const {
    return std::unexpected(csv_malformed.problem("Line " + std::to_string(line_) + ": " + std::string(what) + '.')
                               .with("line", static_cast<std::int64_t>(line_)));
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
};

bool plain_number(std::string_view cell) {
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  const auto digits = [](std::string_view s) {
    return !s.empty() && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto point = cell.find('.');
  return digits(cell.substr(0, point)) && (point == cell.npos || digits(cell.substr(point + 1)));
}

}  // namespace

base::Result<std::vector<CsvRow>> read_csv(std::string_view text) {
  if (!base::valid_utf8(text)) {
    // The first line that is not: what comes before it is.
    std::size_t line = 1, from = 0;
    for (auto end = text.find('\n'); end != text.npos && base::valid_utf8(text.substr(from, end - from));
         end = text.find('\n', from)) {
      from = end + 1;
      ++line;
    }
    return std::unexpected(csv_malformed.problem("Line " + std::to_string(line) + ": not valid UTF-8.")
                               .with("line", static_cast<std::int64_t>(line)));
  }
  return CsvReader(text).rows();
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string out;
  for (const auto& cell : cells) {
    if (&cell != &cells.front()) out += ',';
    const bool would_run =
        !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos && !plain_number(cell);
    const bool quotes = cell.find_first_of(",\"\r\n") != cell.npos;
    if (quotes) out += '"';
    if (would_run) out += '\'';
    for (char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    if (quotes) out += '"';
  }
  return out += "\r\n";
}

}  // namespace reflect
