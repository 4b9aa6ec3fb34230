#include "core/tests/ground.h"

using namespace core_test;

namespace {

class Cached : public OnBothEngines {
 protected:
  std::string set(const things::Thing& t, int amount, bool refuse = false) const {
    return R"({"id":")" + t.id.text() + R"(","amount":)" + std::to_string(amount) + (refuse ? R"(,"refuse":true})" : "}");
  }
  std::string tally() { return text_of(ground.execute("things.tally", "{}")); }
  static std::string count(int n) { return R"({"count":)" + std::to_string(n) + '}'; }
  const things::Thing thing = ground.add_thing("a");  // amount 1
};
FOR_BOTH_ENGINES(Cached);

TEST_P(Cached, ACommandSeesItsOwnChangeAndOthersSeeItAfterwards) {
  EXPECT_EQ(tally(), count(1));
  EXPECT_EQ(text_of(ground.execute("things.set_amount", set(thing, 7))), R"({"before":1,"after":7})");
  EXPECT_EQ(tally(), count(7));
  EXPECT_EQ(ground.query("things.show_tally"), count(7));
  EXPECT_EQ(text_of(ground.execute("things.set_amount", set(thing, 9))), R"({"before":7,"after":9})");
}

TEST_P(Cached, AnUndoneChangeIsSeenByNobody) {
  EXPECT_EQ(tally(), count(1));
  const auto refusal = ground.execute("things.set_amount", set(thing, 50, true));
  EXPECT_EQ(refusal.error().detail, "1 50") << "the command itself saw it";
  EXPECT_EQ(tally(), count(1));
  EXPECT_EQ(ground.query("things.show_tally"), count(1));
}

TEST_P(Cached, InOneGroupEachSeesWhatWasKeptBeforeIt) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    answers.push_back(ground.begin("things.tally", "{}"));
    answers.push_back(ground.begin("things.set_amount", set(thing, 10)));
    answers.push_back(ground.begin("things.tally", "{}"));
    answers.push_back(ground.begin("things.set_amount", set(thing, 99, true)));
    answers.push_back(ground.begin("things.tally", "{}"));
    answers.push_back(ground.begin("things.set_amount", set(thing, 20)));
    answers.push_back(ground.begin("things.tally", "{}"));
  }
  Lines texts;
  for (auto& a : answers) texts.push_back(text_of(a.get()));
  EXPECT_EQ(texts, (Lines{count(1), R"({"before":1,"after":10})", count(10), "409 things.refused", count(10),
                          R"({"before":10,"after":20})", count(20)}));
  EXPECT_EQ(ground.query("things.show_tally"), count(20));
  EXPECT_EQ(tally(), count(20));
}

TEST_P(Cached, AGroupThatIsRunAgainLeavesNothingOfItsFirstRun) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    answers.push_back(ground.begin("things.set_amount", set(thing, 10)));
    answers.push_back(ground.begin("things.break_sql", R"({"title":"x"})"));
    answers.push_back(ground.begin("things.set_amount", set(thing, 30, true)));
    answers.push_back(ground.begin("things.tally", "{}"));
  }
  Lines texts;
  for (auto& a : answers) texts.push_back(text_of(a.get()));
  EXPECT_EQ(texts, (Lines{R"({"before":1,"after":10})", "500 internal", "409 things.refused", count(10)}));
  EXPECT_EQ(ground.query("things.show_tally"), count(10));
}

TEST_P(Cached, IsLoadedOnceUntilAnEventOfItsKind) {
  tally();
  const int loads = things::total_loads;
  for (int i = 0; i < 5; ++i) tally();
  ground.query("things.show_tally");
  ground.execute("things.poison", R"({"title":"other events do not touch it"})");
  tally();
  EXPECT_EQ(things::total_loads, loads);
  ground.bump(thing.id);
  tally();
  tally();
  ground.query("things.show_tally");
  EXPECT_EQ(things::total_loads, loads + 1);
}

TEST_P(Cached, AnOlderSnapshotLoadsItsOwnAndSpoilsNothing) {
  std::int64_t before = 0, again = 0;
  ground.daybook().read(*ground.tenant, [&](core::View& view) {
    ground.execute("things.set_amount", set(thing, 5));
    EXPECT_EQ(tally(), count(5));
    before = view.cached<std::int64_t>(things::total);
    ground.execute("things.set_amount", set(thing, 6));
    again = view.cached<std::int64_t>(things::total);
  });
  EXPECT_EQ(before, 1);
  EXPECT_EQ(again, 1);
  EXPECT_EQ(ground.query("things.show_tally"), count(6));
  EXPECT_EQ(tally(), count(6));
}

// A query that falls between a commit and its announcement included.
TEST_P(Cached, IsAlwaysThatOfTheSnapshot) {
  std::atomic<bool> done = false;
  std::atomic<int> looks = 0, wrong = 0;
  std::vector<std::thread> readers;
  for (int n = 0; n < 3; ++n)
    readers.emplace_back([&] {
      while (!done) {
        ground.daybook().read(*ground.tenant, [&](core::View& view) {
          const auto cached = view.cached<std::int64_t>(things::total);
          const auto truth = view.all<std::int64_t>("SELECT amount FROM things_thing WHERE tenant = $t").front();
          wrong += cached == truth ? 0 : 1;
        });
        ++looks;
      }
    });
  for (int i = 2; i < 150; ++i)
    EXPECT_EQ(text_of(ground.execute("things.set_amount", set(thing, i))),
              R"({"before":)" + std::to_string(i - 1) + R"(,"after":)" + std::to_string(i) + '}');
  done = true;
  for (auto& t : readers) t.join();
  EXPECT_GT(looks, 0);
  EXPECT_EQ(wrong, 0) << "of " << looks;
}

}  // namespace
