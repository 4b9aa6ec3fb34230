#include "core/tests/ground.h"

using namespace core_test;

namespace {

class Schedules : public OnBothEngines {
 protected:
  void start() { ground.daybook().start(); }
  std::int64_t runs() { return ground.count("things_daily"); }
  // Long enough for several beats of the calendar.
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(450)); }
};
FOR_BOTH_ENGINES(Schedules);

TEST_P(Schedules, RunWhenTheyAreDueAndNotTwice) {
  start();
  wait();
  EXPECT_EQ(runs(), 0) << "nothing is due";
  ground.add_thing("a");  // wakes it
  EXPECT_TRUE(ground.eventually([&] { return runs() == 1; }));
  wait();
  EXPECT_EQ(runs(), 1);
  ground.pass(std::chrono::hours(23));
  wait();
  EXPECT_EQ(runs(), 1);
  ground.pass(std::chrono::hours(1));
  EXPECT_TRUE(ground.eventually([&] { return runs() == 2; }));
  wait();
  EXPECT_EQ(runs(), 2);
}

TEST_P(Schedules, AreRememberedByTheDatabaseAlone) {
  ground.add_thing("a");
  start();
  EXPECT_TRUE(ground.eventually([&] { return runs() == 1; }));
  ground.reopen();
  start();
  wait();
  EXPECT_EQ(runs(), 1);
  ground.close();
  ground.pass(std::chrono::days(3));
  ground.open();
  start();
  EXPECT_TRUE(ground.eventually([&] { return runs() == 2; })) << "what was missed is done once";
}

TEST_P(Schedules, AClockThatIsSetBackRunsNothingTwiceAndHoldsNothingUp) {
  ground.add_thing("a");
  start();
  EXPECT_TRUE(ground.eventually([&] { return runs() == 1; }));
  const auto heads = [&] { return ground.count("core_signed_head"); };
  EXPECT_TRUE(ground.eventually([&] { return heads() == 1; }));
  ground.pass(-std::chrono::hours(1));
  ground.add_thing("b");
  wait();
  ground.pass(std::chrono::hours(1));
  wait();
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(heads(), 1);
  ground.pass(std::chrono::days(1));
  EXPECT_TRUE(ground.eventually([&] { return runs() == 2 && heads() == 2; }));
  const auto times = ground.column<base::Instant>("SELECT time FROM core_log WHERE tenant = 1 ORDER BY seq");
  EXPECT_TRUE(std::ranges::is_sorted(times));
  ground.expect_whole();
}

TEST_P(Schedules, OfEveryBusiness) {
  std::vector<std::shared_ptr<core::Tenant>> shops;
  for (int i = 0; i < 5; ++i) shops.push_back(ground.add("shop-" + std::to_string(i)));
  start();
  for (auto& shop : shops) ground.add_thing("a", {.tenant = shop});
  EXPECT_TRUE(ground.eventually([&] { return runs() == 5; }));
  const auto late = ground.add("late");
  ground.add_thing("a", {.tenant = late});
  EXPECT_TRUE(ground.eventually([&] { return runs() == 6; })) << "and of one that came later";
}

// A quiet program asks the database nothing.
TEST_P(Schedules, LookOnlyWhenSomethingMayHaveChanged) {
  for (int i = 0; i < 5; ++i) ground.add_thing("a", {.tenant = ground.add("shop-" + std::to_string(i))});
  start();
  EXPECT_TRUE(ground.eventually([&] { return runs() == 5 && ground.count("core_signed_head") == 6; }));
  wait();
  const auto before = ground.daybook().writer().stats().units;
  wait();
  wait();
  EXPECT_EQ(ground.daybook().writer().stats().units, before);
}

TEST_P(Schedules, StopsWithWorkOnItsWay) {
  start();
  std::vector<std::future<Answered>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(ground.begin("things.create_thing", R"({"title":"t"})"));
  ground.daybook().stop();
  int done = 0;
  for (auto& a : answers) {
    ASSERT_EQ(a.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "everybody is answered";
    done += a.get() ? 1 : 0;
  }
  EXPECT_EQ(done, 100) << "what was queued is finished";
  EXPECT_EQ(text_of(ground.execute("things.silent", R"({"title":"late"})")), "503 server.overloaded");
  EXPECT_EQ(ground.count("things_thing"), 100);
  ground.reopen();
  ground.settle();
  EXPECT_EQ(ground.count("things_reacted"), 100);
  ground.expect_whole();
}

}  // namespace
