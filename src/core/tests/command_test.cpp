#include <algorithm>
#include <set>

#include "core/tests/ground.h"

using namespace core_test;

namespace {

class Commands : public OnBothEngines {
 protected:
  static std::string titled(std::string_view title) { return R"({"title":")" + std::string(title) + "\"}"; }
};
FOR_BOTH_ENGINES(Commands);

TEST_P(Commands, AnswersWritesAndSaysWhatHappened) {
  const auto answer = ground.execute("things.create_thing", R"({"title":"Tea","amount":3,"name":"Ann","phone":"+49 1"})");
  ASSERT_TRUE(answer) << text_of(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->version, 1);
  EXPECT_FALSE(answer->replayed);
  const auto thing = kit::from_stored<things::Thing>(answer->body);
  EXPECT_EQ(answer->id, thing.id.text());
  EXPECT_EQ(thing.created_at, ground.now());
  EXPECT_EQ(ground.column<std::string>("SELECT title FROM things_thing"), Lines{"Tea"});

  const auto entries = ground.daybook().events_after(*ground.tenant, 1, 10);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]->type, "thing.created");
  EXPECT_EQ(entries[0]->subject, "thing/" + thing.id.text());
  EXPECT_EQ(entries[0]->subject_version, 1);
  EXPECT_EQ(entries[0]->actor, somebody().id);
  EXPECT_EQ(entries[0]->data(), answer->body) << "the answer is what the log tells";
  EXPECT_EQ(answer->position.text(), entries[0]->epoch + ":2");
  EXPECT_FALSE(std::string(entries[0]->body).contains("Ann")) << "what is personal is kept apart";
  ground.expect_whole();
}

TEST_P(Commands, ARefusalLeavesNoTrace) {
  ground.execute("things.silent", titled("a"));
  EXPECT_EQ(ground.refused("things.refuse", titled("a")), "409 things.refused");
  EXPECT_EQ(ground.refused("things.refuse", titled("new")), "409 things.refused");
  ground.expect_whole();
}

TEST_P(Commands, ABugLeavesNoTrace) {
  EXPECT_EQ(ground.refused("things.explode", titled("a")), "500 internal");
  EXPECT_EQ(ground.refused("things.twice", titled("a")), "500 internal") << "two events of one subject are a bug";
  ground.expect_whole();
}

TEST_P(Commands, AStatementThatTheDatabaseRefusesLeavesNoTrace) {
  const auto answer = ground.execute("things.break_sql", titled("a"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail, "") << "the database's words are not for clients";
  EXPECT_EQ(ground.refused("things.break_sql", titled("a")), "500 internal");
  ground.expect_whole();
}

TEST_P(Commands, AKeptRefusalKeepsItsFacts) {
  EXPECT_EQ(text_of(ground.execute("things.note", titled("pin"))), "401 things.noted");
  EXPECT_EQ(text_of(ground.execute("things.note", titled("pin"))), "401 things.noted");
  EXPECT_EQ(ground.column<std::int64_t>("SELECT times FROM things_silent"), std::vector<std::int64_t>{2});
  EXPECT_EQ(ground.types(), (Lines{"mark.asked", "mark.asked"}));
  ground.expect_whole();
}

TEST_P(Commands, KeepingARefusalMustBeDeclared) {
  EXPECT_EQ(ground.refused("things.note_undeclared", titled("pin")), "500 internal");
  ground.expect_whole();
}

// The group runs twice here, for a neighbour must be undone; what the refusal keeps is kept once. A kept refusal is no answer
// to a key.
TEST_P(Commands, AKeptRefusalSurvivesItsNeighbours) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    for (const char* name : {"things.refuse", "things.note", "things.break_sql", "things.note", "things.explode"})
      answers.push_back(ground.begin(name, titled("pin"), {.key = "one key"}));
  }
  std::vector<std::string> texts;
  for (auto& answer : answers) texts.push_back(text_of(answer.get()));
  EXPECT_EQ(texts, (Lines{"409 things.refused", "401 things.noted", "500 internal", "401 things.noted", "500 internal"}));
  EXPECT_EQ(ground.column<std::int64_t>("SELECT times FROM things_silent"), std::vector<std::int64_t>{2});
  EXPECT_EQ(ground.types(), (Lines{"mark.asked", "mark.asked"}));
  EXPECT_EQ(ground.count("core_idempotency"), 0);
  ground.expect_whole();
}

// ---- preparations ------------------------------------------------------------------------------------------------------

TEST_P(Commands, APreparationWorksBeforeTheWriter) {
  ground.add_thing("Tea");
  EXPECT_EQ(ground.call<things::Count>("things.prepared", titled("a")).count, 1);
  const auto entries = ground.daybook().events_after(*ground.tenant, 2, 10);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(reflect::member(entries[0]->body, "text"), "a!");
  EXPECT_EQ(ground.refused("things.prepared", titled("wrong")), "409 things.refused");
  EXPECT_EQ(ground.refused("things.prepared", titled("bug")), "500 internal");
}

TEST_P(Commands, APreparationAnswersForABusinessThatIsNotThere) {
  const auto& command = ground.daybook().registry().command("things.prepared");
  const auto answer = ground.daybook().execute_and_wait(
      {.tenant = nullptr, .command = &command, .actor = somebody(), .input = *kit::input_of(command, titled("a"))});
  EXPECT_EQ(text_of(answer), "409 things.refused");
}

TEST_P(Commands, TheSlowLaneIsBoundedAndItsAddressesTakeTurns) {
  auto& lane = ground.daybook().slow_lane();
  std::promise<void> go, entered;
  std::vector<std::string> order;
  std::promise<void> last;
  ASSERT_TRUE(lane.post("first", [&] {
    entered.set_value();
    go.get_future().wait();
  }));
  entered.get_future().wait();
  int taken = 0;
  while (lane.post("flood", [&] { order.push_back("flood"); })) ++taken;
  EXPECT_EQ(taken, 128);
  EXPECT_TRUE(lane.post("other", [&] { order.push_back("other"); }));
  for (int i = 0; lane.post("n" + std::to_string(i), [] {}); ++i) taken = i;
  EXPECT_EQ(taken, 256 - 128 - 2);
  const auto refused = ground.execute("things.prepared", titled("a"));
  EXPECT_EQ(text_of(refused), "503 server.overloaded");
  EXPECT_EQ(refused.error().members.at(0).first, "retry_after");
  EXPECT_TRUE(ground.execute("things.silent", titled("a"))) << "what needs no preparation goes on";
  go.set_value();
  ASSERT_TRUE(ground.eventually([&] { return lane.waiting() == 0; }));
  lane.stop();
  ASSERT_EQ(order.size(), 129u);
  EXPECT_LT(std::ranges::find(order, "other") - order.begin(), 2) << "the flood holds up itself";
}

// 60 at once come into one group; what goes wrong in it takes nothing along.
TEST_P(Commands, OthersInTheGroupGoOn) {
  std::vector<std::future<Answered>> answers;
  const auto before = ground.stats(1);
  {
    const auto held = ground.hold();
    for (int i = 0; i < 60; ++i) {
      const char* names[] = {"things.silent", "things.refuse", "things.explode", "things.create_thing"};
      answers.push_back(ground.begin(names[i % 4], titled("t" + std::to_string(i))));
    }
  }
  int done = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto text = text_of(answers[i].get());
    if (i % 4 == 1)
      EXPECT_EQ(text, "409 things.refused");
    else if (i % 4 == 2)
      EXPECT_EQ(text, "500 internal");
    else
      done += text.starts_with('{') ? 1 : 0;
  }
  EXPECT_EQ(done, 30);
  EXPECT_EQ(ground.count("things_silent"), 15);
  EXPECT_EQ(ground.count("things_thing"), 15);
  EXPECT_EQ(ground.types(), Lines(15, "thing.created"));
  const auto after = ground.stats(before.units + 61);
  EXPECT_LE(after.groups - before.groups, 4u) << "the one that held, the 60, and readers behind them";
  EXPECT_EQ(after.refused - before.refused, 30u);
  EXPECT_EQ(after.failed_groups, before.failed_groups);
  ground.expect_whole();
}

TEST_P(Commands, AStatementRefusedInTheMiddleOfAGroupConcernsItsUnitAlone) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    for (int i = 0; i < 60; ++i)
      answers.push_back(ground.begin(i == 31 ? "things.break_sql" : "things.create_thing", titled("t" + std::to_string(i))));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto answer = answers[i].get();
    EXPECT_EQ(answer.has_value(), i != 31) << i << ' ' << text_of(answer);
  }
  EXPECT_EQ(ground.count("things_thing"), 59);
  EXPECT_EQ(ground.count("things_silent"), 0);
  EXPECT_EQ(ground.types(), Lines(59, "thing.created")) << "each once, though the group was run again";
  ground.expect_whole();
}

// What was told to readers of the log is what is in it, once each and in order.
TEST_P(Commands, AnAnswerStandsWhereItsCommandEnded) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    for (int i = 0; i < 10; ++i) answers.push_back(ground.begin("things.create_thing", titled("t")));
  }
  for (std::int64_t i = 0; i < 10; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get()->position.seq, 2 + i) << "not at the end of its group";
}

TEST_P(Commands, NeedThePermissionOfTheirDeclaration) {
  EXPECT_EQ(ground.refused("things.create_thing", titled("a"), {.actor = somebody({"things.read"})}), "403 auth.forbidden");
  EXPECT_EQ(ground.refused("things.create_thing", titled("a"), {.actor = somebody({})}), "403 auth.forbidden");
  EXPECT_EQ(ground.refused("things.create_thing", titled("a"), {.actor = {.id = "usr_x", .permissions = nullptr}}),
            "403 auth.forbidden");
  EXPECT_TRUE(ground.execute("things.create_thing", titled("a"), {.actor = somebody({"a", "things.write", "z"})}));
}

TEST_P(Commands, IfMatchOfAnOlderVersionIsRefusedWithTheVersionOfToday) {
  const auto thing = ground.add_thing("Tea");
  ground.bump(thing.id);
  const auto patch = R"({"id":")" + thing.id.text() + R"(","patch":{"title":"Coffee"}})";
  EXPECT_EQ(ground.refused("things.change_thing", patch, {.if_match = 1}), "412 version.stale");
  const auto refusal = ground.execute("things.change_thing", patch, {.if_match = 1});
  EXPECT_EQ(refusal.error().members.at(0), (std::pair<std::string, base::ProblemValue>("version", std::int64_t{2})));
  EXPECT_EQ(ground.call<things::Thing>("things.change_thing", patch, {.if_match = 2}).version, 3);
  EXPECT_EQ(ground.types(), (Lines{"thing.created", "thing.bumped", "thing.changed"}));
}

TEST_P(Commands, AClientsIdMakesOneThingAndTheRetryShowsItAsItIsNow) {
  const std::string input = R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4","title":"Tea","amount":5})";
  const auto first = ground.execute("things.create_thing", input);
  ASSERT_TRUE(first);
  ground.bump(kit::from_stored<things::Thing>(first->body).id);
  const auto again = ground.execute("things.create_thing", input);
  ASSERT_TRUE(again) << text_of(again);
  EXPECT_EQ(again->status, 200);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(kit::from_stored<things::Thing>(again->body).amount, 6);
  EXPECT_EQ(ground.refused("things.create_thing", R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4","title":"Tea","amount":6})"),
            "422 idempotency.reused");
  EXPECT_EQ(ground.count("things_thing"), 1);
  EXPECT_EQ(ground.types(), (Lines{"thing.created", "thing.bumped"}));
}

TEST_P(Commands, AnIdOfADeletedThingMakesNoSecondOne) {
  const std::string input = R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4","title":"Tea"})";
  ground.call<things::Thing>("things.create_thing", input);
  ASSERT_TRUE(ground.execute("things.delete_thing", R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})", {.if_match = 1}));
  EXPECT_EQ(ground.refused("things.create_thing", input), "422 idempotency.reused") << "a late retry must not bring it back";
}

}  // namespace
