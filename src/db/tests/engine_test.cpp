#include "db/tests/ground.h"

#include <thread>

using namespace db_test;
using Kind = db::Error::Kind;

namespace {

// The one conformance suite: whatever modules may rely on holds on both engines.
class EngineTest : public Grounded {};
FOR_BOTH_ENGINES(EngineTest);

TEST_P(EngineTest, TheSecondArgumentMayStandBeforeTheFirst) {
  begin();
  tx.run("INSERT INTO item (id, n, tenant) VALUES ($2, $1, $t)", std::int64_t{5}, std::string("x"));
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"x", 5}}));
}

TEST_P(EngineTest, ArgumentsMayBeUsedTwiceAndBeOptional) {
  begin();
  tx.insert("item", Item{"a", 1});
  tx.insert("item", Item{"b", 2});
  commit();
  const auto found = [&](std::optional<std::int64_t> at_least) {
    return tx.all<std::string>("SELECT id FROM item WHERE tenant = $t AND ($1 IS NULL OR n >= $1) ORDER BY id", at_least);
  };
  EXPECT_EQ(found(2), std::vector<std::string>{"b"});
  EXPECT_EQ(found(std::nullopt), (std::vector<std::string>{"a", "b"}));
}

TEST_P(EngineTest, MoreThanNineArgumentsBindByTheirNumber) {
  const auto s = [](const char* text) { return std::string(text); };
  const auto found = tx.all<std::string>(
      "SELECT $11 || $10 || $1 || $2 FROM (SELECT 1 AS one) x WHERE $t = 1 AND $3 || $4 || $5 || $6 || $7 || $8 || $9 = "
      "'cdefghi'",
      s("a"), s("b"), s("c"), s("d"), s("e"), s("f"), s("g"), s("h"), s("i"), s("j"), s("k"));
  EXPECT_EQ(found, std::vector<std::string>{"kjab"});
}

TEST_P(EngineTest, ATenantSeesAndChangesOnlyItsOwnRows) {
  db::Tx other(*connection, 2);
  begin();
  tx.insert("item", Item{"a", 1});
  other.insert("item", Item{"a", 2});
  EXPECT_EQ(tx.change("UPDATE item SET n = n + 10 WHERE tenant = $t"), 1);
  commit();
  EXPECT_EQ(other.all<Item>("SELECT {} FROM item WHERE tenant = $t"), (std::vector<Item>{{"a", 2}}));
}

TEST_P(EngineTest, ChangeCountsTheRows) {
  begin();
  for (const char* id : {"a", "b", "c"}) tx.insert("item", Item{id, 1});
  EXPECT_EQ(tx.change("UPDATE item SET n = 2 WHERE tenant = $t AND id <> $1", std::string("a")), 2);
  EXPECT_EQ(tx.change("UPDATE item SET n = 2 WHERE tenant = $t AND id = $1", std::string("z")), 0);
  EXPECT_EQ(tx.change("DELETE FROM item WHERE tenant = $t"), 3);
  EXPECT_EQ(tx.change("INSERT INTO item (tenant, id, n) VALUES ($t, $1, 0) ON CONFLICT DO NOTHING", std::string("a")), 1);
  EXPECT_EQ(tx.change("INSERT INTO item (tenant, id, n) VALUES ($t, $1, 0) ON CONFLICT DO NOTHING", std::string("a")), 0);
  commit();
}

TEST_P(EngineTest, AnUpsertReturnsTheRow) {
  begin();
  const auto upsert = [&] {
    return tx.change_returning<Item>(
        "INSERT INTO item (tenant, id, n) VALUES ($t, $1, 1) ON CONFLICT (tenant, id) DO UPDATE SET n = item.n + excluded.n "
        "RETURNING {}",
        std::string("a"));
  };
  EXPECT_EQ(upsert(), (Item{"a", 1}));
  EXPECT_EQ(upsert(), (Item{"a", 2}));
  EXPECT_EQ(tx.change_returning<Item>("DELETE FROM item WHERE tenant = $t AND id = $1 RETURNING {}", std::string("b")),
            std::nullopt);
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"a", 2}}));
}

TEST_P(EngineTest, MoreThanOneRowForMaybeIsABug) {
  begin();
  tx.insert("item", Item{"a", 1});
  tx.insert("item", Item{"b", 1});
  EXPECT_THROW(tx.maybe<Item>("SELECT {} FROM item WHERE tenant = $t"), std::logic_error);
  commit();
  EXPECT_EQ(items().size(), 2u);
}

TEST_P(EngineTest, PagesByARowValueAreCompleteAndOrderedByBytes) {
  // Where English order differs from that of bytes: upper before lower case, '_' and '-' in between, accents last.
  const std::vector<std::string> ids{"-", "A", "B", "Z", "_", "a", "a b", "ab", "b", "z", "Ä", "é"};
  begin();
  for (auto it = ids.rbegin(); it != ids.rend(); ++it)
    tx.insert("item", Item{*it, static_cast<std::int64_t>((it - ids.rbegin()) / 6)});
  commit();
  std::vector<Item> paged;
  Item last{"", -1};
  for (;;) {
    const auto page = tx.all<Item>("SELECT {} FROM item WHERE tenant = $t AND (n, id) > ($1, $2) ORDER BY n, id LIMIT $3",
                                   last.n, last.id, std::int64_t{5});
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    last = page.back();
  }
  std::vector<Item> expected;
  for (std::size_t i = 6; i < 12; ++i) expected.push_back({ids[i], 0});
  for (std::size_t i = 0; i < 6; ++i) expected.push_back({ids[i], 1});
  EXPECT_EQ(paged, expected);
}

TEST_P(EngineTest, GreatestAndLeastIgnoreNulls) {
  const auto values = [&](std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
    return tx.all<std::optional<std::int64_t>>(
        "SELECT greatest($1, $2) FROM (SELECT 1 AS one) x WHERE $t = 1 UNION ALL SELECT least($1, $2)", a, b);
  };
  using Found = std::vector<std::optional<std::int64_t>>;
  EXPECT_EQ(values(3, 20), (Found{20, 3}));
  EXPECT_EQ(values(-5, std::nullopt), (Found{-5, -5}));
  EXPECT_EQ(values(std::nullopt, std::nullopt), (Found{std::nullopt, std::nullopt}));
  EXPECT_EQ(tx.all<std::string>("SELECT greatest('b', 'abc') FROM (SELECT 1 AS one) x WHERE $t = 1"),
            std::vector<std::string>{"b"});
  EXPECT_EQ(tx.all<std::string>("SELECT greatest('10', '9') FROM (SELECT 1 AS one) x WHERE $t = 1"),
            std::vector<std::string>{"9"});
}

TEST_P(EngineTest, ASavepointThatIsRolledBackLeavesNothing) {
  begin();
  connection->savepoint();
  tx.insert("item", Item{"kept", 1});
  connection->release();
  connection->savepoint();
  tx.insert("item", Item{"gone", 1});
  connection->rollback_to();
  connection->savepoint();
  tx.insert("item", Item{"kept too", 1});
  connection->release();
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"kept", 1}, {"kept too", 1}}));
  EXPECT_FALSE(connection->in_transaction());
}

TEST_P(EngineTest, RollbackLeavesNothingAndMayBeRepeated) {
  connection->rollback();
  begin();
  EXPECT_TRUE(connection->in_transaction());
  tx.insert("item", Item{"a", 1});
  connection->rollback();
  EXPECT_FALSE(connection->in_transaction());
  connection->rollback();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, SavepointsNeedATransaction) {
  EXPECT_EQ(error_of([&] { connection->savepoint(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { connection->release(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { connection->rollback_to(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { connection->commit(); }), Kind::statement);
  EXPECT_FALSE(connection->in_transaction());
  begin();
  EXPECT_EQ(error_of([&] { begin(); }), Kind::statement);
}

TEST_P(EngineTest, AnErrorInTheMiddleOfAGroupEndsItAndLeavesNothing) {
  begin();
  connection->savepoint();
  tx.insert("item", Item{"a", 1});
  connection->release();
  connection->savepoint();
  const auto fails = [&] {
    tx.run("INSERT INTO item (tenant, id, n) VALUES ($t, 'bad', $1)", std::int64_t{-1});  // queued on PostgreSQL
    (void)items();
  };
  EXPECT_EQ(error_of(fails), Kind::statement);
  // Whoever goes on all the same is refused, whatever it is.
  EXPECT_EQ(error_of([&] { connection->rollback_to(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { connection->savepoint(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { tx.insert("item", Item{"b", 1}); }), Kind::statement);
  EXPECT_EQ(error_of([&] { (void)items(); }), Kind::statement);
  EXPECT_EQ(error_of([&] { commit(); }), Kind::statement);
  connection->rollback();
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_TRUE(items().empty());
  begin();
  tx.insert("item", Item{"c", 1});
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"c", 1}}));
}

TEST_P(EngineTest, AnErrorThatNobodyWaitedForIsToldAtTheCommit) {
  begin();
  tx.insert("item", Item{"a", 1});
  const auto fails = [&] {
    tx.insert("item", Item{"a", 2});  // the same key
    tx.insert("item", Item{"b", 1});
    commit();
  };
  EXPECT_EQ(error_of(fails), Kind::statement);
  connection->rollback();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, AnErrorQueuedBehindASavepointIsNotHiddenByRollingItBack) {
  begin();
  const auto fails = [&] {
    connection->savepoint();
    tx.insert("item", Item{"bad", -1});
    connection->rollback_to();
    tx.insert("item", Item{"good", 1});
    commit();
  };
  EXPECT_EQ(error_of(fails), Kind::statement);
  connection->rollback();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, AStatementTheEngineCannotReadIsAnError) {
  const auto fails = [&] { tx.all<Item>("SELECT {} FROM no_such_table WHERE tenant = $t"); };
  EXPECT_EQ(error_of(fails), Kind::statement);
  EXPECT_EQ(error_of(fails), Kind::statement);  // and again, from the cache
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, AStatementPreparedInAFailedTransactionWorksInTheNext) {
  const auto read = [&] { return tx.all<std::int64_t>("SELECT n + 1 FROM item WHERE tenant = $t"); };
  begin();
  const auto fails = [&] {
    tx.insert("item", Item{"bad", -1});
    (void)read();  // PostgreSQL skips its preparation, too
  };
  EXPECT_EQ(error_of(fails), Kind::statement);
  connection->rollback();
  begin();
  tx.insert("item", Item{"a", 1});
  EXPECT_EQ(read(), std::vector<std::int64_t>{2});
  commit();
}

TEST_P(EngineTest, ASnapshotDoesNotSeeLaterWrites) {
  const auto reader = database->connect(db::Access::read);
  db::Snapshot snapshot(*reader, 1);
  const auto seen = [&] { return snapshot.all<std::int64_t>("SELECT count(*) FROM item WHERE tenant = $t").front(); };
  begin();
  tx.insert("item", Item{"a", 1});
  commit();
  reader->begin(db::Access::read);
  EXPECT_EQ(seen(), 1);
  begin();
  tx.insert("item", Item{"b", 1});
  EXPECT_EQ(seen(), 1);  // nor what is not committed
  commit();
  EXPECT_EQ(seen(), 1);
  reader->commit();
  EXPECT_EQ(seen(), 2);
}

TEST_P(EngineTest, AReadConnectionRefusesToWrite) {
  const auto reader = database->connect(db::Access::read);
  EXPECT_THROW(reader->begin(db::Access::write), std::logic_error);
  db::Tx wrong(*reader, 1);
  EXPECT_EQ(error_of([&] { wrong.change("INSERT INTO item (tenant, id, n) VALUES ($t, 'a', 1)"); }), Kind::statement);
  reader->begin(db::Access::read);
  EXPECT_EQ(error_of([&] { wrong.change("INSERT INTO item (tenant, id, n) VALUES ($t, 'a', 1)"); }), Kind::statement);
  reader->rollback();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, ASnapshotOnAWritingConnectionRefusesToWrite) {
  connection->begin(db::Access::read);
  EXPECT_EQ(error_of([&] { tx.change("INSERT INTO item (tenant, id, n) VALUES ($t, 'a', 1)"); }), Kind::statement);
  connection->rollback();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, OnlyCallsThatNeedAnAnswerAreCountedAsAwaited) {
  begin();
  const auto before = connection->awaited();
  const auto count = [&] { return connection->awaited() - before; };
  for (const char* id : {"a", "b", "c", "d"}) {
    connection->savepoint();
    tx.insert("item", Item{id, 1});
    tx.run("UPDATE item SET n = n + 1 WHERE tenant = $t AND id = $1", std::string(id));
    connection->release();
  }
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(items().size(), 4u);
  EXPECT_EQ(count(), 1);
  tx.change("UPDATE item SET n = 0 WHERE tenant = $t");
  EXPECT_EQ(count(), 2);
  tx.update("item", Item{"a", 9});
  EXPECT_EQ(count(), 3);
  commit();
  EXPECT_EQ(count(), 4);
}

TEST_P(EngineTest, OneTextServesArgumentsOfSeveralTypes) {
  const auto count = [&](const auto& value) {
    return tx.all<std::int64_t>("SELECT count(*) FROM item WHERE tenant = $t AND $1 IS NOT NULL", value).front();
  };
  EXPECT_EQ(count(std::string("x")), 0);
  EXPECT_EQ(count(std::int64_t{1}), 0);
  EXPECT_EQ(count(true), 0);
  EXPECT_EQ(count(std::optional<base::Bytes>()), 0);
}

TEST_P(EngineTest, BuiltTextIsKeptByWhatItSaysAndDoesNotPileUp) {
  begin();
  for (std::int64_t i = 0; i < 3; ++i) tx.insert("item", Item{std::string(1, static_cast<char>('a' + i)), i});
  commit();
  const auto built = [&](std::string text, std::int64_t n) {
    std::vector<Item> found;
    const std::int64_t argument = n;
    const db::Arg args[] = {db::arg(argument)};
    connection->query_built(text, 1, args, reflect::type_of<Item>(), &found,
                            [](void* to) -> void* { return &static_cast<std::vector<Item>*>(to)->emplace_back(); });
    return found;
  };
  for (int round = 0; round < 600; ++round) {  // more texts than are kept
    auto text = "SELECT {} FROM item WHERE tenant = $t AND n >= $1 AND " + std::to_string(round) + " >= 0 ORDER BY id DESC";
    ASSERT_EQ(built(text, 1), (std::vector<Item>{{"c", 2}, {"b", 1}})) << round;
  }
  EXPECT_EQ(built("SELECT {} FROM item WHERE tenant = $t AND n >= $1 ORDER BY id DESC", 2), (std::vector<Item>{{"c", 2}}));
}

TEST_P(EngineTest, AGroupOfHundredsOfQueuedStatementsIsWhole) {
  begin();
  for (std::int64_t i = 0; i < 3000; ++i) tx.insert("item", Item{"row " + std::to_string(i) + std::string(200, 'x'), i});
  commit();
  EXPECT_EQ(tx.all<std::int64_t>("SELECT sum(n) FROM item WHERE tenant = $t").front(), 3000 * 2999 / 2);
}

TEST_P(EngineTest, TwoConnectionsWriteOneAfterTheOther) {
  const auto work = [&](const char* name) {
    const auto own = database->connect(db::Access::write);
    db::Tx mine(*own, 1);
    for (int i = 0; i < 20; ++i) {
      own->begin(db::Access::write);
      mine.insert("item", Item{name + std::to_string(i), i});
      own->commit();
    }
  };
  std::thread one(work, "a"), two(work, "b");
  one.join();
  two.join();
  EXPECT_EQ(items().size(), 40u);
}

TEST_P(EngineTest, AReadThatTakesTooLongIsEnded) {
  const auto reader = database->connect(db::Access::read);
  reader->limit(std::chrono::milliseconds(50));
  const auto runaway = [&] {
    db::all<std::int64_t>(
        *reader,
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) FROM r");
  };
  reader->begin(db::Access::read);
  EXPECT_EQ(error_of(runaway), Kind::busy);
  reader->rollback();
  EXPECT_EQ(db::all<std::int64_t>(*reader, "SELECT count(*) FROM item"), std::vector<std::int64_t>{0});
}

TEST_P(EngineTest, ATextThatIsNoLiteralIsFoundOut) {
  std::string text = "SELECT {} FROM item WHERE tenant = $t AND n = 1";
  const auto query = [&] {
    std::vector<Item> found;
    connection->query(text, 1, {}, reflect::type_of<Item>(), &found,
                      [](void* to) -> void* { return &static_cast<std::vector<Item>*>(to)->emplace_back(); });
  };
  query();
  text.back() = '2';  // the same address
  EXPECT_THROW(query(), std::logic_error);
}

TEST_P(EngineTest, RowsThatNobodyTakesAreDropped) {
  begin();
  tx.insert("item", Item{"a", 1});
  connection->query_built("DELETE FROM item WHERE tenant = $t", 1, {}, reflect::type_of<Item>(), nullptr, nullptr);
  tx.insert("item", Item{"a", 2});
  connection->query_built("DELETE FROM item WHERE tenant = $t RETURNING id", 1, {}, reflect::type_of<Item>(), nullptr, nullptr);
  commit();
  EXPECT_TRUE(items().empty());
}

TEST_P(EngineTest, SqlOfBothEnginesMeansTheSame) {
  begin();
  for (std::int64_t i = 1; i <= 4; ++i) tx.insert("item", Item{"i" + std::to_string(i), i});
  commit();
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(tx.all<std::int64_t>("WITH big AS (SELECT id, n FROM item WHERE tenant = $t AND n > 2) SELECT sum(n) FROM big"),
            Numbers{7});
  EXPECT_EQ(tx.all<std::int64_t>(
                "SELECT sum(n) FILTER (WHERE n > 1) OVER (ORDER BY n) FROM item WHERE tenant = $t ORDER BY n DESC LIMIT 1"),
            Numbers{9});
  EXPECT_EQ(tx.all<std::int64_t>("SELECT count(*) FROM item WHERE tenant = $t AND $1 IS NOT DISTINCT FROM id",
                                 std::optional<std::string>()),
            Numbers{0});
}

}  // namespace
