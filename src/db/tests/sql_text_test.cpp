#include "db/sql_text.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace db {
namespace {

TEST(SqlText, QuotesAndCommentsAreCutOutWhole) {
  std::string again;
  int code = 0;
  const std::string text = "a 'it''s' \"b\" -- c\n d /* e ' */ f 'open";
  for (const auto& p : pieces(text)) {
    again += p.text;
    code += p.sort == Piece::Sort::code;
    if (p.sort == Piece::Sort::code) {
      EXPECT_EQ(p.text.find_first_of("'\"*s"), p.text.npos) << p.text;
    }
  }
  EXPECT_EQ(again, text);
  EXPECT_EQ(code, 5);
}

TEST(SqlText, BracesStandForTheColumns) {
  EXPECT_EQ(expand("SELECT {} FROM t", {"a", "b"}), "SELECT a, b FROM t");
  EXPECT_EQ(expand("SELECT {o}, {p} FROM t", {"a", "b"}), "SELECT o.a, o.b, p.a, p.b FROM t");
  EXPECT_EQ(expand("SELECT '{}' FROM t -- {}", {"a"}), "SELECT '{}' FROM t -- {}");
  EXPECT_THROW(expand("SELECT {} FROM t", {}), std::logic_error);
}

TEST(SqlText, TheTenantBecomesANumberOutsideQuotesOnly) {
  const auto out = number_tenant("a = $t AND b = '$t' AND $tt AND $1", 3);
  EXPECT_EQ(out.text, "a = $3 AND b = '$t' AND $tt AND $1");
  EXPECT_TRUE(out.used);
  EXPECT_FALSE(number_tenant("'$t'", 1).used);
}

TEST(SqlText, SqliteTablesAreStrict) {
  EXPECT_EQ(
      sqlite_ddl("CREATE TABLE t (a BIGINT NOT NULL, b BOOLEAN, c double  precision, d BYTEA, e TEXT CHECK (e <> 'BIGINT'));"),
      "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER, c REAL, d BLOB, e TEXT CHECK (e <> 'BIGINT')) STRICT;");
  EXPECT_EQ(sqlite_ddl("create table if not exists t (a TEXT -- BOOLEAN )\n)"),
            "create table if not exists t (a TEXT -- BOOLEAN )\n) STRICT");
  EXPECT_EQ(sqlite_ddl("CREATE INDEX i ON t (a);\nALTER TABLE t ADD COLUMN z BIGINT;"),
            "CREATE INDEX i ON t (a);\nALTER TABLE t ADD COLUMN z INTEGER;");
  EXPECT_EQ(sqlite_ddl("CREATE TABLE \"BYTEA\" (big_bigint BIGINT); INSERT INTO t (a) VALUES (1);"),
            "CREATE TABLE \"BYTEA\" (big_bigint INTEGER) STRICT; INSERT INTO t (a) VALUES (1);");
}

TEST(SqlText, PostgresTextsAreOrderedByBytes) {
  EXPECT_EQ(postgres_ddl("CREATE TABLE t (a TEXT NOT NULL, b BIGINT DEFAULT 'TEXT')"),
            "CREATE TABLE t (a TEXT COLLATE \"C\" NOT NULL, b BIGINT DEFAULT 'TEXT')");
  EXPECT_EQ(postgres_ddl("INSERT INTO t SELECT CAST(n AS TEXT) FROM u"), "INSERT INTO t SELECT CAST(n AS TEXT) FROM u");
}

}  // namespace
}  // namespace db
