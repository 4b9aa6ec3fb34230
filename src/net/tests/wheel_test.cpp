#include "net/wheel.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "net/outbox.h"

namespace net::test {
namespace {

struct Alarm final : Timed {
  explicit Alarm(std::int64_t& clock) : now(clock) {}
  ~Alarm() = default;
  void due() override { rang.push_back(now); }
  std::int64_t& now;
  std::vector<std::int64_t> rang;
};

struct Clock {
  std::int64_t now = 1'000'000;
  Wheel wheel;
  Clock() { wheel.advance(now); }
  void run(std::int64_t until) {
    for (; now < until; now += 10) wheel.advance(now);
  }
};

TEST(Deadlines, AreMetNeverEarlyAndAtMostOneTurnLate) {
  Clock clock;
  std::vector<std::unique_ptr<Alarm>> alarms;
  const std::int64_t start = clock.now;
  std::vector<std::int64_t> wanted;
  for (std::int64_t delay = 1; delay < 400'000; delay = delay * 3 / 2 + 7) {
    alarms.push_back(std::make_unique<Alarm>(clock.now));
    wanted.push_back(start + delay);
    clock.wheel.set(*alarms.back(), start + delay);
  }
  clock.run(start + 500'000);
  for (std::size_t i = 0; i < alarms.size(); ++i) {
    ASSERT_EQ(alarms[i]->rang.size(), 1u) << wanted[i] - start;
    EXPECT_GE(alarms[i]->rang[0], wanted[i]);
    EXPECT_LE(alarms[i]->rang[0], wanted[i] + Wheel::turn_ms + 10);
  }
}

TEST(Deadlines, MoveEarlierLaterAndAway) {
  Clock clock;
  const std::int64_t start = clock.now;
  Alarm later(clock.now), earlier(clock.now), never_more(clock.now), again(clock.now);
  for (Alarm* alarm : {&later, &earlier, &never_more, &again}) clock.wheel.set(*alarm, start + 5'000);
  clock.run(start + 1'000);
  clock.wheel.set(later, start + 9'000);
  clock.wheel.set(earlier, start + 2'000);
  clock.wheel.set(never_more, never);
  clock.wheel.set(again, never);
  clock.wheel.set(again, start + 7'000);
  clock.run(start + 20'000);
  EXPECT_TRUE(never_more.rang.empty());
  for (const auto& [alarm, wanted] : {std::pair{&later, 9'000}, {&earlier, 2'000}, {&again, 7'000}}) {
    ASSERT_EQ(alarm->rang.size(), 1u) << wanted;
    EXPECT_GE(alarm->rang[0], start + wanted);
    EXPECT_LE(alarm->rang[0], start + wanted + Wheel::turn_ms + 10);
  }
}

TEST(Deadlines, OfSomethingDestroyedAreForgotten) {
  Clock clock;
  auto alarm = std::make_unique<Alarm>(clock.now);
  clock.wheel.set(*alarm, clock.now + 500);
  alarm = nullptr;
  clock.run(clock.now + 2'000);
}

TEST(Deadlines, AreMetAfterTheMachineSlept) {
  Clock clock;
  Alarm alarm(clock.now);
  clock.wheel.set(alarm, clock.now + 1'000);
  clock.now += 100'000'000;
  clock.wheel.advance(clock.now);
  EXPECT_EQ(alarm.rang.size(), 1u);
}

std::string gathered(const Outbox& outbox) {
  iovec vectors[64];
  std::string all;
  const int count = outbox.gather(vectors, 64);
  for (int i = 0; i < count; ++i) all.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
  return all;
}

TEST(Queues, KeepTheOrderHoweverLittleIsTakenAtATime) {
  for (std::size_t step = 1; step < 12; ++step) {
    Outbox outbox;
    std::string spare, expected, taken;
    for (int i = 0; i < 20; ++i) {
      outbox.text("head" + std::to_string(i));
      if (i % 3) outbox.shared(std::make_shared<const std::string>("body" + std::to_string(i)));
      expected += "head" + std::to_string(i) + (i % 3 ? "body" + std::to_string(i) : "");
    }
    EXPECT_EQ(outbox.bytes(), expected.size());
    while (!outbox.empty()) {
      const std::string next = gathered(outbox);
      const std::size_t count = std::min(step, next.size());
      taken += next.substr(0, count);
      outbox.written(count, spare);
      if (taken.size() == 40) {
        outbox.text("added");
        expected += "added";
      }
    }
    EXPECT_EQ(taken, expected);
  }
}

TEST(Queues, FreeAsTheyGoThoughTheyNeverRunEmpty) {
  Outbox outbox;
  std::string spare;
  const auto body = std::make_shared<const std::string>(100, 'b');
  for (int i = 0; i < 10; ++i) outbox.shared(body);
  for (int i = 0; i < 10'000; ++i) {
    outbox.shared(body);
    outbox.written(100, spare);
    ASSERT_EQ(outbox.bytes(), 1000u);
    ASSERT_EQ(body.use_count(), 11);
  }
  EXPECT_EQ(gathered(outbox).size(), 1000u);
}

}  // namespace
}  // namespace net::test
