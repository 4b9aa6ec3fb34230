#include <set>

#include "core/tests/ground.h"

using namespace core_test;

namespace {

class IdempotencyKeys : public OnBothEngines {};
FOR_BOTH_ENGINES(IdempotencyKeys);

constexpr const char* tea = R"({"title":"Tea","amount":3,"name":"Ann"})";

TEST_P(IdempotencyKeys, TheSameKeyGivesTheSameAnswerAndDoesNothing) {
  const auto first = ground.execute("things.create_thing", tea, {.key = "k1"});
  ASSERT_TRUE(first);
  ground.bump(kit::from_stored<things::Thing>(first->body).id);
  ground.settle();
  const auto before = ground.contents();
  const auto again = ground.execute("things.create_thing", R"({ "name":"Ann", "amount":3, "title":"Tea" })", {.key = "k1"});
  ASSERT_TRUE(again) << text_of(again);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->status, 201);
  EXPECT_EQ(again->body, first->body) << "the answer of then, whatever has happened since";
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->version, 1);
  EXPECT_EQ(ground.contents(), before);
}

TEST_P(IdempotencyKeys, AnAnswerThatIsInNoEventIsKeptItself) {
  const auto first = ground.execute("things.silent", R"({"title":"a"})", {.key = "k"});
  ground.execute("things.silent", R"({"title":"a"})");
  const auto again = ground.execute("things.silent", R"({"title":"a"})", {.key = "k"});
  EXPECT_EQ(text_of(again), R"({"count":1})");
  EXPECT_EQ(text_of(again), text_of(first));
}

TEST_P(IdempotencyKeys, AChangeThatChangesNothingIsAnsweredWithItsVersionBothTimes) {
  const auto patch = R"({"id":")" + ground.add_thing("Tea").id.text() + R"(","patch":{"title":"Tea"}})";
  const auto first = ground.execute("things.change_thing", patch, {.key = "k", .if_match = 1});
  const auto again = ground.execute("things.change_thing", patch, {.key = "k", .if_match = 1});
  ASSERT_TRUE(first && again) << text_of(again);
  EXPECT_EQ(text_of(again), text_of(first));
  EXPECT_EQ(first->version, 1);
  EXPECT_EQ(again->version, 1);
}

TEST_P(IdempotencyKeys, OtherContentUnderTheSameKeyIsRefused) {
  ASSERT_TRUE(ground.execute("things.create_thing", tea, {.key = "k1"}));
  EXPECT_EQ(ground.refused("things.create_thing", R"({"title":"Tea","amount":4,"name":"Ann"})", {.key = "k1"}),
            "422 idempotency.reused");
  EXPECT_EQ(ground.refused("things.silent", R"({"title":"Tea"})", {.key = "k1"}), "422 idempotency.reused")
      << "another command is other content";
}

TEST_P(IdempotencyKeys, AreEachActorsOwn) {
  ASSERT_TRUE(ground.execute("things.create_thing", tea, {.key = "k1"}));
  const auto other = ground.execute("things.create_thing", tea, {.key = "k1", .actor = somebody({"*"}, "usr_other")});
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->replayed);
  const auto branch = ground.add("branch");
  EXPECT_FALSE(ground.execute("things.create_thing", tea, {.key = "k1", .tenant = branch})->replayed) << "and each tenant's";
}

TEST_P(IdempotencyKeys, SixtyFourAtOnceAreOneExecution) {
  std::vector<std::future<Answered>> answers;
  for (int i = 0; i < 64; ++i) answers.push_back(ground.begin("things.create_thing", tea, {.key = "once"}));
  int fresh = 0;
  std::set<std::string> bodies;
  for (auto& a : answers) {
    const auto answer = a.get();
    ASSERT_TRUE(answer) << text_of(answer);
    fresh += answer->replayed ? 0 : 1;
    bodies.insert(answer->body);
  }
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(ground.count("things_thing"), 1);
  EXPECT_EQ(ground.types(), Lines{"thing.created"});
}

TEST_P(IdempotencyKeys, RefusalsAreNotRemembered) {
  const auto thing = ground.add_thing("Tea");
  const auto patch = R"({"id":")" + thing.id.text() + R"(","patch":{"title":"Coffee"}})";
  EXPECT_EQ(ground.refused("things.change_thing", patch, {.key = "k", .if_match = 9}), "412 version.stale");
  const auto now = ground.execute("things.change_thing", patch, {.key = "k", .if_match = 1});
  ASSERT_TRUE(now) << text_of(now);
  EXPECT_FALSE(now->replayed);
}

TEST_P(IdempotencyKeys, AreForgottenAfterThirtyDays) {
  ASSERT_TRUE(ground.execute("things.silent", R"({"title":"old"})", {.key = "old"}));
  ground.pass(std::chrono::days(29));
  ASSERT_TRUE(ground.execute("things.silent", R"({"title":"young"})", {.key = "young"}));
  ground.pass(std::chrono::days(1));
  const auto* schedule = [&] {
    for (const auto* s : ground.daybook().registry().schedules())
      if (s->name == "core.forget_keys") return s;
    return static_cast<const core::Schedule*>(nullptr);
  }();
  ASSERT_TRUE(schedule);
  const auto due = [&] {
    std::optional<core::Instant> at;
    ground.daybook().read(*ground.tenant, [&](core::View& view) { at = schedule->due(view); });
    return at.value();
  };
  EXPECT_EQ(due(), ground.now()) << "due to the moment";
  const auto done = ground.daybook().work_and_wait(ground.tenant, [&](core::Group& group, core::Tenant& t) {
    const auto actor = core::Actor::system("test");
    const core::Request request;
    auto tx = group.tx(t, actor, request);
    EXPECT_TRUE(schedule->run(tx));
    group.keep(tx);
  });
  ASSERT_TRUE(done);
  EXPECT_GT(due(), ground.now()) << "and it does not stay due";
  EXPECT_EQ(ground.count("core_idempotency"), 1);
  EXPECT_TRUE(ground.execute("things.silent", R"({"title":"young"})", {.key = "young"})->replayed);
  EXPECT_FALSE(ground.execute("things.silent", R"({"title":"old"})", {.key = "old"})->replayed);
}

}  // namespace
