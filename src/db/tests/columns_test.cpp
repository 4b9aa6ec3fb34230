#include "db/columns.h"

#include "db/tests/ground.h"

using namespace db_test;

namespace {

class Columns : public Grounded {};
FOR_BOTH_ENGINES(Columns);

Thing full_thing() {
  const auto eur = *base::Currency::parse("EUR");
  Thing t;
  t.id = thing_id(1);
  t.flag = true;
  t.number = std::numeric_limits<std::int64_t>::min();
  t.few = 7;
  t.quantity = base::Quantity(750);
  t.title = "It's \"quoted\" \\ $1 $t {} — Grüße 漢字 🍕\n\ttab";
  t.short_title = base::Text<0, 10>("crème");
  t.at = base::Instant(std::chrono::microseconds(1'762'000'000'123'456));
  t.day = base::Date(std::chrono::year(2024), std::chrono::month(2), std::chrono::day(29));
  t.price = base::Money(-250, eur);
  t.digest = base::Bytes(std::string("\0\x01'\"\xff\\\0", 7));
  t.document = base::Json(R"({"a": [1, 2,  {"b":"ü"}]})");
  t.phase = Phase::closed;
  t.tags = {"a", "with \"quotes\"", ""};
  t.stock = {{"large", 3}, {"small", -1}};
  t.part = {"screw", 5};
  t.secret = "kept";
  t.shadow = "kept too";
  t.maybe_flag = false;
  t.maybe_number = std::numeric_limits<std::int64_t>::max();
  t.maybe_text = "";
  t.maybe_at = base::Instant(std::chrono::microseconds(-1));
  t.maybe_price = base::Money(0, eur);
  t.maybe_digest = base::Bytes();
  t.maybe_id = thing_id(9);
  t.maybe_part = Part{"nut", 1};
  t.maybe_parts = std::vector<Part>{{"a", 1}, {"b", 2}};
  return t;
}

TEST_P(Columns, EveryKindComesBackAsItWas) {
  const auto thing = full_thing();
  begin();
  tx.insert("thing", thing);
  commit();
  const auto found = tx.all<Thing>("SELECT {} FROM thing WHERE tenant = $t");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], thing);
}

TEST_P(Columns, AnEmptyOptionalIsNullInEachOfItsColumns) {
  Thing thing;
  thing.id = thing_id(2);
  begin();
  tx.insert("thing", thing);
  commit();
  const auto found = tx.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t AND id = $1", thing.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, thing);
  EXPECT_EQ(tx.all<std::int64_t>(
                "SELECT count(*) FROM thing WHERE tenant = $t AND maybe_flag IS NULL AND maybe_number IS NULL AND "
                "maybe_text IS NULL AND maybe_at IS NULL AND maybe_price_minor IS NULL AND maybe_price_currency IS NULL AND "
                "maybe_digest IS NULL AND maybe_id IS NULL AND maybe_part IS NULL AND maybe_parts IS NULL"),
            std::vector<std::int64_t>{1});
}

TEST_P(Columns, UpdateWritesEveryStoredFieldOfTheRowAndOfNoOther) {
  Thing one, two;
  one.id = thing_id(1);
  two.id = thing_id(2);
  begin();
  tx.insert("thing", one);
  tx.insert("thing", two);
  db::Tx other(*connection, 2);
  other.insert("thing", one);
  const auto full = full_thing();  // its id is that of `one`
  tx.update("thing", full);
  commit();
  EXPECT_EQ(tx.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t AND id = $1", one.id), full);
  EXPECT_EQ(tx.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t AND id = $1", two.id), two);
  EXPECT_EQ(other.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t"), one);
}

TEST_P(Columns, UpdateOfAMissingRowIsABug) {
  begin();
  EXPECT_THROW(tx.update("item", Item{"nobody", 1}), std::logic_error);
  tx.insert("item", Item{"somebody", 1});  // the transaction is intact
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"somebody", 1}}));
}

TEST_P(Columns, ColumnsCanBeNamedThroughAnAlias) {
  begin();
  tx.insert("item", Item{"a", 1});
  commit();
  const auto found = tx.all<Item>(
      "SELECT {i} FROM item i JOIN item j ON j.tenant = i.tenant AND j.id = i.id WHERE i.tenant = $t AND '{}' = '{}'");
  EXPECT_EQ(found, (std::vector<Item>{{"a", 1}}));
}

TEST_P(Columns, AResultWithAnotherNumberOfColumnsIsABug) {
  EXPECT_THROW(tx.all<Item>("SELECT id FROM item WHERE tenant = $t"), std::logic_error);
  EXPECT_THROW(tx.all<std::string>("SELECT id, n FROM item WHERE tenant = $t"), std::logic_error);
}

TEST_P(Columns, ANullLeavesTheDeclaredDefault) {
  struct Reading {
    static std::vector<std::int64_t> sum(db::Tx& tx) {
      return tx.all<std::int64_t>("SELECT sum(n) FROM item WHERE tenant = $t");
    }
  };
  EXPECT_EQ(Reading::sum(tx), std::vector<std::int64_t>{0});
  EXPECT_EQ(tx.all<std::optional<std::int64_t>>("SELECT max(n) FROM item WHERE tenant = $t"),
            std::vector<std::optional<std::int64_t>>{std::nullopt});
}

TEST_P(Columns, ANumberThatIsNoIntegerIsRefused) {
  begin();
  tx.insert("item", Item{"a", 1});
  tx.insert("item", Item{"b", 2});
  commit();
  EXPECT_EQ(error_of([&] { tx.all<std::int64_t>("SELECT avg(n) FROM item WHERE tenant = $t"); }), db::Error::Kind::statement);
}

TEST_P(Columns, AStoredValueThatItsTypeCannotReadIsCorruption) {
  begin();
  tx.insert("thing", full_thing());
  tx.run("UPDATE thing SET tags = $1 WHERE tenant = $t", std::string("[1, "));
  commit();
  const auto why = message_of([&] { tx.all<Thing>("SELECT {} FROM thing WHERE tenant = $t"); });
  EXPECT_NE(why.find("column tags"), why.npos) << why;
}

TEST_P(Columns, AnEnumeratorOfANewerProgramIsKept) {
  begin();
  tx.insert("thing", full_thing());
  tx.run("UPDATE thing SET phase = $1 WHERE tenant = $t", std::string("paused"));
  commit();
  auto found = tx.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t");
  ASSERT_TRUE(found);
  EXPECT_EQ(reflect::name_of(found->phase), "paused");
  begin();
  tx.update("thing", *found);
  commit();
  EXPECT_EQ(tx.all<std::string>("SELECT phase FROM thing WHERE tenant = $t"), std::vector<std::string>{"paused"});
}

TEST_P(Columns, AMegabyteOfTextAndOfBytesComesBack) {
  auto thing = full_thing();
  thing.title.clear();
  while (thing.title.size() < 1'000'000) thing.title += "ü€🍕 'x'";
  for (int i = 0; i < 1'000'000; ++i) thing.digest += static_cast<char>(i);
  begin();
  tx.insert("thing", thing);
  commit();
  const auto found = tx.maybe<Thing>("SELECT {} FROM thing WHERE tenant = $t");
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found == thing);
}

TEST_P(Columns, ATextWithNulIsABugAndNothingIsWritten) {
  begin();
  EXPECT_THROW(tx.insert("item", Item{std::string("a\0b", 3), 1}), std::logic_error);
  tx.insert("item", Item{"c", 1});
  commit();
  EXPECT_EQ(items(), (std::vector<Item>{{"c", 1}}));
}

TEST_P(Columns, MoneyAsAnArgumentCountsAsItsMinorUnits) {
  const auto thing = full_thing();
  begin();
  tx.insert("thing", thing);
  commit();
  EXPECT_EQ(tx.all<std::int64_t>("SELECT count(*) FROM thing WHERE tenant = $t AND price_minor = $1", thing.price).front(), 1);
  EXPECT_EQ(tx.all<base::Money>("SELECT price_minor, price_currency FROM thing WHERE tenant = $t").front(), thing.price);
}

}  // namespace
