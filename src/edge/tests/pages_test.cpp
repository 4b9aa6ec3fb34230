#include "edge/tests/edge_kit.h"

// Probes, metrics, documentation, foreign pages and the control socket.
namespace edge::test {
namespace {

struct OwnPages : testing::Test {
  Desk desk;
};

TEST_F(OwnPages, ReadyOnlyWhenTold) {
  EXPECT_EQ(desk.ask("GET", "/healthz").status, 200);
  EXPECT_EQ(desk.ask("GET", "/readyz").status, 200);
  desk.edge->set_ready(false);
  EXPECT_EQ(desk.ask("GET", "/readyz").status, 503);
  EXPECT_EQ(desk.ask("GET", "/healthz").status, 200);
}

TEST_F(OwnPages, MetricsCountRequestsByRouteAndStatus) {
  desk.create("A");
  desk.as_owner("GET", "/api/v1/things/x");
  desk.as_owner("GET", "/nowhere");
  const auto page = desk.ask("GET", "/metrics");
  EXPECT_EQ(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line :
       {R"(http_server_request_duration_seconds_count{method="POST",route="/api/v1/things",status="2xx"} 1)",
        R"(http_server_request_duration_seconds_count{method="GET",route="/api/v1/things/{id}",status="4xx"} 1)",
        R"(http_server_request_duration_seconds_bucket{method="POST",route="/api/v1/things",status="2xx",le="0.005"})",
        R"(http_server_request_duration_seconds_count{method="",route="",status="4xx"} 1)", "\ndaybook_writer_groups_total ",
        "\nprocess_resident_memory_bytes ", "\ndaybook_tenants 1\n", "\ndaybook_tail_events "})
    EXPECT_NE(page.body.find(line), std::string::npos) << line << "\n" << page.body;
}

TEST_F(OwnPages, ThePagesOfTheServerAreCountedWithANetwork) {
  desk.listen();
  EXPECT_NE(read(desk.call("GET", "/metrics", {})).body.find("\ndaybook_connections 1\n"), std::string::npos);
}

TEST_F(OwnPages, TheDocumentationIsWholeAndStrict) {
  for (const auto* path : {"/docs", "/docs/problems", "/docs/docs.js", "/docs/docs.css", "/api/v1/openapi.json"}) {
    const auto page = desk.ask("GET", path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_GT(page.body.size(), 500u) << path;
    EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
    EXPECT_TRUE(page.header("content-security-policy").starts_with("default-src 'none'"));
    const auto again = desk.ask("GET", path, {{"If-None-Match", page.header("etag")}});
    EXPECT_EQ(again.status, 304) << path;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(desk.ask("GET", path, {{"If-None-Match", "\"other\""}}).status, 200) << path;
  }
  const auto html = desk.ask("GET", "/docs").body;
  EXPECT_EQ(html.find("http://"), std::string::npos) << "nothing from elsewhere";
  EXPECT_EQ(html.find("https://"), std::string::npos) << "nothing from elsewhere";
  EXPECT_EQ(html.find("style="), std::string::npos) << "the policy would refuse it";
  EXPECT_EQ(desk.ask("GET", "/docs/../secret").status, 404);
}

TEST(ForeignPages, OnlyNamedOriginsMayCall) {
  Desk desk({.cors_origins = {"https://shop.example"}, .version = "9.9"});
  const net::Headers wish = {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "PATCH"}};
  const auto preflight = desk.ask("OPTIONS", "/api/v1/things/x", wish);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_NE(preflight.header("access-control-allow-methods").find("PATCH"), std::string::npos);
  EXPECT_NE(preflight.header("access-control-allow-headers").find("If-Match"), std::string::npos);
  const auto answer = desk.as_owner("GET", "/api/v1/things", {}, {{"Origin", "https://shop.example"}});
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(answer.header("vary"), "Origin");
  EXPECT_NE(answer.header("access-control-expose-headers").find("Daybook-Position"), std::string::npos);
  for (const auto* other : {"https://shop.example.evil", "http://shop.example", "null", "https://SHOP.example"}) {
    EXPECT_EQ(desk.as_owner("GET", "/api/v1/things", {}, {{"Origin", other}}).header("access-control-allow-origin"), "")
        << other;
    EXPECT_EQ(desk.ask("OPTIONS", "/api/v1/things", {{"Origin", other}, {"Access-Control-Request-Method", "GET"}})
                  .header("access-control-allow-methods"),
              "")
        << other;
  }
  EXPECT_EQ(desk.ask("GET", "/api/v1/things", {{"Origin", "https://shop.example"}}).header("access-control-allow-origin"),
            "https://shop.example")
      << "a page can read why it was refused";
}

TEST_F(OwnPages, WithoutOriginsNothingIsSaidAboutThem) {
  const auto answer = desk.as_owner("GET", "/api/v1/things", {}, {{"Origin", "https://shop.example"}});
  EXPECT_EQ(answer.header("access-control-allow-origin"), "");
  EXPECT_EQ(answer.header("vary"), "");
}

TEST_F(OwnPages, TheControlSocketMakesTokensAndTenants) {
  desk.listen();
  const auto tenant = read(desk.local("POST", "/control/tenant", R"({"slug":"corner","name":"Corner"})"));
  ASSERT_EQ(tenant.status, 200) << tenant.body;
  EXPECT_EQ(tenant.member("slug"), "corner");
  EXPECT_EQ(read(desk.local("POST", "/control/tenant", R"({"slug":"No"})")).status, 422);
  const auto made = read(desk.local("POST", "/control/token", R"({"tenant":"corner","role":"things.read","ttl_seconds":60})"));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(read(desk.call("GET", "/api/v1/things", {{"Authorization", "Bearer " + made.member("token")}})).status, 200);
  EXPECT_EQ(read(desk.local("POST", "/control/token", R"({"tenant":"nobody","role":"x"})")).code(), "control.no_tenant");
  EXPECT_EQ(read(desk.local("POST", "/control/token", R"({"tenant":"corner"})")).status, 422);
  EXPECT_EQ(read(desk.local("POST", "/control/token", "{")).status, 400);
}

TEST_F(OwnPages, TheControlSocketTellsAndBacksUp) {
  desk.listen();
  const auto status = read(desk.local("GET", "/control/status"));
  EXPECT_EQ(status.member("pid"), std::to_string(getpid()));
  EXPECT_EQ(status.member("version"), "9.9");
  EXPECT_EQ(status.member("listen"), "127.0.0.1:" + std::to_string(desk.server->port()));
  EXPECT_EQ(read(desk.local("GET", "/control/readers")).body, R"({"data":[]})");
  EXPECT_GE(read(desk.local("POST", "/control/reader", R"({"tenant":"shop","reader":"none","action":"skip"})")).status, 400);
  const auto file = (desk.folder / "copy.db").string();
  const auto backup = read(desk.local("POST", "/control/backup", "{\"file\":\"" + file + "\"}"));
  EXPECT_EQ(backup.status, 200) << backup.body;
  EXPECT_NE(backup.body.find(desk.position()), std::string::npos);
  EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(file)), std::stoll(backup.member("bytes")));
  EXPECT_EQ(read(desk.local("POST", "/control/backup", "{\"file\":\"" + file + "\"}")).code(), "control.file_exists");
  EXPECT_EQ(read(desk.local("GET", "/control/nothing")).status, 404);
}

TEST_F(OwnPages, OverTheNetworkThereIsNoControl) {
  desk.listen();
  EXPECT_EQ(read(desk.call("GET", "/control/status", desk.owner())).code(), "route.unknown");
  EXPECT_EQ(read(desk.call("POST", "/control/token", desk.owner(), R"({"tenant":"shop","role":"*"})")).code(), "route.unknown");
}

}  // namespace
}  // namespace edge::test
