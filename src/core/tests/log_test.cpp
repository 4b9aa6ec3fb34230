#include <map>
#include <mutex>

#include "base/crypto.h"
#include "core/log_routes.h"
#include "core/tests/ground.h"

using namespace core_test;

namespace {

// ---- the log as it is written --------------------------------------------------------------------------------------

class Log : public OnBothEngines {};
FOR_BOTH_ENGINES(Log);

TEST_P(Log, NumbersEveryTenantsEntriesWithoutAGapAndTellsThemInOrder) {
  constexpr std::size_t tenants = 12, commands = 25;
  std::mutex mutex;
  std::map<std::int64_t, std::vector<std::int64_t>> told;
  ground.daybook().on_events([&](const std::shared_ptr<core::Tenant>& t, const std::vector<core::EventPtr>& events) {
    std::scoped_lock lock(mutex);
    for (auto& e : events) told[t->number].push_back(e->seq);
  });
  std::vector<std::shared_ptr<core::Tenant>> shops{ground.tenant};
  for (std::size_t i = 1; i < tenants; ++i) shops.push_back(ground.add("shop-" + std::to_string(i)));
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < 4; ++n)
    threads.emplace_back([&, n] {
      std::vector<std::future<Answered>> answers;
      for (std::size_t i = 0; i < tenants * commands / 4; ++i)
        answers.push_back(ground.begin(i % 5 == 4 ? "things.refuse" : "things.create_thing", R"({"title":"t"})",
                                       {.tenant = shops[(i + n) % tenants]}));
      for (auto& a : answers) a.wait();
    });
  for (auto& t : threads) t.join();
  for (auto& shop : shops) {
    const auto number = std::to_string(shop->number);
    const auto seqs = ground.column<std::int64_t>("SELECT seq FROM core_log WHERE tenant = " + number + " ORDER BY seq");
    for (std::size_t i = 0; i < seqs.size(); ++i) ASSERT_EQ(seqs[i], static_cast<std::int64_t>(i) + 1) << shop->slug;
    EXPECT_EQ(std::ssize(seqs), 1 + ground.count("things_thing WHERE tenant = " + number));
    EXPECT_EQ(shop->head().seq, std::ssize(seqs));
    std::scoped_lock lock(mutex);
    auto expected = seqs;
    if (shop == ground.tenant) expected.erase(expected.begin());  // before somebody listened
    EXPECT_EQ(told[shop->number], expected);
  }
  EXPECT_EQ(ground.verdict().tenants, static_cast<std::int64_t>(tenants));
  ground.expect_whole();
}

TEST_P(Log, KeepsWhatIsPersonalApartAndJoinsItWhenRead) {
  const auto made =
      ground.execute("things.create_thing", R"({"title":"Tea","name":"Ann","contact":{"email":"a@b.c","street":"Main 1"}})");
  const auto changed =
      ground.execute("things.change_thing", R"({"id":")" + made->id + R"(","patch":{"amount":2,"name":"Bob","contact":null}})",
                     {.if_match = 1});
  ASSERT_TRUE(changed) << text_of(changed);
  ground.daybook().tail().forget(*ground.tenant);  // from the database, as after a restart
  const auto entries = ground.daybook().events_after(*ground.tenant, 1, 10);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0]->data(), made->body);
  EXPECT_EQ(entries[1]->data(), changed->body);
  const std::string open = entries[1]->changed, all = entries[1]->all_changed();
  EXPECT_TRUE(open.contains("/amount") && !open.contains("Ann") && !open.contains("Bob")) << open;
  EXPECT_TRUE(all.contains(R"({"pointer":"/name","from":"Ann","to":"Bob"})")) << all;
  EXPECT_TRUE(all.contains(R"("from":"a@b.c")") || all.contains(R"("email":"a@b.c")")) << all;
  for (auto& text : ground.column<std::string>("SELECT body || changed FROM core_log"))
    for (const char* part : {"Ann", "Bob", "a@b.c", "Main 1"}) EXPECT_FALSE(text.contains(part)) << text;
}

TEST_P(Log, AnEmptyPageMeansTheEndHoweverFarTheNextEntryIs) {
  std::vector<std::future<Answered>> others;
  for (int i = 0; i < 600; ++i) others.push_back(ground.begin("things.create_thing", R"({"title":"t"})"));  // more than a chunk
  for (auto& other : others) other.wait();
  const auto changed = ground.execute("things.change_thing",
                                      R"({"id":")" + others.back().get()->id + R"(","patch":{"amount":2}})", {.if_match = 1});
  ASSERT_TRUE(changed) << text_of(changed);
  ground.daybook().read(*ground.tenant, [](core::View& view) {
    const auto page = core::read_daybook(view, {.after = {}, .types = "thing.changed"}, 1);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->body.contains("thing.changed")) << page->body;
    EXPECT_FALSE(page->empty);
  });
}

TEST_P(Log, GoesOnWhereItWasAfterARestart) {
  ground.add_thing("a");
  const auto head = ground.tenant->head();
  ground.reopen();
  EXPECT_EQ(ground.tenant->head().seq, head.seq);
  EXPECT_EQ(ground.tenant->head().hash, head.hash);
  EXPECT_EQ(ground.tenant->head().epoch, head.epoch);
  ground.add_thing("b");
  EXPECT_EQ(ground.tenant->head().seq, head.seq + 1);
  ground.expect_whole();
}

TEST_P(Log, TimeNeverGoesBack) {
  ground.add_thing("a");
  ground.pass(-std::chrono::hours(1));
  const auto late = ground.add_thing("b");
  ground.pass(std::chrono::minutes(30));
  ground.add_thing("c");
  ground.pass(std::chrono::hours(2));
  ground.add_thing("d");
  const auto times = ground.column<base::Instant>("SELECT time FROM core_log WHERE tenant = 1 ORDER BY seq");
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_EQ(late.created_at, times[1]) << "a command's now is that of the last entry";
  EXPECT_EQ(times.back(), ground.now());
  core::Instant seen{};
  ground.pass(-std::chrono::hours(5));
  ground.daybook().read(*ground.tenant, [&](core::View& view) { seen = view.now(); });
  EXPECT_EQ(seen, times.back()) << "and a query's too";
}

TEST_P(Log, IsReadByPositionTypeAndPage) {
  for (int i = 0; i < 3; ++i) ground.bump(ground.add_thing("a").id);  // 2 … 7
  const auto ask = [&](const std::string& input) {
    const auto* query = ground.daybook().registry().query("daybook.list");
    reflect::Value value(query->input());
    if (!reflect::read(value.type(), value.data(), input)) throw std::runtime_error(input);
    return text_of(ground.daybook().query_and_wait(
        {.tenant = ground.tenant, .query = query, .actor = somebody(), .input = std::move(value)}));
  };
  const auto seqs = [&](const std::string& input) {
    std::string out;
    const auto body = ask(input);
    for (std::size_t at = body.find("{\"seq\":"); at != body.npos; at = body.find("{\"seq\":", at + 1))
      out += body.substr(at + 7, body.find(',', at) - at - 7) + ' ';
    return out + reflect::member(body, "next_cursor");
  };
  const auto epoch = ground.tenant->head().epoch;
  EXPECT_EQ(seqs("{}"), "1 2 3 4 5 6 7 null");
  EXPECT_EQ(seqs(R"({"after":"5"})"), "6 7 null");
  EXPECT_EQ(seqs(R"({"after":")" + epoch + R"(:5"})"), "6 7 null");
  EXPECT_EQ(seqs(R"({"limit":2})"), "1 2 2");
  EXPECT_EQ(seqs(R"({"types":"thing.bumped"})"), "3 5 7 null");
  EXPECT_EQ(seqs(R"({"types":"mark.*,thing.created","after":"1","limit":2})"), "2 4 4");
  EXPECT_EQ(seqs(R"({"after":"7"})"), "null");
  EXPECT_EQ(ask(R"({"after":"x"})"), "422 position.malformed");
  EXPECT_EQ(ask(R"({"after":"zzz:5"})"), "409 position.foreign_epoch");
}

// ---- pure ----------------------------------------------------------------------------------------------------------

core::Event sample() {
  core::Event e;
  e.seq = 7;
  e.epoch = "01k94sd8g0e0kvxavwfbxgt7ap";
  e.time = core::Instant(std::chrono::microseconds(1762171200000001));
  e.type = "thing.created";
  e.version = 1;
  e.subject = "thing/thg_1";
  e.subject_version = 3;
  e.actor = "usr_1";
  e.cause = "event/e:6";
  e.trace = "abc";
  e.changed = base::Json("[]");
  e.body = base::Json(R"({"a":1})");
  return e;
}

// The same concatenation in other words (and its figures from another program): a length is four bytes, greatest first.
std::string prefixed(std::string_view s) { return std::string{'\0', '\0', '\0', static_cast<char>(s.size())} + std::string(s); }
std::string sha(std::string_view s) { return std::string(base::as_text(base::sha256(s))); }

TEST(Chain, IsTheHashOfWhatIsWritten) {
  const auto e = sample();
  const std::string tenant = "ten_01k94sd8g0ffxvtawtckx8vth2", previous(32, '\0');
  const auto personal = core::personal_hash("0123456789abcdef", R"({"name":"Ann"})", "[]");
  EXPECT_EQ(base::hex(personal), "30777d3edce90704ef9622846ef7ee9d8766c22dc31a8be3d37b1118f168f8cd");
  EXPECT_EQ(personal, sha("0123456789abcdef" + prefixed(R"({"name":"Ann"})") + prefixed("[]")));
  std::string header;
  for (auto part : {tenant, e.epoch, std::string("7"), std::string("1762171200000001"), e.type, std::string("1"), e.actor,
                    e.cause, e.trace, e.subject, std::string("3")})
    header += prefixed(part);
  const auto expected = sha(previous + sha(header) + sha(prefixed(e.body) + prefixed(e.changed)) + personal);
  EXPECT_EQ(core::chain_hash(previous, tenant, e, personal), expected);
  EXPECT_EQ(base::hex(expected), "3b21fae25d11dd6576a80e0c4395d9295dce6873dd0033151bd7399bfc83a41a");
  EXPECT_EQ(base::hex(core::chain_hash(previous, tenant, e, "")),
            "156340ae26ba3c04be21f2fcc36a0a9a73b0d71b747cc0b5e526ee48dd8c4668");
}

TEST(Chain, CoversEveryPartAndNoPartCanFlowIntoTheNext) {
  const std::string tenant = "ten_1", previous(32, '\1');
  const auto hash = core::chain_hash(previous, tenant, sample(), "p");
  const auto differs = [&](auto change) {
    auto e = sample();
    change(e);
    return core::chain_hash(previous, tenant, e, "p") != hash;
  };
  EXPECT_TRUE(differs([](auto& e) { ++e.seq; }));
  EXPECT_TRUE(differs([](auto& e) { e.epoch += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { e.time += std::chrono::microseconds(1); }));
  EXPECT_TRUE(differs([](auto& e) { e.type += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { ++e.version; }));
  EXPECT_TRUE(differs([](auto& e) { e.subject += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { ++e.subject_version; }));
  EXPECT_TRUE(differs([](auto& e) { e.actor += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { e.cause += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { e.trace += 'x'; }));
  EXPECT_TRUE(differs([](auto& e) { e.body += ' '; }));
  EXPECT_TRUE(differs([](auto& e) { e.changed += ' '; }));
  EXPECT_TRUE(differs([](auto& e) { std::swap(e.cause, e.trace); }));
  EXPECT_TRUE(differs([](auto& e) { e.actor += 'e', e.cause.erase(0, 1); }));
  EXPECT_NE(core::chain_hash(previous, tenant, sample(), ""), hash);
  EXPECT_NE(core::chain_hash(previous, "ten_2", sample(), "p"), hash);
  EXPECT_NE(core::chain_hash(std::string(32, '\2'), tenant, sample(), "p"), hash);
}

TEST(Entries, ArePrintedInTheirPublicForm) {
  auto e = sample();
  e.body = base::Json(R"({"id":"thg_1","name":""})");
  e.changed = base::Json(R"([{"pointer":"/a","from":1,"to":2}])");
  e.personal_body = R"({"name":"Ann"})";
  e.personal_changed = R"([{"pointer":"/name","from":"","to":"Ann"}])";
  EXPECT_EQ(core::print_event(e, "Ann \"A\""),
            R"({"seq":7,"epoch":"01k94sd8g0e0kvxavwfbxgt7ap","id":")" + e.id() +
                R"(","type":"thing.created","version":1,"time":"2025-11-03T12:00:00.000Z",)"
                R"("subject":"thing/thg_1","subject_version":3,)"
                R"("actor":{"kind":"user","id":"usr_1","name":"Ann \"A\""},"cause":"event/e:6","trace":"abc",)"
                R"("changed":[{"pointer":"/a","from":1,"to":2},{"pointer":"/name","from":"","to":"Ann"}],)"
                R"("data":{"id":"thg_1","name":"Ann"}})");
  EXPECT_TRUE(e.id().starts_with("evt_"));
  EXPECT_TRUE(base::id_bits("evt", e.id())) << "an id like others";
  EXPECT_EQ(e.id(), [] {
    auto other = sample();
    other.body = base::Json("{}");
    return other.id();
  }()) << "of epoch and seq alone";
  e.changed = base::Json("[]");
  EXPECT_EQ(e.all_changed(), R"([{"pointer":"/name","from":"","to":"Ann"}])");
  e.personal_changed = "[]";
  EXPECT_EQ(e.all_changed(), "[]");
  EXPECT_EQ(core::actor_kind("tok_1"), "token");
  EXPECT_EQ(core::actor_kind("system/x"), "system");
}

TEST(Positions, AreAnEpochAndASeq) {
  const auto text = [](std::string_view given) {
    const auto p = core::Position::parse(given);
    return p ? p->text() : "refused";
  };
  EXPECT_EQ(text("01k94:12"), "01k94:12");
  EXPECT_EQ(text("12"), ":12");
  EXPECT_EQ(text(":12"), ":12");
  EXPECT_EQ(text("a:0"), "a:0");
  for (auto bad :
       {"", ":", "a:", "a:b", "a:-1", "-0", "-1", "a:1:2", "A:1", "a b:1", "1.0", "a:1 ", "+1", "a:99999999999999999999"})
    EXPECT_EQ(text(bad), "refused") << bad;
}

TEST(TypeLists, MatchNamesAndBeginnings) {
  EXPECT_TRUE(core::type_matches("", "order.opened"));
  EXPECT_TRUE(core::type_matches("*", "order.opened"));
  EXPECT_TRUE(core::type_matches("order.*", "order.opened"));
  EXPECT_TRUE(core::type_matches("item.created,order.opened", "order.opened"));
  EXPECT_TRUE(core::type_matches("item.*,order.*", "order.opened"));
  EXPECT_FALSE(core::type_matches("order.*", "orders.opened"));
  EXPECT_FALSE(core::type_matches("order.open", "order.opened"));
  EXPECT_FALSE(core::type_matches("order.opened", "order.open"));
  EXPECT_FALSE(core::type_matches("item.*,", "order.opened"));
}

}  // namespace
