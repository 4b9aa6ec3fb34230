#include "core/checkpoints.h"

#include <atomic>
#include <thread>

#include "core/tests/ground.h"

using namespace core_test;

namespace {

class BetweenGroups : public OnBothEngines {};
FOR_BOTH_ENGINES(BetweenGroups);

TEST(CheckpointsOfALog, CopyItIntoTheFileAndKeepItShort) {
  Ground ground(db::Engine::sqlite);
  core::Checkpoints checkpoints(ground.daybook().database(), ground.daybook().writer());
  const auto before = ground.daybook().database().file_bytes();
  checkpoints.start();
  for (int i = 0; i < 60; ++i) ground.add_thing(std::string(40, 'x'));  // a group each: more than may wait
  EXPECT_TRUE(ground.eventually([&] { return ground.daybook().database().file_bytes() > before; }));
  checkpoints.stop();
  EXPECT_EQ(ground.count("things_thing"), 60);
  ground.expect_whole();
}

TEST(CheckpointsOfALog, LetItStartOver) {
  Ground ground(db::Engine::sqlite);
  auto& database = ground.daybook().database();
  core::Checkpoints checkpoints(database, ground.daybook().writer());
  checkpoints.start();
  const auto copied = [&] {
    ground.settle();
    return database.checkpoint(db::Database::Checkpoint::passive) == 0;
  };
  for (int i = 0; i < 30; ++i) ground.add_thing(std::string(40, 'x'));
  EXPECT_TRUE(ground.eventually(copied));
  const auto length = database.log_bytes();
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 20; ++i) ground.add_thing(std::string(40, 'x'));
    EXPECT_TRUE(ground.eventually(copied));
  }
  EXPECT_LE(database.log_bytes(), 2 * length);  // four times as much went through it
  checkpoints.stop();
  ground.expect_whole();
}

// What is done between groups sees none half done, comes soon, and brings its failure to who asked for it.
TEST_P(BetweenGroups, NoTransactionIsOpen) {
  auto& writer = ground.daybook().writer();
  std::atomic<bool> enough = false;
  std::thread load([&] {
    while (!enough) ground.add_thing("x");
  });
  for (int i = 0; i < 20; ++i) {
    std::uint64_t first = 0, last = 0;
    writer.between_groups([&] {
      first = writer.stats().groups;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      last = writer.stats().groups;
    });
    EXPECT_EQ(first, last);
  }
  EXPECT_THROW(writer.between_groups([] { throw db::Error(db::Error::Kind::lost, "the disk"); }), db::Error);
  enough = true;
  load.join();
  ground.expect_whole();
}

}  // namespace
