#include "core/tests/ground.h"

using namespace core_test;
using State = core::Readers::State;

namespace {

class Readers : public OnBothEngines {
 protected:
  core::Readers& readers() { return ground.daybook().readers(); }
  State state(std::string_view reader, const std::shared_ptr<core::Tenant>& t = {}) {
    return readers().state(t ? *t : *ground.tenant, reader);
  }
  core::Readers::Status status(std::string_view reader) {
    for (auto& s : readers().status())
      if (s.tenant == ground.tenant->slug && s.reader == reader) return s;
    throw std::runtime_error("no such reader");
  }
  // Lets a failing reader try until it gives up.
  void until_stopped(std::string_view reader) {
    EXPECT_TRUE(ground.eventually([&] {
      ground.pass(std::chrono::seconds(1));
      readers().tick();
      return state(reader) == State::stopped;
    }));
  }
  void poison(things::Poison kind, With with = {}) {
    things::poison = kind;
    ground.execute("things.poison", R"({"title":"x"})", std::move(with));
  }
  Lines seen() {
    return ground.column<std::string>("SELECT subject || ' ' || times || ' ' || last_seq FROM things_seen ORDER BY subject");
  }
  std::vector<std::int64_t> reacted() {
    return ground.column<std::int64_t>("SELECT seq FROM things_reacted WHERE tenant = 1 ORDER BY seq");
  }
  static constexpr std::string_view projection = "things.seen", reaction = "things.react";
};
FOR_BOTH_ENGINES(Readers);

TEST_P(Readers, TakeEachEventOnceThroughCrashes) {
  const auto thing = ground.add_thing("a");
  std::int64_t bumps = 0;
  for (int crash = 0; crash < 6; ++crash) {
    std::vector<std::future<Answered>> answers;
    for (int i = 0; i < 10; ++i, ++bumps)
      answers.push_back(ground.begin("things.bump", R"({"id":")" + thing.id.text() + "\"}"));
    for (auto& a : answers) ASSERT_TRUE(a.get());
    if (crash % 2) ground.settle();
    ground.reopen();  // in the middle of their work, or behind it
  }
  ground.settle();
  EXPECT_EQ(seen(), Lines{"thing/" + thing.id.text() + ' ' + std::to_string(bumps + 1) + ' ' + std::to_string(bumps + 2)});
  EXPECT_EQ(std::ssize(reacted()), bumps + 1) << "a second time would have broken its key";
  EXPECT_EQ(ground.column<std::int64_t>("SELECT seq FROM core_reader WHERE tenant = 1"),
            (std::vector<std::int64_t>(2, ground.tenant->head().seq)));
  ground.expect_whole();
}

TEST_P(Readers, AProjectionAnswersWithItsOwnPosition) {
  ground.add_thing("a");
  ground.settle();
  const auto* query = ground.daybook().registry().query("things.seen");
  const auto ask = [&] {
    return ground.daybook().query_and_wait(
        {.tenant = ground.tenant, .query = query, .actor = somebody(), .input = reflect::Value(query->input())});
  };
  EXPECT_EQ(ask()->position.seq, 2);
  const auto held = ground.hold();
  auto later = ground.begin("things.create_thing", R"({"title":"b"})");
  EXPECT_EQ(ask()->position.seq, 2);
}

TEST_P(Readers, AReactionStartsAtTheHeadWhenItIsNew) {
  ground.add_thing("a");
  ground.settle();
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{2})) << "what a new business was founded with is not reacted to";
  ground.close();
  {  // a program that does not know it yet has written on
    const auto database = db::open(ground.database());
    const auto c = database->connect(db::Access::write);
    c->begin(db::Access::write);
    db::run(*c, "DELETE FROM core_reader");
    db::run(*c, "DELETE FROM things_seen");
    c->commit();
  }
  ground.open();
  ground.settle();
  EXPECT_EQ(std::ssize(seen()), 1) << "a projection begins at the first entry";
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{2}));
  ground.reopen();
  ground.add_thing("b");
  ground.settle();
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{2, 3}));
}

// A reaction that was never needed keeps its place all the same: what is committed just before a crash is not lost for it.
TEST_P(Readers, AReactionsPlaceIsKeptFromTheBeginning) {
  {
    const auto held = ground.hold();
    auto answer = ground.begin("things.create_thing", R"({"title":"a"})");
  }
  ground.reopen();
  ground.settle();
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{2}));
}

class Poison : public Readers {
 protected:
  void stops_alone(things::Poison kind) {
    const auto other = ground.add("other");
    ground.add_thing("a");  // 2
    poison(kind);           // 3
    ground.add_thing("b");  // 4
    until_stopped(reaction);
    EXPECT_EQ(state(reaction, other), State::running);
    EXPECT_EQ(state(projection), State::running);
    ground.settle();
    EXPECT_EQ(std::ssize(seen()), 2) << "no other reader waits";
    EXPECT_EQ(reacted(), (std::vector<std::int64_t>{2})) << "and what stood before the poison was read once";
    const auto s = status(reaction);
    EXPECT_EQ(s.failures, core::Readers::failures_allowed);
    EXPECT_TRUE(s.error.starts_with("event 3 (mark.poisoned): ")) << s.error;
    EXPECT_EQ(s.seq, 2);
    ground.reopen();
    EXPECT_EQ(state(reaction), State::stopped) << "after a restart too";
    EXPECT_EQ(status(reaction).error, s.error);
    ground.expect_whole();
  }
};
FOR_BOTH_ENGINES(Poison);

TEST_P(Poison, ARefusedEventStopsItsReaderForItsTenantAlone) { stops_alone(things::Poison::refuse); }
TEST_P(Poison, AnExceptionStopsItsReaderForItsTenantAlone) { stops_alone(things::Poison::throw_); }
TEST_P(Poison, AStatementThatTheDatabaseRefusesStopsItsReaderForItsTenantAlone) {
  stops_alone(things::Poison::sql);
  EXPECT_TRUE(status(reaction).error.contains("things_reacted")) << "the alert says why: " << status(reaction).error;
}

TEST_P(Poison, IsTriedFiveTimesWithPausesBetween) {
  ground.settle();
  poison(things::Poison::refuse);
  EXPECT_TRUE(ground.eventually([&] { return status(reaction).failures == 1; }));
  for (int i = 0; i < 20; ++i) readers().tick();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(status(reaction).failures, 1) << "not before its time";
  ground.pass(-std::chrono::hours(2));  // the wall clock is set back
  readers().tick();
  EXPECT_TRUE(ground.eventually([&] { return status(reaction).failures == 2; })) << "that must not stop it for hours";
  things::poison = things::Poison::none;
  ground.pass(std::chrono::seconds(2));
  readers().tick();
  ground.settle();
  EXPECT_EQ(status(reaction).failures, 0);
  EXPECT_EQ(status(reaction).error, "");
  EXPECT_EQ(std::ssize(reacted()), 1);
}

TEST_P(Poison, AStoppedReaderIsRetriedOrLeavesTheEventOut) {
  poison(things::Poison::refuse);  // 2
  ground.add_thing("a");           // 3
  EXPECT_EQ(kit::problem_text(readers().retry(ground.tenant, projection).error()), "409 reader.not_stopped");
  until_stopped(reaction);
  ASSERT_TRUE(readers().retry(ground.tenant, reaction));
  EXPECT_NE(state(reaction), State::stopped);
  until_stopped(reaction);
  ASSERT_TRUE(readers().skip(ground.tenant, reaction));
  ground.settle();
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{3}));

  poison(things::Poison::throw_);  // 4
  until_stopped(reaction);
  things::poison = things::Poison::none;
  ASSERT_TRUE(readers().retry(ground.tenant, reaction));
  ground.settle();
  EXPECT_EQ(reacted(), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(kit::problem_text(readers().skip(ground.tenant, "nobody").error()), "404 reader.unknown");
}

TEST_P(Readers, ARebuiltProjectionIsTheSameRowByRow) {
  for (int i = 0; i < 8; ++i) {
    const auto thing = ground.add_thing("t" + std::to_string(i));
    for (int b = 0; b < i; ++b) ground.bump(thing.id);
  }
  ground.settle();
  const auto before = seen();
  const auto reactions = reacted();
  ground.execute("things.poison", R"({"title":"not its type, at the end"})");
  ground.settle();
  ground.change("UPDATE things_seen SET times = 77 WHERE tenant = $t");
  ASSERT_TRUE(readers().rebuild(ground.tenant, projection));
  ground.settle();
  EXPECT_EQ(state(projection), State::running);
  EXPECT_EQ(seen(), before);
  EXPECT_EQ(std::ssize(reacted()), std::ssize(reactions) + 1) << "a reaction is not replayed";
  EXPECT_EQ(kit::problem_text(readers().rebuild(ground.tenant, reaction).error()), "409 reader.not_a_projection");
}

TEST_P(Readers, AProjectionThatIsBeingBuiltAnewAnswers503) {
  ground.add_thing("a");
  ground.settle();
  EXPECT_TRUE(ground.query("things.seen").starts_with("{\"data\":[{"));
  ground.change("UPDATE core_reader SET state = 'rebuilding', seq = 0 WHERE tenant = $t AND reader = 'things.seen'");
  ground.change("DELETE FROM things_seen WHERE tenant = $t");
  EXPECT_EQ(ground.query("things.seen"), "503 projection.rebuilding") << "as the snapshot has it, not as memory has it";
  ground.reopen();  // a crash in the middle of it
  ground.settle();
  EXPECT_TRUE(ground.query("things.seen").contains("\"times\":1"));
}

TEST_P(Readers, AChainOfCausesIsParkedAtEight) {
  ground.execute("things.link", R"({"title":"first"})");
  until_stopped(reaction);
  EXPECT_EQ(ground.types(), Lines(9, "mark.linked")) << "the first, and eight that it led to";
  EXPECT_TRUE(status(reaction).error.contains("deeper than 8")) << status(reaction).error;
  const auto entries = ground.daybook().events_after(*ground.tenant, 1, 20);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const core::Position before{entries[i - 1]->epoch, entries[i - 1]->seq};
    EXPECT_EQ(entries[i]->cause, "event/" + before.text());
    EXPECT_EQ(entries[i]->actor, "system/things.react");
  }
  ASSERT_TRUE(readers().skip(ground.tenant, reaction));
  ground.settle();
  EXPECT_EQ(ground.types().size(), 9u);
}

// A reader behind by more than a batch comes to the end without anybody's help, and commands are not held up by it.
TEST_P(Readers, ComeToTheEndByThemselves) {
  std::vector<std::future<Answered>> answers;
  {
    const auto held = ground.hold();
    for (int i = 0; i < 450; ++i) answers.push_back(ground.begin("things.create_thing", R"({"title":"t"})"));
  }
  for (auto& a : answers) ASSERT_TRUE(a.get());
  ground.settle();
  EXPECT_EQ(std::ssize(seen()), 450);
  EXPECT_EQ(std::ssize(reacted()), 450);
}

}  // namespace
