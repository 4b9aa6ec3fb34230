#include "core/checkpoints.h"

#include "core/tests/ground.h"

using namespace core_test;

namespace {

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

}  // namespace
