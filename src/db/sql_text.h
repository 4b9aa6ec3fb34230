#pragma once
#include <string>
#include <string_view>
#include <vector>

// The text of statements: the little reading of SQL that both engines need. Quotes and comments are never touched.
namespace db {

// A statement cut where quotes and comments begin and end; the pieces in order are the whole text.
struct Piece {
  enum class Sort : unsigned char { code, quoted, comment };
  Sort sort;
  std::string_view text;
};
std::vector<Piece> pieces(std::string_view sql);

// Replaces {} by `columns` and {o} by the same, each prefixed "o.". Throws std::logic_error for {} without columns.
std::string expand(std::string_view sql, const std::vector<std::string>& columns);

// PostgreSQL knows numbers only: $t becomes $`number`. `used` tells whether there was one.
struct Numbered {
  std::string text;
  bool used = false;
};
Numbered number_tenant(std::string_view sql, std::size_t number);

// The migrations' five types (TEXT BIGINT BOOLEAN "DOUBLE PRECISION" BYTEA) in an engine's own words.
// SQLite: every created table is STRICT, so that a text never ends up in a column of integers.
std::string sqlite_ddl(std::string_view ddl);
// PostgreSQL: text columns are COLLATE "C", so that order and keyset paging equal SQLite's BINARY on any database.
std::string postgres_ddl(std::string_view ddl);

}  // namespace db
