#include "db/sql_text.h"

#include <algorithm>
#include <stdexcept>

namespace db {
namespace {

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

bool same_word(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

// Where the quote or comment that starts at `at` ends (one past it).
std::size_t end_of(std::string_view sql, std::size_t at, Piece::Sort sort) {
  if (sort == Piece::Sort::quoted) {  // a doubled quote ends one piece and starts the next: the same text in the end
    const auto close = sql.find(sql[at], at + 1);
    return close == sql.npos ? sql.size() : close + 1;
  }
  const auto close = sql[at] == '-' ? sql.find('\n', at) : sql.find("*/", at + 2);
  if (close == sql.npos) return sql.size();
  return sql[at] == '-' ? close : close + 2;
}

// Words of `code`, each handed to `word`, and everything between them to `other`.
template <class Word, class Other>
void each_word(std::string_view code, Word word, Other other) {
  for (std::size_t i = 0; i < code.size();) {
    auto end = i;
    while (end < code.size() && word_character(code[end])) ++end;
    if (end > i) {
      word(code.substr(i, end - i));
      i = end;
    } else {
      other(code[i++]);
    }
  }
}

// Writes DDL in SQLite's words, one word after another.
class SqliteDdl {
 public:
  void word(std::string_view w) {
    if (same_word(w, "PRECISION") && same_word(last_, "DOUBLE")) {
      out_.erase(double_at_);
      out_ += "REAL";
    } else if (same_word(w, "BIGINT") || same_word(w, "BOOLEAN")) {
      out_ += "INTEGER";
    } else if (same_word(w, "BYTEA")) {
      out_ += "BLOB";
    } else {
      if (same_word(w, "DOUBLE")) double_at_ = out_.size();
      out_ += w;
    }
    if (depth_ == 0 && same_word(w, "TABLE") && same_word(last_, "CREATE")) creates_ = true;
    if (depth_ == 0 && same_word(w, "AS")) creates_ = false;  // CREATE TABLE … AS SELECT has no types of its own
    last_ = w;
  }
  void other(char c) {
    out_ += c;
    if (c == '(') ++depth_;
    if (c == ')' && --depth_ == 0 && creates_) {
      out_ += " STRICT";
      creates_ = false;
    }
    if (c == ';') creates_ = false;
  }
  void verbatim(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string_view last_;
  std::size_t double_at_ = 0;
  int depth_ = 0;
  bool creates_ = false;
};

}  // namespace

std::vector<Piece> pieces(std::string_view sql) {
  std::vector<Piece> out;
  std::size_t start = 0, i = 0;
  while (i < sql.size()) {
    const auto two = sql.substr(i, 2);
    const bool quote = sql[i] == '\'' || sql[i] == '"';
    if (!quote && two != "--" && two != "/*") {
      ++i;
      continue;
    }
    const auto sort = quote ? Piece::Sort::quoted : Piece::Sort::comment;
    if (i > start) out.push_back({Piece::Sort::code, sql.substr(start, i - start)});
    const auto end = end_of(sql, i, sort);
    out.push_back({sort, sql.substr(i, end - i)});
    start = i = end;
  }
  if (i > start) out.push_back({Piece::Sort::code, sql.substr(start)});
  return out;
}

std::string expand(std::string_view sql, const std::vector<std::string>& columns) {
  std::string out;
  for (const auto& piece : pieces(sql)) {
    auto rest = piece.text;
    for (auto at = rest.find('{'); piece.sort == Piece::Sort::code && at != rest.npos; at = rest.find('{')) {
      const auto close = rest.find('}', at);
      if (close == rest.npos || columns.empty()) throw std::logic_error("{} without a row type: " + std::string(sql));
      const auto alias = rest.substr(at + 1, close - at - 1);
      out += rest.substr(0, at);
      for (const auto& column : columns) {
        if (&column != &columns.front()) out += ", ";
        if (!alias.empty()) (out += alias) += '.';
        out += column;
      }
      rest.remove_prefix(close + 1);
    }
    out += rest;
  }
  return out;
}

Numbered number_tenant(std::string_view sql, std::size_t number) {
  Numbered out;
  for (const auto& piece : pieces(sql)) {
    if (piece.sort != Piece::Sort::code) {
      out.text += piece.text;
      continue;
    }
    each_word(
        piece.text,
        [&](std::string_view w) {
          if (w == "$t") {
            out.text += '$' + std::to_string(number);
            out.used = true;
          } else {
            out.text += w;
          }
        },
        [&](char c) { out.text += c; });
  }
  return out;
}

std::string sqlite_ddl(std::string_view ddl) {
  SqliteDdl out;
  for (const auto& piece : pieces(ddl)) {
    if (piece.sort != Piece::Sort::code)
      out.verbatim(piece.text);
    else
      each_word(piece.text, [&](std::string_view w) { out.word(w); }, [&](char c) { out.other(c); });
  }
  return out.take();
}

std::string postgres_ddl(std::string_view ddl) {
  std::string out;
  std::string_view last;
  for (const auto& piece : pieces(ddl)) {
    if (piece.sort != Piece::Sort::code) {
      out += piece.text;
      continue;
    }
    each_word(
        piece.text,
        [&](std::string_view w) {
          out += w;
          if (same_word(w, "TEXT") && !same_word(last, "AS")) out += " COLLATE \"C\"";  // CAST(… AS TEXT) takes none
          last = w;
        },
        [&](char c) { out += c; });
  }
  return out;
}

}  // namespace db
