#include <thread>

#include "db/tests/ground.h"

using namespace db_test;
using namespace std::chrono_literals;
using Kind = db::Error::Kind;

namespace {

class PostgresTest : public testing::Test {
 protected:
  db::Options options{.url = kit::postgres_url(), .schema = kit::fresh_schema()};
  std::unique_ptr<db::Database> database = db::open(options);
  std::unique_ptr<db::Connection> connection = [this] {
    auto c = database->connect(db::Access::write);
    c->script(item_ddl);
    return c;
  }();
  db::Tx tx{*connection, 1};

  std::int64_t backend(db::Connection& c) { return db::all<std::int64_t>(c, "SELECT pg_backend_pid()").front(); }
  // As the server's death or a cut cable would.
  void cut(std::int64_t pid) {
    const auto other = database->connect(db::Access::write);
    db::run(*other, "SELECT pg_terminate_backend($1::int)", pid);
    while (db::all<std::int64_t>(*other, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid).front()) {
    }
  }
  std::int64_t count() {
    const auto other = database->connect(db::Access::read);
    return db::all<std::int64_t>(*other, "SELECT count(*) FROM item").front();
  }
};

TEST_F(PostgresTest, AConnectionLostInATransactionIsLost) {
  const auto pid = backend(*connection);
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  (void)tx.all<Item>("SELECT {} FROM item WHERE tenant = $t");
  cut(pid);
  EXPECT_EQ(error_of([&] { (void)tx.all<Item>("SELECT {} FROM item WHERE tenant = $t"); }), Kind::lost);
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(error_of([&] { connection->rollback(); }), Kind::lost);
  EXPECT_EQ(error_of([&] { connection->begin(db::Access::write); }), Kind::lost);
  EXPECT_EQ(count(), 0);
}

TEST_F(PostgresTest, AConnectionLostAtTheCommitLeavesItUnknown) {
  const auto pid = backend(*connection);
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  cut(pid);
  EXPECT_EQ(error_of([&] { connection->commit(); }), Kind::commit_unknown);
  EXPECT_EQ(error_of([&] { connection->rollback(); }), Kind::lost);
}

TEST_F(PostgresTest, ACommitThatWarnsIsUnknown) {
  // A deferred trigger runs inside COMMIT, as the cancelled wait for a synchronous standby would warn from there.
  connection->begin(db::Access::write);
  db::run(
      *connection,
      "CREATE FUNCTION warns() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''canceling wait''; RETURN NULL; END'");
  db::run(*connection,
          "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
          "warns()");
  connection->commit();
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  EXPECT_EQ(error_of([&] { connection->commit(); }), Kind::commit_unknown);
  connection->rollback();
  EXPECT_EQ(count(), 1);  // it had been committed
  connection->begin(db::Access::write);
  connection->commit();
}

TEST_F(PostgresTest, AStatementThatGetsNoAnswerLosesItsConnection) {
  options.answer_time = 200ms;
  const auto impatient = db::open(options)->connect(db::Access::write);
  impatient->begin(db::Access::write);
  db::run(*impatient, "SELECT pg_sleep(1)");
  EXPECT_EQ(error_of([&] { (void)db::all<std::int64_t>(*impatient, "SELECT 1"); }), Kind::lost);
  EXPECT_FALSE(impatient->in_transaction());
  EXPECT_EQ(error_of([&] { impatient->rollback(); }), Kind::lost);
}

TEST_F(PostgresTest, AReadHasItsLimitAndOtherwiseAllTheTimeItNeeds) {
  options.answer_time = 100ms;
  const auto reading = db::open(options)->connect(db::Access::read);
  EXPECT_EQ(db::all<std::int64_t>(*reading, "SELECT count(*) FROM pg_sleep(0.3)"), std::vector<std::int64_t>{1});
  reading->limit(50ms);
  EXPECT_EQ(error_of([&] { (void)db::all<std::int64_t>(*reading, "SELECT count(*) FROM pg_sleep(0.3)"); }), Kind::busy);
}

TEST_F(PostgresTest, ACommitThatGetsNoAnswerIsUnknownAndNotCancelled) {
  connection->script(
      "CREATE FUNCTION sleeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER sleep AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
      "sleeps()");
  options.commit_time = 100ms;
  const auto impatient = db::open(options)->connect(db::Access::write);
  db::Tx theirs(*impatient, 1);
  impatient->begin(db::Access::write);
  theirs.insert("item", Item{"a", 1});
  EXPECT_EQ(error_of([&] { impatient->commit(); }), Kind::commit_unknown);
  EXPECT_EQ(error_of([&] { impatient->rollback(); }), Kind::lost);
  EXPECT_EQ(count(), 0) << "nobody was to wait for it";
  for (int i = 0; i < 200 && count() == 0; ++i) std::this_thread::sleep_for(50ms);
  EXPECT_EQ(count(), 1) << "it goes on, and lands unseen";
}

TEST_F(PostgresTest, ASilentWriterIsPutOutByTheServerAndFreesItsRows) {
  connection->script("SET idle_in_transaction_session_timeout = '100ms'");
  const auto pid = backend(*connection);
  connection->begin(db::Access::write);
  (void)tx.all<Item>("SELECT {} FROM item WHERE tenant = $t FOR UPDATE");
  const auto sessions = [&] {
    const auto other = database->connect(db::Access::read);
    return db::all<std::int64_t>(*other, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid).front();
  };
  for (int i = 0; i < 200 && sessions() > 0; ++i) std::this_thread::sleep_for(50ms);
  EXPECT_EQ(sessions(), 0);
  EXPECT_EQ(error_of([&] { (void)tx.all<Item>("SELECT {} FROM item WHERE tenant = $t"); }), Kind::lost);
}

TEST_F(PostgresTest, ARuleThatBreaksAtTheCommitIsToldAndNothingIsKept) {
  connection->script(
      "CREATE TABLE part (tenant BIGINT NOT NULL, id TEXT NOT NULL, FOREIGN KEY (tenant, id) REFERENCES item (tenant, id) "
      "DEFERRABLE INITIALLY DEFERRED);");
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  tx.run("INSERT INTO part (tenant, id) VALUES ($t, 'nobody')");
  EXPECT_EQ(error_of([&] { connection->commit(); }), Kind::statement);
  connection->rollback();
  EXPECT_EQ(count(), 0);
}

TEST_F(PostgresTest, ADeadlockIsBusy) {
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  tx.insert("item", Item{"b", 1});
  connection->commit();
  connection->script("SET deadlock_timeout = '10ms'");
  const auto other = database->connect(db::Access::write);
  other->script("SET deadlock_timeout = '10s'");
  db::Tx theirs(*other, 1);
  const auto take = [](db::Tx& t, const char* id) {
    return t.change("UPDATE item SET n = n + 1 WHERE tenant = $t AND id = $1", std::string(id));
  };
  connection->begin(db::Access::write);
  other->begin(db::Access::write);
  take(tx, "a");
  take(theirs, "b");
  std::thread waits([&] {
    take(theirs, "a");
    other->commit();
  });
  EXPECT_EQ(error_of([&] { take(tx, "b"); }), Kind::busy);
  connection->rollback();
  waits.join();
}

TEST_F(PostgresTest, QueuedStatementsAreNotSentOneByOne) {
  connection->begin(db::Access::write);
  tx.insert("item", Item{"a", 1});
  connection->savepoint();
  // Nobody has waited: the server knows nothing of it yet.
  const auto other = database->connect(db::Access::read);
  const auto idle = db::all<std::int64_t>(
      *other, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'daybook'");
  EXPECT_EQ(idle.front(), 0);
  connection->release();
  connection->commit();
  EXPECT_EQ(count(), 1);
}

TEST_F(PostgresTest, ADatabaseOfAnotherEncodingIsRefusedWithWhatToDo) {
  connection->script("DROP DATABASE IF EXISTS daybook_latin");
  connection->script("CREATE DATABASE daybook_latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0");
  auto url = kit::postgres_url();
  url.replace(url.rfind('/'), url.npos, "/daybook_latin");
  const auto why = message_of([&] { (void)db::open({.url = url}); });
  EXPECT_NE(why.find("LATIN1"), why.npos) << why;
  EXPECT_NE(why.find("createdb --encoding=UTF8"), why.npos) << why;
}

TEST_F(PostgresTest, NobodyThereIsLostAndThePasswordIsNotShown) {
  EXPECT_EQ(error_of([] { (void)db::open({.url = "postgres://shop:s3cret@127.0.0.1:1/none"}); }), Kind::lost);
  EXPECT_EQ(message_of([] { (void)db::open({.url = "postgres://shop:s3cret@127.0.0.1:1/none"}); }).find("s3cret"),
            std::string::npos);
  auto url = kit::postgres_url();
  url.insert(url.find('@'), ":s3cret");
  const auto opened = db::open({.url = url + "?password=s3cret&sslmode=prefer", .schema = options.schema});
  EXPECT_EQ(opened->url().find("s3cret"), std::string::npos) << opened->url();
  EXPECT_NE(opened->url().find("sslmode=prefer"), std::string::npos) << opened->url();
}

TEST_F(PostgresTest, ABackupIsLeftToItsOwnTools) {
  EXPECT_EQ(error_of([&] { database->backup("/nowhere"); }), Kind::statement);
  EXPECT_GT(database->file_bytes(), 1'000'000);
}

}  // namespace
