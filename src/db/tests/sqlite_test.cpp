#include <fstream>
#include <iterator>
#include <thread>

#include "db/tests/ground.h"

using namespace db_test;
using Kind = db::Error::Kind;
namespace fs = std::filesystem;

namespace {

class SqliteTest : public testing::Test {
 protected:
  Folder folder;
  fs::path file = folder.path() / "daybook.db";

  std::unique_ptr<db::Database> open() { return db::open({.url = folder.path().string()}); }
  void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  // One connection that has made `item` and put `rows` into it.
  std::unique_ptr<db::Connection> filled(db::Database& database, std::int64_t rows) {
    auto c = database.connect(db::Access::write);
    c->script(item_ddl);
    c->begin(db::Access::write);
    db::Tx tx(*c, 1);
    for (std::int64_t i = 0; i < rows; ++i) tx.insert("item", Item{"row " + std::to_string(i) + std::string(100, '.'), i});
    c->commit();
    return c;
  }
  static std::int64_t count(db::Connection& c) { return db::all<std::int64_t>(c, "SELECT count(*) FROM item").front(); }
  // Refused as corrupt, with the file as it was.
  std::string refused() {
    const auto before = read(file);
    std::string why;
    try {
      (void)open();
      ADD_FAILURE() << "it was opened";
    } catch (const db::Error& e) {
      EXPECT_EQ(e.kind, Kind::corrupt);
      why = e.what();
    }
    EXPECT_TRUE(read(file) == before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
    return why;
  }
};

TEST_F(SqliteTest, ANewFileIsForItsOwnerOnlyAndCarriesOurName) {
  (void)open();
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(read(file).substr(68, 4), "DayB");
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
}

TEST_F(SqliteTest, WhatWasCommittedIsThereAfterReopening) {
  {
    const auto database = open();
    (void)filled(*database, 10);
  }
  const auto database = open();
  EXPECT_EQ(count(*database->connect(db::Access::read)), 10);
}

TEST_F(SqliteTest, AFileThatIsNotSqliteIsRefused) {
  write(file, "Dear diary, today I wrote a long text that is certainly no database at all. " + std::string(200, '!'));
  EXPECT_NE(refused().find("not an SQLite file"), std::string::npos);
}

TEST_F(SqliteTest, AnEmptyFileIsRefused) {
  write(file, "");
  EXPECT_NE(refused().find("truncated"), std::string::npos);
}

TEST_F(SqliteTest, AFileOfAnotherApplicationIsRefused) {
  (void)open();
  auto bytes = read(file);
  bytes.replace(68, 4, "Else");
  write(file, bytes);
  EXPECT_NE(refused().find("another application"), std::string::npos);
}

TEST_F(SqliteTest, ATruncatedFileIsRefusedWithWhatToDo) {
  {
    const auto database = open();
    (void)filled(*database, 2000);
  }
  ASSERT_FALSE(fs::exists(file.string() + "-wal"));
  const auto whole = read(file);
  for (const std::size_t left : {whole.size() - 4096, std::size_t{50}}) {
    write(file, whole.substr(0, left));
    const auto why = refused();
    EXPECT_NE(why.find("truncated"), why.npos) << why;
    EXPECT_NE(why.find("restore a backup"), why.npos) << why;
  }
}

TEST_F(SqliteTest, ALogWithoutItsFileIsRefused) {
  write(file.string() + "-wal", "something");
  EXPECT_EQ(error_of([&] { (void)open(); }), Kind::corrupt);
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(SqliteTest, ACrashWhileTheLogIsCopiedIsNotTakenForATruncatedFile) {
  Folder copy;
  const auto moved = copy.path() / "daybook.db";
  {
    const auto database = open();
    const auto connection = filled(*database, 2000);
    fs::copy_file(file, moved);  // as a crash leaves it: the log is all there…
    fs::copy_file(file.string() + "-wal", moved.string() + "-wal");
    (void)database->checkpoint(db::Database::Checkpoint::passive);
    const auto page_one = read(file).substr(0, 4096);  // …and only the first page was copied, which tells the new length
    std::fstream out(moved, std::ios::binary | std::ios::in | std::ios::out);
    out << page_one;
  }
  const auto database = db::open({.url = copy.path().string()});
  EXPECT_EQ(count(*database->connect(db::Access::read)), 2000);
}

TEST_F(SqliteTest, AFullDiskEndsTheGroupWithoutForkingIt) {
  const auto database = open();
  const auto connection = filled(*database, 1);
  connection->script("PRAGMA max_page_count = 20");
  db::Tx tx(*connection, 1);
  connection->begin(db::Access::write);
  connection->savepoint();
  tx.insert("item", Item{"first", 1});
  connection->release();
  connection->savepoint();
  const auto fill = [&] {
    for (int i = 0; i < 10'000; ++i) tx.insert("item", Item{"fill " + std::to_string(i) + std::string(100, '.'), 1});
  };
  EXPECT_EQ(error_of(fill), Kind::full);
  EXPECT_FALSE(connection->in_transaction());  // SQLite has rolled back by itself
  EXPECT_EQ(error_of([&] { connection->savepoint(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { tx.insert("item", Item{"third", 1}); }), Kind::statement);
  EXPECT_EQ(error_of([&] { connection->commit(); }), Kind::statement);
  connection->rollback();
  EXPECT_EQ(count(*connection), 1);
  connection->begin(db::Access::write);
  tx.insert("item", Item{"again", 1});
  connection->commit();
  EXPECT_EQ(count(*connection), 2);
}

TEST_F(SqliteTest, ALockedDatabaseIsBusyNotBroken) {
  const auto database = db::open({.url = folder.path().string(), .busy_ms = 20});
  const auto one = filled(*database, 1), two = database->connect(db::Access::write);
  one->begin(db::Access::write);
  EXPECT_EQ(error_of([&] { two->begin(db::Access::write); }), Kind::busy);
  EXPECT_FALSE(two->in_transaction());
  one->rollback();
  two->begin(db::Access::write);
  two->commit();
}

TEST_F(SqliteTest, ACheckpointCopiesTheLogIntoTheFile) {
  const auto database = open();
  const auto connection = filled(*database, 2000);
  EXPECT_GT(database->log_bytes(), 100'000);  // the writer does not copy by itself
  EXPECT_EQ(database->checkpoint(db::Database::Checkpoint::passive), 0);
  EXPECT_GT(database->file_bytes(), 100'000);
  EXPECT_EQ(database->checkpoint(db::Database::Checkpoint::truncate), 0);
  EXPECT_EQ(database->log_bytes(), 0);
}

TEST_F(SqliteTest, AReaderHoldsBackPartOfACheckpoint) {
  const auto database = db::open({.url = folder.path().string(), .busy_ms = 20});
  const auto connection = filled(*database, 10);
  const auto reader = database->connect(db::Access::read);
  reader->begin(db::Access::read);
  EXPECT_EQ(count(*reader), 10);
  db::Tx tx(*connection, 1);
  tx.insert("item", Item{"later", 1});
  EXPECT_GT(database->checkpoint(db::Database::Checkpoint::truncate), 0);
  reader->rollback();
  EXPECT_EQ(database->checkpoint(db::Database::Checkpoint::truncate), 0);
}

TEST_F(SqliteTest, ABackupUnderWritesIsWholeAndConsistent) {
  const auto database = open();
  const auto connection = filled(*database, 2000);
  std::atomic<bool> stop = false;
  std::thread writer([&] {  // pairs: a consistent copy never holds one alone
    db::Tx tx(*connection, 2);
    for (std::int64_t i = 0; !stop; ++i) {
      connection->begin(db::Access::write);
      tx.insert("item", Item{"left " + std::to_string(i), i});
      tx.insert("item", Item{"right " + std::to_string(i), i});
      connection->commit();
    }
  });
  Folder elsewhere;
  const auto to = elsewhere.path() / "daybook.db";
  for (int i = 0; i < 3; ++i) {
    fs::remove(to);
    database->backup(to);
  }
  stop = true;
  writer.join();
  EXPECT_EQ(fs::status(to).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(to.string() + ".part"));
  const auto copy = db::open({.url = elsewhere.path().string()});
  const auto reader = copy->connect(db::Access::read);
  EXPECT_EQ(db::all<std::int64_t>(*reader, "SELECT count(*) FROM item WHERE tenant = 1").front(), 2000);
  EXPECT_EQ(db::all<std::int64_t>(*reader,
                                  "SELECT count(*) FROM item a WHERE tenant = 2 AND id LIKE 'left %' AND NOT EXISTS "
                                  "(SELECT 1 FROM item b WHERE b.tenant = 2 AND b.id = 'right ' || a.n)")
                .front(),
            0);
}

TEST_F(SqliteTest, ABackupNeverReplacesAFile) {
  const auto database = open();
  const auto to = folder.path() / "backup.db";
  write(to, "mine");
  EXPECT_EQ(error_of([&] { database->backup(to); }), Kind::statement);
  EXPECT_EQ(read(to), "mine");
  EXPECT_EQ(error_of([&] { database->backup(folder.path() / "no" / "such" / "folder"); }), Kind::lost);
}

TEST_F(SqliteTest, ATextInDoubleQuotesIsNoText) {
  const auto database = open();
  const auto connection = filled(*database, 1);
  EXPECT_EQ(error_of([&] { db::all<std::string>(*connection, "SELECT \"no_such_column\" FROM item"); }), Kind::statement);
}

TEST_F(SqliteTest, ASecondStatementInOneTextIsABug) {
  const auto database = open();
  const auto connection = filled(*database, 1);
  EXPECT_THROW(db::run(*connection, "DELETE FROM item; DELETE FROM item"), std::logic_error);
  EXPECT_EQ(count(*connection), 1);
}

}  // namespace
