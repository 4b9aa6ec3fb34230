#include <algorithm>
#include <atomic>
#include <thread>

#include "edge/tests/live_kit.h"
#include "reflect/json.h"

namespace edge::test {

using reflect::member;

TEST(SseStream, StartsAtTheHeadAndSaysWhereThatIs) {
  Shop shop;
  shop.open_orders(3);
  Stream s(shop, "all");
  EXPECT_EQ(s.head.status, 200);
  EXPECT_TRUE(s.head.text.contains("text/event-stream"));
  EXPECT_TRUE(s.head.text.contains("no-store"));
  EXPECT_TRUE(s.head.text.contains("Daybook-Position: " + shop.epoch() + ":3"));
  const auto mark = s.event();
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->event, "mark");
  EXPECT_EQ(mark->id, shop.epoch() + ":3");
  EXPECT_EQ(mark->data, R"({"seq":3,"live":true})");
  shop.open_order();
  const auto order = s.event();
  ASSERT_TRUE(order);
  EXPECT_EQ(order->event, "order.opened");
  EXPECT_EQ(order->id, shop.epoch() + ":4");
  EXPECT_EQ(member(order->data, "seq"), "4");
  EXPECT_EQ(member(member(order->data, "actor"), "name"), "till");
  EXPECT_EQ(order->data, core::print_event(*shop.daybook().events_after(*shop.tenant(), 3, 1).front(), "till"))
      << "the same as by poll";
}

TEST(SseStream, LastEventIdGoesOnExactlyThereAndWinsOverAfter) {
  Shop shop;
  shop.open_orders(300);
  shop.daybook().tail().forget(*shop.tenant());
  Stream s(shop, "all", "?after=290", shop.epoch() + ":20");
  for (std::int64_t i = 21; i <= 300; ++i) {
    const auto sent = s.event();
    ASSERT_TRUE(sent);
    ASSERT_EQ(sent->id, shop.epoch() + ':' + std::to_string(i));
  }
  EXPECT_EQ(s.event()->event, "mark");
}

TEST(SseStream, TypesFilterAndTheMarkMovesPastWhatTheyLeaveOut) {
  Shop shop({.live = {.mark_time = 100ms}});
  Stream s(shop, "all", "?types=station.*,order.voided&after=0");
  EXPECT_EQ(s.event()->event, "mark");
  shop.open_orders(4);
  const auto seq = shop.something_else();
  std::optional<Sent> sent;
  do sent = s.event();
  while (sent && sent->event == "mark");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->event, "station.changed");
  EXPECT_EQ(sent->id, shop.epoch() + ':' + std::to_string(seq));
  const auto past = shop.open_order();
  do sent = s.event();
  while (sent && !sent->id.ends_with(':' + std::to_string(past)));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->event, "mark");
}

TEST(SseStream, WhatIsWrongIsAnsweredBeforeTheStream) {
  Shop shop;
  shop.open_orders(2);
  shop.person("cook", actor({"orders.read"}));
  EXPECT_EQ(Stream(shop, "").head.status, 401);
  EXPECT_EQ(Stream(shop, "cook").head.status, 403);
  EXPECT_EQ(Stream(shop, "all", "?after=x").head.status, 422);
  EXPECT_EQ(Stream(shop, "all", "?before=1").head.status, 422);
  EXPECT_EQ(Stream(shop, "all", "?after=%2").head.status, 422);
  EXPECT_EQ(Stream(shop, "all", "", "elsewhere:1").head.status, 409);
  EXPECT_EQ(Stream(shop, "all", "?after=nowhere%3A1").head.status, 409);
  EXPECT_EQ(Stream(shop, "all", "?after=3").head.status, 409) << "nobody has seen what has not happened";
  EXPECT_TRUE(Stream(shop, "all", "", "elsewhere:1").head.text.contains("position.foreign_epoch"));
}

TEST(SseStream, AHeartbeatComesWithoutEvents) {
  Shop shop({.live = {.heartbeat_time = 50ms}});
  Stream s(shop, "all");
  EXPECT_EQ(s.next()->event, "mark");
  EXPECT_TRUE(s.next()->comment.starts_with(":"));
  EXPECT_TRUE(s.next()->comment.starts_with(":"));
}

TEST(SseStream, ARevokedTokenEndsIt) {
  Shop shop;
  shop.person("old", actor({"daybook.read"}));
  Stream s(shop, "old");
  EXPECT_EQ(s.event()->event, "mark");
  shop.person("old", std::nullopt);
  shop.create(ended, shop.fresh());
  EXPECT_TRUE(s.ended());
  EXPECT_TRUE(shop.eventually([&] { return shop.live().stats().streams == 0; }));
}

TEST(SseStream, WhoLeavesIsForgotten) {
  Shop shop;
  {
    Stream s(shop, "all");
    s.event();
    EXPECT_EQ(shop.live().stats().streams, 1u);
  }
  EXPECT_TRUE(shop.eventually([&] { return shop.live().stats().streams == 0; }));
}

TEST(SseStream, ADrainEndsIt) {
  Shop shop;
  Stream s(shop, "all");
  s.event();
  shop.live().drain();
  EXPECT_TRUE(s.ended());
}

// ---- when -----------------------------------------------------------------------------------------------------------

namespace {
struct Answer {
  std::atomic<int> calls = 0;
  std::atomic<bool> reached = false;
  std::function<void(bool)> hear() {
    return [this](bool r) {
      reached = r;
      ++calls;
    };
  }
};
}  // namespace

TEST(When, APositionThatIsReachedAnswersAtOnceAndALaterOneWithItsCommit) {
  Shop shop({.server = {.threads = 2}});
  shop.open_orders(2);
  Answer past, future;
  shop.live().when(shop.tenant(), 2, 0, 10s, past.hear());
  shop.live().when(shop.tenant(), 3, 1, 10s, future.hear());
  ASSERT_TRUE(shop.eventually([&] { return past.calls == 1; }));
  EXPECT_TRUE(past.reached);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(future.calls, 0);
  EXPECT_EQ(shop.live().stats().waiting, 1u);
  shop.open_order();
  ASSERT_TRUE(shop.eventually([&] { return future.calls == 1; }));
  EXPECT_TRUE(future.reached);
  EXPECT_EQ(shop.live().stats().waiting, 0u);
}

TEST(When, TheDeadlineAnswersOnce) {
  Shop shop;
  Answer late;
  shop.live().when(shop.tenant(), 1, 0, 50ms, late.hear());
  ASSERT_TRUE(shop.eventually([&] { return late.calls == 1; }));
  EXPECT_FALSE(late.reached);
  shop.open_order();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(late.calls, 1);
}

TEST(When, ADrainAnswersWhoWaits) {
  Shop shop;
  Answer waiting;
  shop.live().when(shop.tenant(), 1, 0, 30s, waiting.hear());
  ASSERT_TRUE(shop.eventually([&] { return shop.live().stats().waiting == 1; }));
  shop.live().drain();
  ASSERT_TRUE(shop.eventually([&] { return waiting.calls == 1; }));
  EXPECT_FALSE(waiting.reached);
}

TEST(When, CommitsFromManySidesLoseNobody) {
  Shop shop({.server = {.threads = 2}});
  std::vector<std::unique_ptr<Answer>> answers;
  std::thread writing([&] { shop.open_orders(500); });
  for (std::int64_t seq = 1; seq <= 500; ++seq) {
    answers.push_back(std::make_unique<Answer>());
    shop.live().when(shop.tenant(), seq, static_cast<std::size_t>(seq % 2), 20s, answers.back()->hear());
  }
  writing.join();
  EXPECT_TRUE(
      shop.eventually([&] { return std::ranges::all_of(answers, [](auto& a) { return a->calls == 1 && a->reached; }); }));
}

}  // namespace edge::test
