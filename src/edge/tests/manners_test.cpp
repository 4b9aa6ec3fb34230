#include "edge/tests/edge_kit.h"

// Identity of facts, versions, positions and lists, as a client meets them.
namespace edge::test {
namespace {

struct Manners : testing::Test {
  Desk desk;
  Answered make(std::string body, net::Headers more) {
    return desk.ask("POST", "/api/v1/makes", desk.owner(std::move(more)), std::move(body));
  }
};

TEST_F(Manners, ACreationIs201WithItsPlaceAndVersion) {
  const auto answer = desk.as_owner("POST", "/api/v1/things", R"({"name":"A"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("location"), "/api/v1/things/" + answer.member("id"));
  EXPECT_EQ(answer.header("etag"), "\"1\"");
  EXPECT_EQ(answer.header("daybook-position"), desk.position());
  EXPECT_EQ(answer.header("idempotency-replayed"), "");
  EXPECT_EQ(desk.as_owner("GET", answer.header("location")).body, answer.body) << "the same public form";
}

TEST_F(Manners, TheSameKeyAndContentGivesTheSameAnswerOnce) {
  const auto first = make(R"({"name":"A"})", {{"Idempotency-Key", "k1"}});
  ASSERT_EQ(first.status, 201);
  const auto head = desk.head();
  for (const auto* key : {"k1", "\"k1\""}) {
    const auto again = make(R"( { "name" : "A" } )", {{"Idempotency-Key", key}});
    EXPECT_EQ(again.status, 201) << key;
    EXPECT_EQ(again.body, first.body) << key;
    EXPECT_EQ(again.header("idempotency-replayed"), "true");
    EXPECT_EQ(again.header("etag"), first.header("etag"));
    EXPECT_EQ(again.header("location"), "") << "what is created is read nowhere here";
  }
  EXPECT_EQ(desk.head(), head) << "nothing was written";
  const auto other = make(R"({"name":"B"})", {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.code(), "idempotency.reused");
}

TEST_F(Manners, AKeyBelongsToItsActor) {
  make(R"({"name":"A"})", {{"Idempotency-Key", "k1"}});
  const auto theirs = desk.ask("POST", "/api/v1/makes",
                               {{"Authorization", "Bearer " + desk.pass("things.write")},
                                {"Content-Type", "application/json"},
                                {"Idempotency-Key", "k1"}},
                               R"({"name":"B"})");
  EXPECT_EQ(theirs.status, 201);
}

TEST_F(Manners, WhatDemandsAnIdentityTakesAKeyOrAClientId) {
  const auto neither = make(R"({"name":"A"})", {});
  EXPECT_EQ(neither.status, 400);
  EXPECT_EQ(neither.code(), "idempotency.missing");
  EXPECT_EQ(make(R"({"name":"A","id":null})", {}).code(), "idempotency.missing");
  const std::string body = R"({"name":"A","id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})";
  const auto first = make(body, {});
  EXPECT_EQ(first.status, 201);
  const auto again = make(body, {});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(make(R"({"name":"B","id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})", {}).code(), "idempotency.reused");
}

TEST_F(Manners, AMalformedKeyIs400) {
  for (const auto& key : {std::string(), std::string("\"\""), std::string(256, 'k'), std::string("a b"),
                          std::string("k\xc3\xa9"), std::string("a\tb"), std::string("a\x7f")}) {
    const auto answer = make(R"({"name":"A"})", {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 400) << key;
    EXPECT_EQ(answer.code(), "idempotency.malformed") << key;
  }
  EXPECT_EQ(make(R"({"name":"A"})", {{"Idempotency-Key", std::string(255, '~')}}).status, 201);
  EXPECT_EQ(make(R"({"name":"A"})", {{"Idempotency-Key", "\"" + std::string(255, '!') + "\""}}).status, 201);
}

TEST_F(Manners, AResourceTakesAnIdOfTheClient) {
  const std::string body = R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"A"})";
  EXPECT_EQ(desk.as_owner("POST", "/api/v1/things", body).status, 201);
  const auto again = desk.as_owner("POST", "/api/v1/things", body);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(again.header("location"), "/api/v1/things/thg_01jqm3vh6e7s8v3jq0a1b2c3d4");
  EXPECT_EQ(desk.as_owner("POST", "/api/v1/things", R"({"id":"thg_01JQM3VH6E7S8V3JQ0A1B2C3D4","name":"A"})").status, 422);
}

TEST_F(Manners, AChangeDemandsTheVersionThatWasSeen) {
  const auto path = "/api/v1/things/" + desk.create("A");
  const auto change = [&](net::Headers headers, std::string body = R"({"name":"B"})") {
    return desk.as_owner("PATCH", path, std::move(body), std::move(headers));
  };
  EXPECT_EQ(change({}).status, 428);
  EXPECT_EQ(change({}).code(), "version.required");
  EXPECT_EQ(desk.as_owner("DELETE", path).status, 428);
  const auto stale = change({{"If-Match", "\"7\""}});
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.code(), "version.stale");
  EXPECT_EQ(stale.member("version"), "1");
  for (const auto* wrong : {"", "x", "\"1", "1\"", "\"1\", \"2\"", "-1", "99999999999999999999", "\"\""}) {
    EXPECT_EQ(change({{"If-Match", wrong}}).status, 400) << wrong;
    EXPECT_EQ(change({{"If-Match", wrong}}).code(), "version.malformed") << wrong;
  }
  const auto done = change({{"If-Match", "\"1\""}});
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.header("etag"), "\"2\"");
  EXPECT_EQ(done.header("location"), "");
  EXPECT_EQ(change({{"If-Match", "2"}}, R"({"name":"C"})").header("etag"), "\"3\"");
  EXPECT_EQ(change({{"If-Match", "W/\"3\""}}, R"({"name":"D"})").header("etag"), "\"4\"")
      << "as a proxy that compresses gives it back";
  EXPECT_EQ(change({{"If-Match", "*"}}, R"({"name":"E"})").header("etag"), "\"5\"");
  EXPECT_EQ(desk.as_owner("DELETE", path, {}, {{"If-Match", "4"}}).status, 412);
  EXPECT_EQ(desk.as_owner("DELETE", path, {}, {{"If-Match", "5"}}).status, 200);
  EXPECT_EQ(desk.as_owner("GET", path).status, 404);
}

TEST_F(Manners, APatchMergesAndNullClears) {
  const auto path = "/api/v1/things/" + desk.create("A");
  const auto change = [&](std::string body) { return desk.as_owner("PATCH", path, std::move(body), {{"If-Match", "*"}}); };
  EXPECT_EQ(change(R"({"note":"hm"})").member("note"), "hm");
  EXPECT_EQ(change(R"({"note":null})").member("note"), "null");
  EXPECT_EQ(change("[]").status, 422);
  EXPECT_EQ(change("\"x\"").status, 422);
  EXPECT_EQ(change(R"({"name":null})").status, 422);
  EXPECT_EQ(change(R"({"version":3})").status, 422);
  EXPECT_EQ(change(R"({"id":"thg_01jqm3vh6e7s8v3jq0a1b2c3d4"})").status, 422);
  EXPECT_EQ(change("").status, 400);
  EXPECT_NE(change(R"({"name":"a\u0000b","note":7})").body.find(R"("pointer":"/name")"), std::string::npos);
}

TEST_F(Manners, WhatThereIsOneOfIsPatchedWithoutAnId) {
  EXPECT_EQ(desk.as_owner("PATCH", "/api/v1/motto", R"( {"a": [1 , 2]} )").member("text"), R"({"a":[1,2]})");
}

TEST_F(Manners, AKeyOfAPatchCoversItsContent) {
  const auto path = "/api/v1/things/" + desk.create("A");
  const auto change = [&](std::string body) {
    return desk.as_owner("PATCH", path, std::move(body), {{"If-Match", "*"}, {"Idempotency-Key", "p1"}});
  };
  EXPECT_EQ(change(R"({"name":"B"})").header("etag"), "\"2\"");
  const auto again = change(R"( {"name" : "B"})");
  EXPECT_EQ(again.header("etag"), "\"2\"");
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(change(R"({"name":"C"})").code(), "idempotency.reused");
}

TEST_F(Manners, AReadOfAKnownVersionIs304) {
  const auto path = "/api/v1/things/" + desk.create("A");
  for (const auto* known : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"}) {
    const auto answer = desk.as_owner("GET", path, {}, {{"If-None-Match", known}});
    EXPECT_EQ(answer.status, 304) << known;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), "\"1\"");
    EXPECT_EQ(answer.header("daybook-position"), desk.position());
  }
  for (const auto* other : {"\"2\"", "x", "\"11\""})
    EXPECT_EQ(desk.as_owner("GET", path, {}, {{"If-None-Match", other}}).status, 200) << other;
}

TEST_F(Manners, ALongListIsReadPageByPageAlongItsLinks) {
  for (int i = 0; i < 5; ++i) desk.create("T" + std::to_string(i));
  const auto position = desk.position();
  std::string target = "/api/v1/things?limit=2&fields=name", seen;
  for (int page = 0; page < 3; ++page) {
    const auto answer = desk.as_owner("GET", target);
    EXPECT_EQ(answer.header("daybook-position"), position) << "every page stands where the first one stood";
    seen += answer.member("data");
    const auto link = answer.header("link");
    if (page == 2) {
      EXPECT_EQ(link, "");
      EXPECT_EQ(answer.member("next_cursor"), "null");
      break;
    }
    ASSERT_TRUE(link.ends_with(">; rel=\"next\"")) << link;
    target = link.substr(1, link.find('>') - 1);
    EXPECT_EQ(target, "/api/v1/things?limit=2&fields=name&after=" + answer.member("next_cursor"));
    desk.pass("things.read");  // the log goes on meanwhile
  }
  EXPECT_EQ(seen, R"([{"name":"T0"},{"name":"T1"}][{"name":"T2"},{"name":"T3"}][{"name":"T4"}])");
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?after=bogus").code(), "list.cursor");
}

TEST_F(Manners, DaybookAfterIsReadAndJudged) {
  const auto after = [&](std::string position) {
    return desk.as_owner("GET", "/api/v1/things", {}, {{"Daybook-After", std::move(position)}});
  };
  desk.create("A");
  EXPECT_EQ(after(desk.position()).status, 200);
  EXPECT_EQ(after("1").status, 200);
  EXPECT_EQ(after("elsewhere:1").status, 409);
  EXPECT_EQ(after("elsewhere:1").code(), "position.foreign_epoch");
  for (const auto* wrong : {"", "x", ":", "a:b", "-1", "1:2:3", "99999999999999999999"}) {
    EXPECT_EQ(after(wrong).status, 422) << wrong;
    EXPECT_EQ(after(wrong).code(), "position.malformed") << wrong;
  }
}

TEST_F(Manners, ARequestWaitsForItsPosition) {
  desk.listen();
  const auto next = desk.epoch() + ":" + std::to_string(desk.head() + 1);
  auto waiting = std::async(std::launch::async, [&] {
    return desk.call("GET", "/api/v1/things?fields=name", desk.owner({{"Daybook-After", next}}));
  });
  EXPECT_EQ(waiting.wait_for(200ms), std::future_status::timeout);
  desk.create("Late");
  const auto answer = read(waiting.get());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.member("data"), R"([{"name":"Late"}])");
}

TEST_F(Manners, APositionThatDoesNotComeIs503) {
  desk.listen();
  const auto answer =
      read(desk.call("POST", "/api/v1/things", desk.owner({{"Daybook-After", desk.epoch() + ":9999"}}), R"({"name":"A"})"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "position.not_reached");
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(answer.header("daybook-position"), desk.position());
}

TEST_F(Manners, ALongPollAnswersWithTheNextEntry) {
  desk.listen();
  const auto target = "/api/v1/daybook?types=thing.*&wait=10&after=" + std::to_string(desk.head());
  auto waiting = std::async(std::launch::async, [&] { return desk.call("GET", target, desk.owner()); });
  EXPECT_EQ(waiting.wait_for(200ms), std::future_status::timeout);
  desk.as_owner("POST", "/api/v1/makes", R"({"name":"of another type"})");
  EXPECT_EQ(waiting.wait_for(200ms), std::future_status::timeout);
  desk.create("Late");
  const auto answer = read(waiting.get());
  EXPECT_NE(answer.member("data").find("\"type\":\"thing.created\""), std::string::npos) << answer.body;
  EXPECT_EQ(answer.header("daybook-position"), desk.position());
}

TEST_F(Manners, ALongPollEndsEmptyWhenItsTimeIsOver) {
  desk.listen();
  const auto target = "/api/v1/daybook?wait=1&after=" + std::to_string(desk.head());
  const auto started = std::chrono::steady_clock::now();
  const auto answer = read(desk.call("GET", target, desk.owner()));
  EXPECT_GE(std::chrono::steady_clock::now() - started, 900ms);
  EXPECT_EQ(answer.body, R"({"data":[],"next_cursor":null})");
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/daybook?wait=31").status, 422);
}

TEST_F(Manners, OverTheWireTheSameHolds) {
  desk.listen();
  const auto made = read(desk.call("POST", "/api/v1/things", desk.owner({{"Idempotency-Key", "w1"}}), R"({"name":"Wire"})"));
  EXPECT_EQ(made.status, 201);
  const auto path = made.header("location");
  EXPECT_EQ(read(desk.call("GET", path, desk.owner())).body, made.body);
  const auto head = read(desk.call("HEAD", path, desk.owner()));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("etag"), "\"1\"");
  EXPECT_EQ(read(desk.call("PATCH", path, desk.owner({{"If-Match", "1"}}), R"({"name":"W2"})")).header("etag"), "\"2\"");
  EXPECT_EQ(read(desk.call("DELETE", path, desk.owner({{"If-Match", "2"}}))).status, 200);
}

}  // namespace
}  // namespace edge::test
