#include "edge/tests/edge_kit.h"

// From the request line to the input: routes, credentials, permissions, media types, bodies and parameters.
namespace edge::test {
namespace {

struct Pipeline : testing::Test {
  Desk desk;
};

TEST_F(Pipeline, AnUnknownRouteIs404WithAProblem) {
  const auto answer = desk.as_owner("GET", "/api/v1/nothing");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.code(), "route.unknown");
  EXPECT_EQ(answer.member("type"), "/docs/problems#route.unknown");
  EXPECT_EQ(answer.member("status"), "404");
  EXPECT_EQ(answer.member("request_id"), answer.header("x-request-id"));
  for (const auto* path : {"/api/v1", "/api/v1/", "/api/v1/things/", "/api/v1//things", "/api/v2/things", "/nothing", "/apix",
                           "/control/status", "*", ""})
    EXPECT_EQ(desk.as_owner("GET", path).status, 404) << path;
}

TEST_F(Pipeline, AWrongMethodIs405AndSaysWhichAreRight) {
  const auto answer = desk.as_owner("PUT", "/api/v1/things");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(desk.as_owner("BREW", "/api/v1/things/x").header("allow"), "GET, HEAD, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(desk.as_owner("POST", "/healthz").header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(desk.ask("OPTIONS", "/api/v1/things").status, 204);
}

TEST_F(Pipeline, ALiteralSegmentWinsOverAMember) {
  // POST /things/count beside /things/{id}: as a GET it is the id "count".
  EXPECT_EQ(desk.as_owner("POST", "/api/v1/things/count").body, R"({"things":0})");
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things/count").code(), "resource.not_found");
}

TEST_F(Pipeline, WithoutATokenNothingIsShown) {
  const auto answer = desk.ask("GET", "/api/v1/things");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.code(), "auth.missing");
  EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
  EXPECT_EQ(answer.header("daybook-position"), "");
}

TEST_F(Pipeline, AWrongTokenIsRefusedWhateverIsWrongWithIt) {
  const std::string secret = desk.token.substr(desk.token.find('.') + 1);
  for (const std::string& wrong :
       {std::string("Bearer"), std::string("Bearer "), "Basic " + desk.token, "Bearer x" + desk.token,
        "Bearer " + desk.token + "0", "Bearer dbt_other." + secret, std::string("Bearer dbt_shop."), std::string("Bearer ._"),
        "Bearer " + std::string(5000, '_') + ".", std::string("Bearer dbt_shop.\0x", 18)}) {
    const auto answer = desk.ask("GET", "/api/v1/things", {{"Authorization", wrong}});
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.code(), "auth.invalid") << wrong;
  }
  EXPECT_EQ(desk.ask("GET", "/api/v1/things", {{"authorization", "bearer " + desk.token}}).status, 200)
      << "the scheme's case does not count";
}

TEST_F(Pipeline, ATokenSeesItsOwnTenantAlone) {
  const auto id = desk.create("Ours");
  ASSERT_TRUE(desk.daybook->create_tenant("other", "Another"));
  const net::Headers other = {
      {"Authorization", "Bearer " + desk.pass("*", "other")}, {"Content-Type", "application/json"}, {"If-Match", "*"}};
  EXPECT_EQ(desk.ask("GET", "/api/v1/things/" + id, other).status, 404);
  EXPECT_EQ(desk.ask("PATCH", "/api/v1/things/" + id, other, R"({"name":"Theirs"})").status, 404);
  EXPECT_EQ(desk.ask("DELETE", "/api/v1/things/" + id, other).status, 404);
  EXPECT_EQ(desk.ask("GET", "/api/v1/things", other).body, R"({"data":[],"next_cursor":null})");
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things/" + id).member("name"), "Ours");
}

TEST_F(Pipeline, AnActiveTokenIsLookedUpOnceUntilItsTenantsRightsChange) {
  desk.as_owner("GET", "/api/v1/things");
  const int before = authentications;
  for (int i = 0; i < 5; ++i) desk.create("Thing");  // events that do not touch rights
  EXPECT_EQ(authentications, before);
  desk.pass("things.read");  // one that does
  desk.as_owner("GET", "/api/v1/things");
  EXPECT_EQ(authentications, before + 1);
}

TEST_F(Pipeline, ARevokedTokenStopsAtOnce) {
  const auto token = desk.pass("things.read");
  const net::Headers with = {{"Authorization", "Bearer " + token}};
  ASSERT_EQ(desk.ask("GET", "/api/v1/things", with).status, 200);
  desk.revoke(token);
  EXPECT_EQ(desk.ask("GET", "/api/v1/things", with).status, 401);
}

TEST_F(Pipeline, ATokenIsLookedUpAgainAfterASecond) {
  desk.as_owner("GET", "/api/v1/things");
  const int before = authentications;
  desk.clock_us += 1'000'000;
  desk.as_owner("GET", "/api/v1/things");
  EXPECT_EQ(authentications, before + 1);
}

TEST_F(Pipeline, ATokenThatSaysItsEndIsLookedUpAgainThenAndWhenTheClockStepsBack) {
  const net::Headers with = {{"Authorization", "Bearer " + desk.pass("a.minute,things.read")}};
  const auto looked_up = [&] {
    const int before = authentications;
    EXPECT_EQ(desk.ask("GET", "/api/v1/things", with).status, 200);
    return authentications - before;
  };
  EXPECT_EQ(looked_up(), 1);
  desk.clock_us += 59'999'999;
  EXPECT_EQ(looked_up(), 0);
  desk.clock_us += 1;
  EXPECT_EQ(looked_up(), 1);
  desk.clock_us -= 1;
  EXPECT_EQ(looked_up(), 1);
}

TEST_F(Pipeline, APermissionIsAskedBeforeTheBodyIsRead) {
  const net::Headers reader = {{"Authorization", "Bearer " + desk.pass("things.read")}, {"Content-Type", "application/json"}};
  const auto answer = desk.ask("POST", "/api/v1/things", reader, "{{{");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.code(), "auth.forbidden");
  EXPECT_EQ(answer.member("permission"), "things.write");
  EXPECT_EQ(answer.header("daybook-position"), desk.position());
  EXPECT_EQ(desk.ask("POST", "/api/v1/things/count", {{"Authorization", "Bearer " + desk.pass("things.write")}}).status, 403)
      << "procedures too";
}

TEST_F(Pipeline, ABodyThatIsNoJsonIs400) {
  for (const std::string& body :
       {std::string("{"), std::string("{\"name\":\"a\"} x"), std::string("{\"name\":\"\xff\"}"), std::string("\0", 1),
        std::string("{'name':1}"), "{\"name\":" + std::string(40, '[') + std::string(40, ']') + "}",
        std::string("{\"name\":\"a\",}"), std::string("nul")}) {
    const auto answer = desk.as_owner("POST", "/api/v1/things", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.code(), "input.malformed") << body;
    EXPECT_EQ(desk.as_owner("PATCH", "/api/v1/things/" + ThingId().text(), body, {{"If-Match", "*"}}).status, 400) << body;
  }
}

TEST_F(Pipeline, ABodyThatBreaksRulesIs422WithEveryPointer) {
  const auto answer = desk.as_owner("POST", "/api/v1/things", R"({"name":"","note":5,"color":"red","version":9,"rare":"yes"})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.code(), "input.invalid");
  for (const auto* pointer : {"/name", "/note", "/color", "/version", "/rare"})
    EXPECT_NE(answer.member("errors").find('"' + std::string(pointer) + '"'), std::string::npos) << pointer;
  for (const auto* body : {R"([])", R"("x")", R"(null)", R"(5)"})
    EXPECT_EQ(desk.as_owner("POST", "/api/v1/things", body).status, 422) << body;
  EXPECT_EQ(desk.as_owner("POST", "/api/v1/things", R"({"name":"a\u0000b"})").status, 422);
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things").body, R"({"data":[],"next_cursor":null})") << "nothing of it was kept";
}

TEST_F(Pipeline, AnotherMediaTypeIs415) {
  const auto post = [&](std::string type, std::string_view method = "POST", std::string_view path = "/api/v1/things") {
    net::Headers headers = {{"Authorization", "Bearer " + desk.token}, {"If-Match", "*"}};
    if (!type.empty()) headers.emplace_back("Content-Type", std::move(type));
    return desk.ask(method, path, headers, R"({"name":"A"})").status;
  };
  for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json",
                           "application/jsonx", "application/json; charset=latin1"})
    EXPECT_EQ(post(type), 415) << type;
  for (const auto* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\""})
    EXPECT_EQ(post(type), 201) << type;
  const auto one = "/api/v1/things/" + desk.create("B");
  EXPECT_EQ(post("application/merge-patch+json", "PATCH", one), 200);
  EXPECT_EQ(post("application/json", "PATCH", one), 200);
  EXPECT_EQ(post("text/json", "PATCH", one), 415);
}

TEST_F(Pipeline, AnEmptyBodyIsAnEmptyObject) {
  net::Headers headers = {{"Authorization", "Bearer " + desk.token}};
  EXPECT_EQ(desk.ask("POST", "/api/v1/things/count", headers).status, 200);
  const auto answer = desk.ask("POST", "/api/v1/things", headers);
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find(R"({"pointer":"/name","code":"missing")"), std::string::npos);
}

TEST_F(Pipeline, MembersOfThePathAreNotGivenAgain) {
  const auto id = desk.create("Old");
  const auto rename = [&](std::string body) {
    return desk.as_owner("POST", "/api/v1/things/" + id + "/rename", std::move(body), {{"If-Match", "*"}});
  };
  EXPECT_EQ(rename(R"({"name":"New"})").member("name"), "New");
  const auto twice = rename(R"({"name":"Newer","id":")" + ThingId().text() + "\"}");
  EXPECT_EQ(twice.status, 422);
  EXPECT_NE(twice.body.find(R"("pointer":"/id","code":"unknown")"), std::string::npos);
  const auto neither = rename("{}");
  EXPECT_EQ(neither.status, 422);
  EXPECT_NE(neither.body.find(R"("pointer":"/name","code":"missing")"), std::string::npos);
  EXPECT_EQ(neither.body.find(R"("pointer":"/id")"), std::string::npos);
}

TEST_F(Pipeline, APathThatCanNameNothingIs404) {
  for (const auto* id :
       {"x", "thg_", "THG_01jqm3vh6e7s8v3jq0a1b2c3d4", "%00", "%ff", "%zz", "..", "thg_01jqm3vh6e7s8v3jq0a1b2c3d4%00"}) {
    EXPECT_EQ(desk.as_owner("GET", "/api/v1/things/" + std::string(id)).status, 404) << id;
    EXPECT_EQ(
        desk.as_owner("POST", "/api/v1/things/" + std::string(id) + "/rename", R"({"name":"N"})", {{"If-Match", "*"}}).status,
        404)
        << id;
  }
}

TEST_F(Pipeline, QueryParametersAreTypedAndUnknownOnesRefused) {
  const auto path = "/api/v1/things/" + desk.create("Hey") + "/shout";
  EXPECT_EQ(desk.as_owner("GET", path + "?volume=3").member("text"), "Hey!!!");
  EXPECT_EQ(desk.as_owner("GET", path + "?volume=1&twice=true").member("text"), "Hey!Hey");
  const auto wrong = desk.as_owner("GET", path + "?volum=3");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find(R"("pointer":"/volum","code":"unknown")"), std::string::npos);
  EXPECT_NE(wrong.body.find(R"("pointer":"/volume","code":"missing")"), std::string::npos);
  for (const auto* query :
       {"?volume=0", "?volume=99999999999999999999", "?volume=1.5", "?volume=1e3", "?volume=", "?volume", "?volume=0x3",
        "?volume=3%00", "?volume=3&volume=3", "?volume=3&id=thg_01jqm3vh6e7s8v3jq0a1b2c3d4", "?volume=3&twice=1"})
    EXPECT_EQ(desk.as_owner("GET", path + query).status, 422) << query;
  EXPECT_EQ(desk.as_owner("GET", path + "?volume=%zz").status, 400);
  EXPECT_EQ(desk.as_owner("GET", path + "?%ff=3").status, 400);
  EXPECT_EQ(desk.as_owner("GET", path + "?&volume=%33&").member("text"), "Hey!!!");
  EXPECT_EQ(desk.as_owner("POST", "/api/v1/things?name=A", R"({"name":"A"})").status, 422);
}

TEST_F(Pipeline, ListsTakeTheirFiltersByName) {
  desk.as_owner("POST", "/api/v1/things", R"({"name":"A b&c","rare":true})");
  desk.create("B");
  const auto names = [&](std::string_view query) {
    return desk.as_owner("GET", "/api/v1/things?fields=name&" + std::string(query)).member("data");
  };
  EXPECT_EQ(names("rare=true"), R"([{"name":"A b&c"}])");
  EXPECT_EQ(names("name=A+b%26c"), R"([{"name":"A b&c"}])");
  EXPECT_EQ(names("rare=true,false"), R"([{"name":"A b&c"},{"name":"B"}])");
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?rare=perhaps").status, 422);
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?note=x").status, 422) << "not every column is a filter";
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?filters=x").status, 422);
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?rare=true&rare=true").status, 422);
  EXPECT_EQ(desk.as_owner("GET", "/api/v1/things?limit=201").status, 422);
}

TEST_F(Pipeline, ADeletionMayCarryItsMembersInBodyOrQuery) {
  const auto id = desk.create("One");
  EXPECT_EQ(desk.as_owner("DELETE", "/api/v1/things/" + id + "/scrap").status, 422);
  const auto by_body = desk.as_owner("DELETE", "/api/v1/things/" + id + "/scrap", R"({"reason":"broken"})");
  EXPECT_EQ(by_body.status, 200);
  EXPECT_EQ(by_body.member("deleted"), "true");
  const auto second = desk.create("Two");
  EXPECT_EQ(desk.as_owner("DELETE", "/api/v1/things/" + second + "/scrap?reason=lost").status, 200);
}

TEST_F(Pipeline, ABugIs500AndKeepsItsSecret) {
  const auto answer = desk.as_owner("GET", "/api/v1/fail");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.code(), "internal");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(Pipeline, WhatTheServerRefusesLooksTheSame) {
  desk.listen();
  const auto answer = read(desk.call("POST", "/api/v1/things", desk.owner(), std::string(2 << 20, ' ')));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.member("type"), "/docs/problems#http.too_large");
  EXPECT_EQ(answer.member("request_id"), answer.header("x-request-id"));
  EXPECT_NE(desk.edge->openapi().find("{\"code\":\"http.too_large\""), std::string::npos);
}

TEST_F(Pipeline, ATypedMemberOfAProblemIsOnItsTopLevel) {
  const auto answer = desk.as_owner("GET", "/api/v1/things/" + desk.create("Hey") + "/shout?volume=9");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "things.too_loud");
  EXPECT_EQ(answer.member("title"), "Nobody wants to hear it that loud.");
  EXPECT_EQ(answer.member("detail"), "9 is too loud.");
  EXPECT_EQ(answer.member("allowed"), R"(["1","8"])");
}

TEST_F(Pipeline, ATraceParentIsTakenUpAndAnythingElseIsReplaced) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto answer =
      desk.as_owner("POST", "/api/v1/things", R"({"name":"A"})", {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}});
  EXPECT_EQ(answer.header("x-request-id"), trace);
  EXPECT_NE(desk.as_owner("GET", "/api/v1/daybook?types=thing.created").body.find("\"trace\":\"" + trace), std::string::npos);
  for (const std::string& wrong : {"00-" + trace, "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
                                   "00-" + std::string(32, 'G') + "-00f067aa0ba902b7-01",
                                   "ff-" + trace + "-00f067aa0ba902b7-01", std::string("\r\nX: y")}) {
    const auto other = desk.as_owner("GET", "/api/v1/things", {}, {{"traceparent", wrong}}).header("x-request-id");
    EXPECT_NE(other, trace) << wrong;
    EXPECT_EQ(other.size(), 32u) << wrong;
  }
}

}  // namespace
}  // namespace edge::test
