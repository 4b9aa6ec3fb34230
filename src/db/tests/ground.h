#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "db/database.h"
#include "db/tx.h"
#include "tests/kit/postgres.h"

// What every test of db/ stands on: a fresh database of either engine, and rows of every kind of column.
namespace db_test {

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "daybook-db-XXXXXX").string()) {
    if (!::mkdtemp(path_.data())) throw std::runtime_error("mkdtemp");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path() const { return path_; }

 private:
  std::string path_;
};

inline std::unique_ptr<db::Database> fresh_database(db::Engine engine, const Folder& folder) {
  if (engine == db::Engine::sqlite) return db::open({.url = folder.path().string()});
  return db::open({.url = kit::postgres_url(), .schema = kit::fresh_schema()});
}

inline std::string engine_name(const testing::TestParamInfo<db::Engine>& info) {
  return info.param == db::Engine::sqlite ? "sqlite" : "postgres";
}
#define FOR_BOTH_ENGINES(suite) \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::Values(db::Engine::sqlite, db::Engine::postgres), db_test::engine_name)

// The kind of the db::Error that `act` throws; fails the test when it throws none.
template <class Act>
db::Error::Kind error_of(Act act) {
  try {
    act();
  } catch (const db::Error& e) {
    return e.kind;
  }
  ADD_FAILURE() << "no db::Error was thrown";
  return {};
}
template <class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const db::Error& e) {
    return e.what();
  }
  ADD_FAILURE() << "no db::Error was thrown";
  return {};
}

// ---- rows ----------------------------------------------------------------------------------------------------------

enum class Phase : std::uint8_t { open, closed };
ENUM(Phase, open, closed)
inline ENUM_TYPE(Phase, "Where it stands.")

    struct Part {
  std::string name;
  std::int64_t count = 0;
  bool operator==(const Part&) const = default;
};
RECORD(Part, name, count)
inline RECORD_TYPE(Part, "A nested record.", {"name", "Its name."}, {"count", "How many."})

    using ThingId = base::Id<"thg">;
struct Thing {
  ThingId id;
  bool flag = false;
  std::int64_t number = 0;
  base::Count<0, 99> few;
  base::Quantity quantity;
  std::string title;
  base::Text<0, 10> short_title;
  base::Instant at;
  base::Date day{std::chrono::year(2025), std::chrono::month(1), std::chrono::day(1)};
  base::Money price;
  base::Bytes digest;
  base::Json document{"{}"};
  Phase phase = Phase::open;
  std::vector<std::string> tags;
  std::map<std::string, std::int64_t> stock;
  Part part;
  std::string secret;
  std::string shadow;
  std::string derived = "as declared";
  std::optional<bool> maybe_flag;
  std::optional<std::int64_t> maybe_number;
  std::optional<std::string> maybe_text;
  std::optional<base::Instant> maybe_at;
  std::optional<base::Money> maybe_price;
  std::optional<base::Bytes> maybe_digest;
  std::optional<ThingId> maybe_id;
  std::optional<Part> maybe_part;
  std::optional<std::vector<Part>> maybe_parts;
  bool operator==(const Thing&) const = default;
};
RECORD(Thing, id, flag, number, few, quantity, title, short_title, at, day, price, digest, document, phase, tags, stock, part,
       secret, shadow, derived, maybe_flag, maybe_number, maybe_text, maybe_at, maybe_price, maybe_digest, maybe_id, maybe_part,
       maybe_parts)
inline RECORD_TYPE(Thing, "One of every kind.", {"id", "Its identity."}, {"flag", "."}, {"number", "."}, {"few", "."},
                   {"quantity", "."}, {"title", "."}, {"short_title", "."}, {"at", "."}, {"day", "."}, {"price", "."},
                   {"digest", "."}, {"document", "."}, {"phase", "."}, {"tags", "."}, {"stock", "."}, {"part", "."},
                   {"secret", "Never printed, but stored.", secret}, {"shadow", "A column only.", hidden},
                   {"derived", "Printed only.", unstored}, {"maybe_flag", "."}, {"maybe_number", "."}, {"maybe_text", "."},
                   {"maybe_at", "."}, {"maybe_price", "."}, {"maybe_digest", "."}, {"maybe_id", "."}, {"maybe_part", "."},
                   {"maybe_parts", "."})

    inline constexpr const char* thing_ddl = R"(
CREATE TABLE thing (
  tenant BIGINT NOT NULL,
  id TEXT NOT NULL,
  flag BOOLEAN NOT NULL,
  number BIGINT NOT NULL,
  few BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  title TEXT NOT NULL,
  short_title TEXT NOT NULL,
  at BIGINT NOT NULL,
  day TEXT NOT NULL,
  price_minor BIGINT NOT NULL,
  price_currency TEXT NOT NULL,
  digest BYTEA NOT NULL,
  document TEXT NOT NULL,
  phase TEXT NOT NULL,
  tags TEXT NOT NULL,
  stock TEXT NOT NULL,
  part TEXT NOT NULL,
  secret TEXT NOT NULL,
  shadow TEXT NOT NULL,
  maybe_flag BOOLEAN,
  maybe_number BIGINT,
  maybe_text TEXT,
  maybe_at BIGINT,
  maybe_price_minor BIGINT,
  maybe_price_currency TEXT,
  maybe_digest BYTEA,
  maybe_id TEXT,
  maybe_part TEXT,
  maybe_parts TEXT,
  PRIMARY KEY (tenant, id)
);)";

inline ThingId thing_id(std::uint8_t n) {
  base::Bits128 bits{};
  bits[0] = 1;
  bits[15] = n;
  return ThingId(bits);
}

// A simple table for everything that is not about columns.
struct Item {
  std::string id;
  std::int64_t n = 0;
  bool operator==(const Item&) const = default;
};
RECORD(Item, id, n)
inline RECORD_TYPE(Item, "A small row.", {"id", "Its key."}, {"n", "A number."}) inline constexpr const char* item_ddl =
    "CREATE TABLE item (tenant BIGINT NOT NULL, id TEXT NOT NULL, n BIGINT NOT NULL CHECK (n >= 0), PRIMARY KEY (tenant, id));";

// A database with `item` and `thing`, a writing connection and a Tx of tenant 1.
class Grounded : public testing::TestWithParam<db::Engine> {
 protected:
  Folder folder;
  std::unique_ptr<db::Database> database = fresh_database(GetParam(), folder);
  std::unique_ptr<db::Connection> connection = [this] {
    auto c = database->connect(db::Access::write);
    c->script(std::string(item_ddl) + thing_ddl);
    return c;
  }();
  db::Tx tx{*connection, 1};

  void begin() { connection->begin(db::Access::write); }
  void commit() { connection->commit(); }
  std::vector<Item> items() { return tx.all<Item>("SELECT {} FROM item WHERE tenant = $t ORDER BY id"); }
};

}  // namespace db_test
