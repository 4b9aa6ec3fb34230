#include <thread>

#include "core/erasure.h"
#include "edge/tests/live_kit.h"
#include "reflect/json.h"

namespace edge::test {

using reflect::member;

namespace {
std::string resume(std::int64_t after, std::string_view epoch = "") {
  return R"({"type":"resume","after":)" + std::to_string(after) +
         (epoch.empty() ? "" : R"(,"epoch":")" + std::string(epoch) + '"') + '}';
}
std::string ack(std::int64_t seq) { return R"({"type":"ack","seq":)" + std::to_string(seq) + '}'; }
std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> all;
  for (auto i = first; i <= last; ++i) all.push_back(i);
  return all;
}
}  // namespace

// ---- who ------------------------------------------------------------------------------------------------------------

TEST(PosSocket, ATokenOfTheHandshakeIsReadyAtOnce) {
  Shop shop;
  shop.open_order();
  Terminal t(shop, "all");
  EXPECT_EQ(t.head.status, 101);
  EXPECT_EQ(t.hear(),
            R"({"type":"ready","tenant":"shop","epoch":")" + shop.epoch() + R"(","seq":)" + std::to_string(shop.head()) + '}');
  EXPECT_TRUE(t.silent()) << "nothing of the past is sent unasked";
}

TEST(PosSocket, WrongHandshakesAreRefusedBeforeTheUpgrade) {
  Shop shop;
  shop.other("elsewhere");
  shop.person("thief", actor({"*"}), "elsewhere");
  shop.person("cook", actor({"tickets.read"}));
  EXPECT_EQ(Terminal(shop, "nobody").head.status, 401);
  EXPECT_EQ(Terminal(shop, "thief").head.status, 404);
  EXPECT_EQ(Terminal(shop, "cook").head.status, 403);
  EXPECT_EQ(Terminal(shop, "all", "/ws/pos/nowhere").head.status, 404);
  EXPECT_EQ(Terminal(shop, "all", "/ws/pos/").head.status, 404);
  EXPECT_EQ(Terminal(shop, "all", "/ws/pos/shop/x").head.status, 404);
  EXPECT_EQ(Terminal(shop, "all", "?after=x").head.status, 422);
  EXPECT_EQ(Terminal(shop, "all", "?before=1").head.status, 422);
}

TEST(PosSocket, TheFirstMessageMayBringTheToken) {
  Shop shop;
  Terminal t(shop, "");
  EXPECT_EQ(t.head.status, 101);
  shop.open_order();
  t.say(resume(0));
  EXPECT_EQ(member(t.hear(), "code"), "auth.missing") << "before it nothing is told";
  t.say(R"({"type":"auth","token":"all"})");
  EXPECT_EQ(member(t.hear(), "type"), "ready");
  shop.open_order();
  EXPECT_EQ(member(t.hear(), "type"), "new_order");
}

TEST(PosSocket, AWrongTokenInAMessageClosesWith4000AndAnotherTenantsWith4003) {
  Shop shop;
  shop.other("elsewhere");
  shop.person("thief", actor({"*"}), "elsewhere");
  Terminal nobody(shop, ""), thief(shop, ""), nothing(shop, "");
  nobody.say(R"({"type":"auth","token":"x"})");
  thief.say(R"({"type":"auth","token":"thief"})");
  nothing.say(R"({"type":"auth"})");
  EXPECT_EQ(nobody.hear(), "close 4000");
  EXPECT_EQ(thief.hear(), "close 4003");
  EXPECT_EQ(nothing.hear(), "close 4000");
}

TEST(PosSocket, WhoDoesNotSayWhoItIsInTimeIsClosedWith4006) {
  Shop shop({.live = {.auth_time = 100ms}});
  Terminal t(shop, ""), known(shop, "all");
  t.say(R"({"type":"ping"})");
  EXPECT_EQ(t.hear(), R"({"type":"pong"})");
  EXPECT_EQ(t.hear(), "close 4006");
  EXPECT_EQ(member(known.hear(), "type"), "ready");
  EXPECT_TRUE(known.silent(200ms)) << "who is known stays";
}

TEST(PosSocket, GarbageClosesWith4001AndAnUnknownMessageDoesNot) {
  Shop shop;
  for (auto garbage : {"{", "[1]", "7", "{}", R"({"type":1})"}) {
    Terminal t(shop, "all");
    t.hear();
    t.say(garbage);
    EXPECT_EQ(t.hear(), "close 4001") << garbage;
  }
  Terminal t(shop, "all");
  t.hear();
  t.say(R"({"type":"dance"})");
  EXPECT_EQ(member(t.hear(), "code"), "message.unknown");
  t.say(R"({"type":"resume"})");
  EXPECT_EQ(member(t.hear(), "code"), "position.malformed");
  t.say(R"({"type":"ping"})");
  EXPECT_EQ(t.hear(), R"({"type":"pong"})");
}

TEST(PosSocket, ARevokedTokenEndsTheSocketAndARenewedOneKeepsIt) {
  Shop shop;
  shop.person("old", actor({"orders.read"}));
  Terminal lost(shop, "old"), kept(shop, "old");
  lost.hear();
  kept.hear();
  shop.person("new", actor({"orders.read"}));
  kept.say(R"({"type":"auth","token":"new"})");
  EXPECT_EQ(member(kept.hear(), "type"), "ready");
  shop.person("old", std::nullopt);
  shop.create(ended, shop.fresh());
  EXPECT_EQ(lost.hear(), "close 4000");
  shop.open_order();
  EXPECT_EQ(member(kept.hear(), "type"), "new_order");
}

TEST(PosSocket, ALostPermissionEndsTheSocket) {
  Shop shop({.live = {.mark_time = 100ms}});
  shop.person("cook", actor({"orders.read"}));
  Terminal t(shop, "cook");
  t.hear();
  shop.person("cook", actor({"tickets.read"}));
  std::string last;
  for (int i = 0; i < 10 && !last.starts_with("close"); ++i) last = t.hear();
  EXPECT_EQ(last, "close 4003") << "found at the next mark, without an event";
}

// ---- what is told ---------------------------------------------------------------------------------------------------

TEST(PosSocket, TheLifeOfAnOrder) {
  Shop shop;
  Terminal t(shop, "all");
  auto last = t.seq_of(t.hear());
  const auto hear = [&](std::string_view type, std::string_view status, std::string_view previous) {
    const auto message = t.hear();
    const auto data = member(message, "data");
    EXPECT_EQ(member(message, "type"), type);
    EXPECT_EQ(member(message, "prev"), std::to_string(last));
    EXPECT_EQ(member(data, "status"), status);
    EXPECT_EQ(member(data, "previousStatus"), previous);
    EXPECT_EQ(member(data, "customerName"), "Ann");
    last = t.seq_of(message);
    EXPECT_EQ(last, shop.head());
  };
  auto order = shop.fresh("draft");
  shop.create(drafted, order);
  shop.change(changed, order, [](TillOrder& o) { o.note = "more"; });
  shop.something_else();
  shop.change(proposed, order, [](TillOrder& o) { o.state = "proposed"; });
  hear("new_order", "proposed", "");
  shop.change(opened, order, [](TillOrder& o) { o.state = "open"; });
  hear("order_updated", "waiting", "proposed");
  shop.change(changed, order, [](TillOrder& o) { o.fulfilment = "ready"; });
  hear("order_updated", "ready", "waiting");
  shop.change(voided, order, [](TillOrder& o) { o.state = "voided", o.fulfilment = "cancelled"; });
  hear("order_updated", "voided", "ready");
  EXPECT_TRUE(t.silent());
}

TEST(PosSocket, AMarkMovesPastWhatIsNotForTerminals) {
  Shop shop({.live = {.mark_time = 100ms}});
  Terminal t(shop, "all");
  const auto start = t.seq_of(t.hear());
  for (int i = 0; i < 5; ++i) shop.something_else();
  std::string mark;
  do mark = t.hear();
  while (t.seq_of(mark) < shop.head());
  EXPECT_EQ(mark,
            R"({"type":"mark","seq":)" + std::to_string(start + 5) + R"(,"prev":)" + member(mark, "prev") + R"(,"live":true})");
  EXPECT_GE(std::stoll(member(mark, "prev")), start);
  const auto seq = shop.open_order();
  auto order = t.hear();
  while (member(order, "type") == "mark") order = t.hear();
  EXPECT_EQ(t.seq_of(order), seq);
  EXPECT_EQ(member(order, "prev"), std::to_string(start + 5)) << "the chain goes on behind the mark";
}

// ---- resuming -------------------------------------------------------------------------------------------------------

TEST(PosSocket, WhatHappenedDuringACutComesExactlyOnce) {
  Shop shop;
  shop.open_orders(3);
  std::int64_t after = 0;
  {
    Terminal t(shop, "all");
    t.hear();
    shop.open_order();
    after = t.seq_of(t.hear());
  }
  shop.open_orders(250);
  Terminal t(shop, "all");
  EXPECT_EQ(member(t.hear(), "type"), "ready");
  t.say(resume(after, shop.epoch()));
  EXPECT_EQ(t.hear(), R"({"type":"resumed","after":)" + std::to_string(after) + '}');
  EXPECT_EQ(t.catch_up(after), range(after + 1, after + 250));
  shop.open_order();
  EXPECT_EQ(t.seq_of(t.hear()), after + 251) << "live without a gap";
}

TEST(PosSocket, BehindTheTailTheDatabaseGivesTheSame) {
  Shop shop;
  shop.open_orders(700);
  shop.daybook().tail().forget(*shop.tenant());
  shop.open_orders(30);
  Terminal t(shop, "all", "?after=" + shop.epoch() + ":5");
  EXPECT_EQ(member(t.hear(), "type"), "ready");
  EXPECT_EQ(t.catch_up(5), range(6, shop.head()));
  EXPECT_GE(shop.live().stats().catch_ups, 5u);
}

TEST(PosSocket, AServerThatDiesInMidReplayIsPickedUpWhereItEnded) {
  Shop shop;
  shop.open_orders(2000, 200);
  shop.daybook().tail().forget(*shop.tenant());
  std::vector<std::int64_t> seen;
  std::int64_t last = 0;
  for (int life = 0; life < 3; ++life) {
    Terminal t(shop, "all", "?after=" + std::to_string(last));
    EXPECT_EQ(member(t.hear(), "type"), "ready");
    for (int i = 0; i < 400; ++i) {
      const auto message = t.hear();
      if (message.starts_with('c')) break;
      EXPECT_EQ(member(message, "prev"), std::to_string(last));
      last = t.seq_of(message);
      if (member(message, "type") == "new_order") seen.push_back(last);
    }
    shop.stop_server();
    shop.start_server();
  }
  Terminal t(shop, "all");
  t.hear();
  t.say(resume(last));
  t.hear();
  for (auto seq : t.catch_up(last)) seen.push_back(seq);
  EXPECT_EQ(seen, range(1, 2000));
}

TEST(PosSocket, ResumeInTheMiddleStartsAgainThere) {
  Shop shop;
  shop.open_orders(600, 1000);
  shop.daybook().tail().forget(*shop.tenant());
  Terminal t(shop, "all", "?after=0");
  t.hear();
  t.hear();
  t.say(resume(100));
  std::string message;
  do message = t.hear();
  while (member(message, "type") != "resumed");
  EXPECT_EQ(t.catch_up(100), range(101, 600));
}

TEST(PosSocket, AnotherHistoryDemandsASnapshot) {
  Shop shop;
  shop.open_orders(10);
  const auto before = shop.epoch();
  shop.restart_all([&](db::Connection& c) {  // as restore does: what came behind seq 7 of the old history is not here
    const db::Arg args[] = {db::arg(before)};
    c.run("INSERT INTO core_epoch (tenant, epoch, last_seq, ended_at) VALUES ($t, $1, 7, 0)", 1, args);
    c.run("UPDATE core_head SET epoch = 'zz9' WHERE tenant = $t", 1, {});
  });
  Terminal t(shop, "all");
  EXPECT_EQ(member(t.hear(), "epoch"), "zz9");
  t.say(resume(8, before));
  EXPECT_EQ(t.hear(), R"({"type":"sync_required","reason":"epoch","snapshot":"/api/v1/orders?state=open,proposed","seq":10})");
  shop.open_order();
  EXPECT_EQ(member(t.hear(), "prev"), "10") << "behind the snapshot's position it goes on";
  t.say(resume(7, before));
  EXPECT_EQ(member(t.hear(), "type"), "resumed") << "what both histories share is no reason to read all again";
  EXPECT_EQ(t.catch_up(7), range(8, 11));
  t.say(resume(3, "unknown0"));
  EXPECT_EQ(member(t.hear(), "reason"), "epoch");
  t.say(resume(99));
  EXPECT_EQ(member(t.hear(), "reason"), "epoch") << "nobody has seen what has not happened";
}

TEST(PosSocket, WhatIsNoLongerKeptDemandsASnapshot) {
  Shop shop;
  shop.open_orders(10);
  shop.restart_all([&](db::Connection& c) { c.run("DELETE FROM core_log WHERE tenant = $t AND seq <= 4", 1, {}); });
  Terminal t(shop, "all", "?after=2");
  t.hear();
  EXPECT_EQ(member(t.hear(), "reason"), "retention");
  Terminal near(shop, "all", "?after=4");
  near.hear();
  EXPECT_EQ(near.catch_up(4), range(5, 10));
}

TEST(PosSocket, APositionMayStandInAuth) {
  Shop shop;
  shop.open_orders(5);
  Terminal t(shop, "", "?after=4");
  t.say(R"({"type":"auth","token":"all","after":2,"epoch":")" + shop.epoch() + "\"}");
  t.hear();
  EXPECT_EQ(t.catch_up(2), range(3, 5)) << "the message wins over the URL";
}

// ---- acknowledgements -----------------------------------------------------------------------------------------------

TEST(PosSocket, AnAcknowledgementIsRememberedPerActor) {
  Shop shop;
  shop.person("bea", actor({"orders.read"}, "usr_01jqm3vh6e7s8v3jq0a1b2c3d5"));
  shop.open_orders(3);
  {
    Terminal t(shop, "all");
    t.hear();
    shop.open_orders(6);
    for (int i = 0; i < 6; ++i) t.hear();
    t.say(ack(10));
    EXPECT_EQ(member(t.hear(), "code"), "ack.unknown") << "only what was sent";
    t.say(ack(7));
    t.say(ack(5));
    t.say(R"({"type":"ping"})");
    EXPECT_EQ(member(t.hear(), "type"), "pong");
  }
  Terminal again(shop, "all"), other(shop, "bea");
  EXPECT_EQ(member(again.hear(), "seq"), "9");
  EXPECT_EQ(again.catch_up(7), range(8, 9)) << "the older one that came later does not count";
  other.hear();
  EXPECT_TRUE(other.silent()) << "another person's terminal has acknowledged nothing";
}

TEST(PosSocket, AnAcknowledgementSurvivesARestart) {
  Shop shop({.live = {.ack_flush_time = 50ms}});
  {
    Terminal t(shop, "all");
    t.hear();
    shop.open_orders(8);
    for (int i = 0; i < 8; ++i) t.hear();
    for (int i = 1; i <= 5; ++i) t.say(ack(i));
    ASSERT_TRUE(shop.eventually([&] { return shop.live().stats().acks_flushed >= 1; }));
    t.say(ack(6));
    t.say(R"({"type":"ping"})");
    t.hear();
  }
  shop.restart_all();
  Terminal t(shop, "all");
  t.hear();
  EXPECT_EQ(t.catch_up(6), range(7, 8)) << "what was not flushed yet is flushed when the server ends";
}

// ---- many, slow, erased ---------------------------------------------------------------------------------------------

TEST(PosSocket, ASlowReaderCostsTheOthersNothingAndTheServerLittle) {
  Shop shop({.live = {.buffer_bytes = 64 * 1024}});
  Terminal slow(shop, "all", "", 4096), quick(shop, "all");
  slow.hear();
  quick.hear();
  shop.open_orders(4000, 400);  // far more than the buffers of both ends
  std::int64_t last = 0;
  while (last < 4000) {
    const auto message = quick.hear();
    ASSERT_EQ(member(message, "prev"), std::to_string(last));
    last = quick.seq_of(message);
  }
  EXPECT_GE(shop.live().stats().stalls, 1u);
  EXPECT_EQ(shop.live().stats().sockets, 2u) << "and it is not thrown out at once";
  for (std::int64_t i = 1; i <= 4000; ++i) ASSERT_EQ(slow.seq_of(slow.hear()), i) << "it gets all of it when it reads";
}

TEST(PosSocket, AReaderThatStopsForGoodIsClosed) {
  Shop shop({.live = {.mark_time = 100ms, .buffer_bytes = 64 * 1024}});
  Terminal slow(shop, "all", "", 4096);
  slow.hear();
  shop.open_orders(4000, 400);
  EXPECT_TRUE(shop.eventually([&] { return shop.live().stats().slow_closes == 1 && shop.live().stats().sockets == 0; }));
}

TEST(PosSocket, AnEventIsEncodedOnceForAll) {
  Shop shop({.server = {.threads = 2}});
  std::vector<std::unique_ptr<Terminal>> terminals;
  for (int i = 0; i < 20; ++i) terminals.push_back(std::make_unique<Terminal>(shop, "all"));
  for (auto& t : terminals) t->hear();
  const auto before = shop.live().stats();
  shop.open_orders(100);
  for (auto& t : terminals)
    for (std::int64_t i = 1; i <= 100; ++i) ASSERT_EQ(t->seq_of(t->hear()), i);
  EXPECT_EQ(shop.live().stats().encoded - before.encoded, 100u);
  EXPECT_EQ(shop.live().stats().messages - before.messages, 2000u);
}

TEST(PosSocket, AStormOfReconnectionsReadsEachPageOnce) {
  Shop shop({.server = {.threads = 2}});
  shop.open_orders(1000);
  shop.daybook().tail().forget(*shop.tenant());
  std::vector<std::unique_ptr<Terminal>> terminals;
  for (int i = 0; i < 30; ++i) terminals.push_back(std::make_unique<Terminal>(shop, "all", "?after=0"));
  for (auto& t : terminals) {
    t->hear();
    EXPECT_EQ(t->catch_up(0), range(1, 1000));
  }
  EXPECT_LE(shop.live().stats().catch_ups, 24u) << "8 pages, not 240";
}

TEST(PosSocket, ErasedDataIsNotSentAnyMore) {
  Shop shop;
  auto order = shop.fresh();
  shop.create(opened, order);
  Terminal first(shop, "all", "?after=0");
  first.hear();
  EXPECT_TRUE(first.hear().contains("Ann"));
  first.hear();
  const auto who = actor({"*"});
  const auto done = core::erase(shop.daybook(), shop.tenant(), who,
                                {.order = base::Text<1, 80>(order.id.text()), .phone = {}, .email = {}, .reason = "asked"});
  ASSERT_TRUE(done) << done.error().detail;
  const auto told = first.hear();
  EXPECT_EQ(member(told, "type"), "order_updated");
  EXPECT_EQ(member(member(told, "data"), "customerName"), "null") << told;
  Terminal second(shop, "all", "?after=0");
  second.hear();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(second.hear().contains("Ann"));
}

TEST(PosSocket, AStoppingServerClosesWith1012) {
  Shop shop;
  Terminal t(shop, "all");
  t.hear();
  std::thread stopping([&] {
    shop.live().drain();
    shop.server().stop(2s);
  });
  EXPECT_EQ(t.hear(), "close 1012");
  t.say("\x03\xf4", 8);
  stopping.join();
  EXPECT_TRUE(shop.eventually([&] { return shop.live().stats().sockets == 0; }));
}

}  // namespace edge::test
