#include "core/batch.h"

#include "core/epochs.h"
#include "core/log_routes.h"
#include "core/tests/ground.h"

using namespace core_test;

namespace {

class Batches : public OnBothEngines {
 protected:
  static std::string thing(std::string_view title) { return R"({"title":")" + std::string(title) + R"(","amount":1})"; }
  base::Result<> together(const std::function<base::Result<>(core::Batch&)>& steps) {
    return core::all_or_nothing(ground.daybook(), ground.tenant, somebody(), steps);
  }
};
FOR_BOTH_ENGINES(Batches);

TEST_P(Batches, LaterCommandsSeeWhatEarlierOnesDid) {
  const auto done = together([](core::Batch& batch) -> base::Result<> {
    const auto made = TRY(batch.run("things.create_thing", thing("Tea")));
    TRY(batch.run("things.bump", R"({"id":")" + core::id_of(made.output.type(), made.output.data()) + "\"}"));
    return {};
  });
  ASSERT_TRUE(done) << kit::problem_text(done.error());
  EXPECT_EQ(ground.types(), (Lines{"thing.created", "thing.bumped"}));
  EXPECT_EQ(ground.column<std::int64_t>("SELECT amount FROM things_thing"), std::vector<std::int64_t>{2});
  ground.expect_whole();
}

TEST_P(Batches, ARefusalAtTheEndUndoesAllOfIt) {
  ground.add_thing("Before");
  ground.settle();
  const auto before = ground.contents();
  const auto done = together([](core::Batch& batch) -> base::Result<> {
    for (const auto* title : {"one", "two", "three"}) TRY(batch.run("things.create_thing", thing(title)));
    TRY(batch.run("things.bump", R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})"));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().status, 404);
  EXPECT_EQ(ground.contents(), before);
  ground.add_thing("After");  // behind it the log goes on without a gap
  ground.expect_whole();
}

TEST_P(Batches, ACommandThatIsRefusedCanBeLeftOut) {
  const auto done = together([](core::Batch& batch) -> base::Result<> {
    TRY(batch.run("things.create_thing", thing("one")));
    EXPECT_FALSE(batch.run("things.bump", R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})"));
    TRY(batch.run("things.create_thing", thing("two")));
    return {};
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(ground.types(), (Lines{"thing.created", "thing.created"}));
  ground.expect_whole();
}

TEST_P(Batches, ABugUndoesAllOfItAndHarmsNobodyElse) {
  const auto done = together([](core::Batch& batch) -> base::Result<> {
    TRY(batch.run("things.create_thing", thing("one")));
    throw std::logic_error("a bug");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().status, 500);
  EXPECT_EQ(ground.types(), Lines{});
  ground.add_thing("After");
  ground.expect_whole();
}

TEST_P(Batches, AClientMadeIdIsTheSameFactAsOverTheApi) {
  const std::string input = R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4","title":"Tea","amount":1})";
  bool first = true, second = false;
  const auto once = [&](bool& replayed) {
    return together([&](core::Batch& batch) -> base::Result<> {
      replayed = TRY(batch.run("things.create_thing", input)).replayed;
      return {};
    });
  };
  ASSERT_TRUE(once(first));
  ASSERT_TRUE(once(second));
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
  const auto answer = ground.execute("things.create_thing", input);
  ASSERT_TRUE(answer) << text_of(answer);
  EXPECT_TRUE(answer->replayed);
}

TEST_P(Batches, ANewEpochEndsTheOldOneAtItsLastEntry) {
  ground.add_thing("one");
  const auto old = ground.tenant->head();
  ground.close();
  std::vector<core::Standing> now;
  {
    const auto database = db::open(ground.database());
    now = core::begin_epochs(*database->connect(db::Access::write), ground.now());
    const auto seen = core::standings(*database->connect(db::Access::read));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].position.text(), now[0].position.text());
  }
  ground.open();
  ASSERT_EQ(now.size(), 1u);
  EXPECT_EQ(now[0].tenant, "shop");
  EXPECT_NE(now[0].position.epoch, old.epoch);
  EXPECT_EQ(now[0].position.seq, old.seq);
  EXPECT_EQ(ground.tenant->head().epoch, now[0].position.epoch);
  ground.add_thing("two");
  ground.expect_whole();
  ground.daybook().read(*ground.tenant, [&](core::View& view) {
    const auto head = ground.tenant->head();
    EXPECT_EQ(core::resolve(view, {old.epoch, old.seq}, head), old.seq) << "up to its end the old epoch goes on";
    EXPECT_FALSE(core::resolve(view, {old.epoch, old.seq + 1}, head)) << "what was behind it never happened";
  });
}

}  // namespace
