#include "edge/tests/edge_kit.h"
#include "edge/tests/live_kit.h"

// Streams and sockets pass the same door as requests do.
namespace edge::test {
namespace {

struct Streams : testing::Test {
  Desk desk;
  std::string ask(std::string_view target, std::string_view headers) {
    Wire wire(desk.server->port());
    wire.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: shop\r\n" + std::string(headers) + "\r\n");
    auto head = wire.until("\r\n\r\n");
    if (head.find("application/problem+json") != head.npos) head += wire.until("}");
    return head;
  }
};

TEST_F(Streams, AStreamNeedsAToken) {
  desk.listen();
  const auto answer = ask("/api/v1/daybook/stream", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
  EXPECT_NE(answer.find("\"code\":\"auth.missing\""), std::string::npos) << answer;
  EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos) << answer;
  EXPECT_TRUE(ask("/api/v1/daybook/stream", "Authorization: Bearer dbt_shop.x\r\n").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(
      ask("/api/v1/daybook/stream", "Authorization: Bearer " + desk.pass("things.read") + "\r\n").starts_with("HTTP/1.1 403 "));
}

TEST_F(Streams, AStreamTellsWhatIsWrittenOverHttp) {
  desk.listen();
  Wire wire(desk.server->port());
  wire.send("GET /api/v1/daybook/stream?types=thing.* HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " + desk.token +
            "\r\n\r\n");
  const auto head = wire.until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
  EXPECT_NE(head.find("text/event-stream"), std::string::npos) << head;
  const auto id = desk.create("Seen");
  EXPECT_NE(wire.until(id).find("thing.created"), std::string::npos);
}

TEST_F(Streams, ASocketTakesTheSameTokens) {
  desk.listen();
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const auto with = [&](const std::string& token) {
    return ask("/ws/pos/shop", upgrade + "Authorization: Bearer " + token + "\r\n");
  };
  EXPECT_TRUE(with("dbt_shop.x").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(with(desk.token).starts_with("HTTP/1.1 101 "));
  ASSERT_TRUE(desk.daybook->create_tenant("other", "Another"));
  EXPECT_TRUE(with(desk.pass("*", "other")).starts_with("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace edge::test
