#include "db/tests/ground.h"

using namespace db_test;
using db::Migration;

namespace {

class MigrateTest : public testing::TestWithParam<db::Engine> {
 protected:
  Folder folder;
  std::unique_ptr<db::Database> database = fresh_database(GetParam(), folder);
  std::unique_ptr<db::Connection> connection = database->connect(db::Access::write);
  db::Tx tx{*connection, 1};

  std::vector<std::string> apply(std::vector<Migration> list, std::int64_t schema = 1) {
    return db::migrate(*connection, list, schema, 1'000'000).applied;
  }
};
FOR_BOTH_ENGINES(MigrateTest);

constexpr Migration shop_1{"shop", 1, "first",
                           "CREATE TABLE shop_a (tenant BIGINT NOT NULL, id TEXT NOT NULL, ok BOOLEAN, x DOUBLE PRECISION, b "
                           "BYTEA, PRIMARY KEY (tenant, id));"};
constexpr Migration shop_2{
    "shop", 2, "second",
    "ALTER TABLE shop_a ADD COLUMN note TEXT NOT NULL DEFAULT '';\nCREATE INDEX shop_a_note ON shop_a (tenant, note);"};
constexpr Migration shop_3{"shop", 3, "third", "CREATE TABLE shop_b (tenant BIGINT NOT NULL, n BIGINT NOT NULL);"};
constexpr Migration bar_1{"bar", 1, "only", "CREATE TABLE bar_a (tenant BIGINT NOT NULL, n BIGINT NOT NULL);"};
using Labels = std::vector<std::string>;

TEST_P(MigrateTest, AppliesWhatIsMissingInOrderAndOnlyOnce) {
  EXPECT_EQ(db::pending(*connection, std::vector{shop_2, shop_1}), (Labels{"shop 0001 first", "shop 0002 second"}));
  EXPECT_EQ(apply({shop_2, shop_1, bar_1}), (Labels{"shop 0001 first", "shop 0002 second", "bar 0001 only"}));
  EXPECT_EQ(apply({shop_1, shop_2, bar_1}), Labels{});
  EXPECT_EQ(db::pending(*connection, std::vector{shop_1, shop_2, shop_3, bar_1}), Labels{"shop 0003 third"});
  EXPECT_EQ(apply({shop_1, shop_2, shop_3, bar_1}), Labels{"shop 0003 third"});
  EXPECT_EQ(db::all<std::int64_t>(*connection, "SELECT count(*) FROM core_migration").front(), 4);
  EXPECT_EQ(tx.change("INSERT INTO shop_a (tenant, id, note) VALUES ($t, 'a', 'n')"), 1);
}

TEST_P(MigrateTest, AChangedMigrationIsRefused) {
  apply({shop_1});
  const Migration changed{"shop", 1, "first", "CREATE TABLE shop_other (tenant BIGINT NOT NULL);"};
  const auto why = message_of([&] { apply({changed, shop_2}); });
  EXPECT_NE(why.find("shop 0001 first was changed"), why.npos) << why;
  EXPECT_EQ(error_of([&] { db::pending(*connection, std::vector{changed}); }), db::Error::Kind::statement);
  EXPECT_EQ(db::pending(*connection, std::vector{shop_1, shop_2}), Labels{"shop 0002 second"});
}

TEST_P(MigrateTest, NumbersWithAGapOrTwiceAreRefused) {
  EXPECT_EQ(error_of([&] { apply({shop_1, shop_3}); }), db::Error::Kind::statement);
  EXPECT_EQ(error_of([&] { apply({shop_1, shop_1}); }), db::Error::Kind::statement);
  EXPECT_EQ(error_of([&] { db::pending(*connection, std::vector{shop_2}); }), db::Error::Kind::statement);
}

TEST_P(MigrateTest, AFailingMigrationLeavesNothingOfAllOfThem) {
  apply({shop_1});
  const Migration broken{"bar", 1, "broken",
                         "CREATE TABLE bar_a (tenant BIGINT NOT NULL); CREATE TABLE bar_a (tenant BIGINT NOT NULL);"};
  const auto why = message_of([&] { apply({shop_1, shop_2, broken}); });
  EXPECT_NE(why.find("migration bar 0001 broken"), why.npos) << why;
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(db::pending(*connection, std::vector{shop_1, shop_2, bar_1}), (Labels{"shop 0002 second", "bar 0001 only"}));
  EXPECT_EQ(apply({shop_1, shop_2, bar_1}), (Labels{"shop 0002 second", "bar 0001 only"}));
}

TEST_P(MigrateTest, TheProgramBeforeTheLastMigrationStillRuns) {
  apply({shop_1, shop_2, bar_1}, 3);
  EXPECT_EQ(apply({shop_1}, 3), Labels{});
  EXPECT_EQ(apply({shop_1, shop_2, bar_1}, 4), Labels{});
}

TEST_P(MigrateTest, ADatabaseOfANewerSchemaIsRefusedWithWhatToDo) {
  apply({shop_1}, 3);
  const auto why = message_of([&] { apply({shop_1, shop_2}, 2); });
  EXPECT_NE(why.find("newer program"), why.npos) << why;
  EXPECT_NE(why.find("Install"), why.npos) << why;
  EXPECT_EQ(db::pending(*connection, std::vector{shop_1, shop_2}), Labels{"shop 0002 second"});
}

TEST_P(MigrateTest, AColumnRefusesWhatIsNotOfItsType) {
  apply({bar_1});
  const auto fails = [&] { tx.change("INSERT INTO bar_a (tenant, n) VALUES ($t, 'text')"); };
  EXPECT_EQ(error_of(fails), db::Error::Kind::statement);
}

TEST_P(MigrateTest, AListAsOneArgumentMeansTheSameOnBoth) {
  apply({shop_1});
  for (const char* id : {"a", "b", "c"}) tx.run("INSERT INTO shop_a (tenant, id) VALUES ($t, $1)", std::string(id));
  EXPECT_EQ(
      tx.all<std::string>("SELECT id FROM shop_a WHERE tenant = $t AND id IN (SELECT value FROM json_each($1)) ORDER BY id",
                          std::vector<std::string>{"c", "a", "zz\"'"}),
      (std::vector<std::string>{"a", "c"}));
}

TEST_P(MigrateTest, TwoProgramsThatStartAtOnceApplyEachMigrationOnce) {
  std::vector<std::string> applied[2];
  const auto work = [&](std::vector<std::string>& out) {
    const auto own = database->connect(db::Access::write);
    out = db::migrate(*own, std::vector{shop_1, shop_2}, 1, 0).applied;
  };
  std::thread one(work, std::ref(applied[0])), two(work, std::ref(applied[1]));
  one.join();
  two.join();
  EXPECT_EQ(applied[0].size() + applied[1].size(), 2u);
}

}  // namespace
