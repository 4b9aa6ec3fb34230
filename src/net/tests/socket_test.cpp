#include "net/socket.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/tests/kit.h"

namespace net::test {
namespace {

// Echoes, notes how its sockets ended, and keeps the last one. The members are used on the server's thread, except atomics.
struct Echo {
  explicit Echo(ServerOptions options = {}) : running(options) {
    running.handler->on_upgrade = [this](Request&& request, std::function<void(Handler::Upgrade)> decide) {
      Handler::Upgrade upgrade{.subprotocol = request.path == "/sub" ? "events.v1.json" : ""};
      if (request.path == "/large") upgrade.max_message_bytes = 2'000'000, upgrade.binary = true;
      upgrade.opened = [this](std::shared_ptr<Socket> socket) {
        last = socket;
        ++opened;
        Socket* raw = socket.get();
        socket->on_message([raw](std::string_view text) { raw->send(std::make_shared<const std::string>(text)); });
        socket->on_binary([raw](std::string_view bytes) { raw->send_binary(std::make_shared<const std::string>(bytes)); });
        socket->on_closed([this](std::uint16_t code) { closed = code; });
      };
      decide(std::move(upgrade));
    };
  }
  // Runs on the server's thread and waits for it.
  void on_thread(const std::function<void()>& task) {
    std::promise<void> done;
    running.server.post(0, [&] { task(), done.set_value(); });
    done.get_future().wait();
  }
  Raw connect() const { return Raw(running.server.port()); }

  std::shared_ptr<Socket> last;
  std::atomic<int> opened = 0, closed = 0;
  Running running;
};

void shake_hands(Raw& raw, std::string_view path = "/ws", std::string_view more = "") {
  ASSERT_EQ(raw.ask(upgrade_request(path, more)).status, 101);
}

std::string close_body(int code, std::string_view reason = "") {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + std::string(reason);
}

void expect_close(Raw& raw, int code) {
  const Frame frame = read_frame(raw);
  EXPECT_EQ(frame.first_byte, 0x88);
  ASSERT_GE(frame.payload.size(), 2u);
  EXPECT_EQ(static_cast<unsigned char>(frame.payload[0]) << 8 | static_cast<unsigned char>(frame.payload[1]), code);
  EXPECT_TRUE(raw.ended());
}

TEST(Handshake, AnswersWithTheAcceptOfTheStandard) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  Echo echo;
  Raw raw(echo.running.server.port());
  const Answer answer =
      raw.ask(upgrade_request("/ws", "Sec-WebSocket-Extensions: x-other\r\nSec-WebSocket-Protocol: other\r\n"));
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("upgrade"), "websocket");
  EXPECT_EQ(answer.header("connection"), "Upgrade");
  EXPECT_EQ(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("sec-websocket-extensions"), "") << "this one is not spoken";
  EXPECT_EQ(answer.header("sec-websocket-protocol"), "");
  EXPECT_EQ(answer.header("content-length"), "");
}

TEST(Handshake, AgreesOnPermessageDeflate) {
  Echo echo;
  Raw raw(echo.running.server.port());
  const Answer answer = raw.ask(upgrade_request("/ws",
                                                "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=3\r\n"
                                                "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"));
  EXPECT_EQ(answer.header("sec-websocket-extensions"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10");
  Echo never({.compress_from_bytes = 0});
  Raw other(never.running.server.port());
  EXPECT_EQ(
      other.ask(upgrade_request("/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n")).header("sec-websocket-extensions"),
      "");
}

TEST(Handshake, ChoosesASubprotocolOnlyAmongThoseOffered) {
  Echo echo;
  Raw offered(echo.running.server.port()), other(echo.running.server.port());
  EXPECT_EQ(
      offered.ask(upgrade_request("/sub", "Sec-WebSocket-Protocol: a, events.v1.json\r\n")).header("sec-websocket-protocol"),
      "events.v1.json");
  EXPECT_EQ(other.ask(upgrade_request("/sub", "Sec-WebSocket-Protocol: a\r\n")).header("sec-websocket-protocol"), "");
}

TEST(Handshake, IsRefusedWhenItIsWrong) {
  Echo echo;
  Raw version(echo.running.server.port());
  const std::string head = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const Answer old =
      version.ask(get("/ws", head + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_EQ(old.status, 426);
  EXPECT_EQ(old.header("sec-websocket-version"), "13");
  for (const char* key : {"", "Sec-WebSocket-Key: short==\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n"})
    EXPECT_EQ(version.ask(get("/ws", head + "Sec-WebSocket-Version: 13\r\n" + key)).status, 400)
        << "and the connection goes on";
  EXPECT_EQ(echo.opened, 0);
  EXPECT_EQ(version.ask(get("/plain")).body, "GET /plain\n");
}

TEST(Handshake, MayBeRefusedByTheHandlerFromAnotherThread) {
  Running running;
  std::vector<std::jthread> threads;
  running.handler->on_upgrade = [&](Request&& request, std::function<void(Handler::Upgrade)> decide) {
    if (request.path == "/forget") return;
    threads.emplace_back([decide] { decide({.refused = Response{.status = 401, .body = "who?"}}); });
  };
  Raw raw(running.server.port());
  const Answer answer = raw.ask(upgrade_request());
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body, "who?");
  EXPECT_EQ(raw.ask(upgrade_request("/forget")).status, 500) << "nobody decided";
  EXPECT_EQ(raw.ask(get("/")).status, 200);
}

TEST(Handshake, AcceptedFromAnotherThreadOpensOnTheServersThread) {
  Running running({.threads = 2});
  std::jthread thread;
  std::atomic<bool> right = false;
  running.handler->on_upgrade = [&](Request&&, std::function<void(Handler::Upgrade)> decide) {
    thread = std::jthread([decide, &right, caller = std::this_thread::get_id()] {
      decide({.opened = [&right, caller](std::shared_ptr<Socket> socket) {
        right = std::this_thread::get_id() == caller;
        socket->send(std::make_shared<const std::string>("welcome"));
      }});
    });
  };
  Raw raw(running.server.port());
  shake_hands(raw);
  EXPECT_EQ(read_frame(raw).payload, "welcome");
  EXPECT_TRUE(right);
}

TEST(WebSockets, EchoMessagesOfManySizesAndFramesThatCameWithTheHandshake) {
  Echo echo({.max_frame_bytes = 1 << 20});
  Raw raw(echo.running.server.port());
  raw.send(upgrade_request() + masked_frame(0x81, "early"));
  EXPECT_EQ(raw.answer().status, 101);
  EXPECT_EQ(read_frame(raw).payload, "early");
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 1000000u}) {
    const std::string text(size, 't');
    raw.send(masked_frame(0x81, text));
    const Frame frame = read_frame(raw);
    EXPECT_EQ(frame.first_byte, 0x81);
    ASSERT_TRUE(frame.payload == text) << size;
  }
  EXPECT_EQ(echo.running.server.stats().sockets_open, 1u);
}

TEST(WebSockets, MayTakeBytesAndLongerMessagesThanTheServersLimit) {
  Echo echo({.max_buffered_bytes = 100'000});
  Raw raw(echo.running.server.port());
  shake_hands(raw, "/large");
  const std::string bytes(2'000'000, '\xff');
  raw.send(masked_frame(0x82, bytes));
  const Frame frame = read_frame(raw);
  EXPECT_EQ(frame.first_byte, 0x82);
  EXPECT_TRUE(frame.payload == bytes);
  raw.send(masked_frame(0x82, bytes + "1"));
  expect_close(raw, 1009);
}

TEST(WebSockets, CompressWhatIsLongEnoughForThoseWhoAgreed) {
  Echo echo;
  Raw agreed(echo.running.server.port()), plain(echo.running.server.port());
  shake_hands(agreed, "/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  shake_hands(plain);
  const std::string text(3000, 'c'), random = websocket_accept("a") + "short";
  std::string packed;
  ASSERT_TRUE(deflate_message(15, text, packed));
  agreed.send(masked_frame(0xc1, packed) + masked_frame(0x81, text) + masked_frame(0x81, random));
  for (int i = 0; i < 2; ++i) {
    const Frame frame = read_frame(agreed);
    EXPECT_EQ(frame.first_byte, 0xc1);
    EXPECT_EQ(frame.payload, packed);
  }
  EXPECT_EQ(read_frame(agreed).first_byte, 0x81);
  plain.send(masked_frame(0x81, text));
  EXPECT_EQ(read_frame(plain).payload, text);
  plain.send(masked_frame(0xc1, packed));
  expect_close(plain, 1002);
}

TEST(WebSockets, GiveOneMessageToManyWithDifferentTerms) {
  Echo echo;
  std::vector<std::shared_ptr<Socket>> sockets;
  std::vector<std::unique_ptr<Raw>> clients;
  for (const char* more :
       {"", "permessage-deflate", "permessage-deflate; server_max_window_bits=9", "permessage-deflate", ""}) {
    clients.push_back(std::make_unique<Raw>(echo.running.server.port()));
    shake_hands(*clients.back(), "/ws", *more ? "Sec-WebSocket-Extensions: " + std::string(more) + "\r\n" : "");
    sockets.push_back(echo.last);
  }
  const std::string text(5000, 'm');
  echo.on_thread([&] {
    const auto message = std::make_shared<const std::string>(text);
    for (const auto& socket : sockets) socket->send(message);
  });
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Frame frame = read_frame(*clients[i]);
    const bool compressed = i != 0 && i != 4;
    EXPECT_EQ(frame.first_byte, compressed ? 0xc1 : 0x81) << i;
    MessageInflater inflater;
    std::string out = compressed ? "" : frame.payload;
    if (compressed) {
      inflater.feed(frame.payload, out, 10'000);
      EXPECT_EQ(inflater.finish(out, 10'000), MessageInflater::Result::good);
    }
    EXPECT_EQ(out, text) << i;
  }
}

// With one of these counts, a part of the last answer still waits here when the end is seen: the kernel's buffers decide which.
TEST(WebSockets, AnswerWhatCameBeforeThePeerEndedItsSide) {
  Echo echo;
  const std::string words(100'000, 'w');
  for (int count = 1; count < 25; ++count) {
    Raw raw(echo.running.server.port());
    raw.receive_buffer(128 * 1024);
    shake_hands(raw, "/large");
    for (int i = 0; i < count; ++i) raw.send(masked_frame(0x81, words));
    raw.end_of_writing();
    std::this_thread::sleep_for(10ms);
    for (int i = 0; i < count; ++i) ASSERT_TRUE(read_frame(raw).payload == words) << i << " of " << count;
    EXPECT_TRUE(raw.ended());
  }
  EXPECT_TRUE(eventually([&] { return echo.closed == 1006; }));
}

TEST(WebSockets, AnswerPingsAtOnceBetweenFragments) {
  Echo echo;
  Raw raw(echo.running.server.port());
  shake_hands(raw);
  raw.send(masked_frame(0x01, "one ") + masked_frame(0x89, "data"));
  const Frame pong = read_frame(raw);
  EXPECT_EQ(pong.first_byte, 0x8a);
  EXPECT_EQ(pong.payload, "data");
  raw.send(masked_frame(0x80, "two"));
  EXPECT_EQ(read_frame(raw).payload, "one two");
}

TEST(WebSockets, CloseWithTheRightCode) {
  const std::vector<std::pair<std::string, int>> cases = {{std::string("\x81\x01x"), 1002},
                                                          {masked_frame(0xc1, "x"), 1002},
                                                          {masked_frame(0x81, "\xff"), 1007},
                                                          {masked_frame(0x82, "bytes"), 1003},
                                                          {masked_frame(0x80, "x"), 1002},
                                                          {masked_frame(0x81, std::string(65537, 'x')), 1009},
                                                          {masked_frame(0x88, close_body(1005)), 1002}};
  for (const auto& [bytes, code] : cases) {
    Echo echo;
    Raw raw(echo.running.server.port());
    shake_hands(raw);
    raw.send(bytes);
    expect_close(raw, code);
    EXPECT_TRUE(eventually([&] { return echo.closed == code; })) << echo.closed;
  }
}

TEST(WebSockets, AnswerTheCloseOfThePeer) {
  Echo echo;
  Raw with(echo.running.server.port());
  shake_hands(with);
  with.send(masked_frame(0x88, close_body(4123, "bye")));
  expect_close(with, 4123);
  EXPECT_TRUE(eventually([&] { return echo.closed == 4123; }));
  Raw without(echo.running.server.port());
  shake_hands(without);
  without.send(masked_frame(0x88, ""));
  EXPECT_EQ(read_frame(without).payload, "");
  EXPECT_TRUE(eventually([&] { return echo.closed == 1005; }));
  Raw gone(echo.running.server.port());
  shake_hands(gone);
  gone.end_of_writing();
  EXPECT_TRUE(eventually([&] { return echo.closed == 1006; }));
}

TEST(WebSockets, CloseFromOurSideWaitsForTheAnswerButNotForLong) {
  Echo echo({.dropping_time = 300ms, .close_time = 300ms});
  Raw polite(echo.running.server.port());
  shake_hands(polite);
  echo.on_thread([&] { echo.last->close(4001, "expired"), echo.last->send(std::make_shared<const std::string>("too late")); });
  const Frame frame = read_frame(polite);
  EXPECT_EQ(frame.payload, close_body(4001, "expired"));
  polite.send(masked_frame(0x81, "crossing") + masked_frame(0x88, frame.payload));
  EXPECT_EQ(polite.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return echo.closed == 4001; }));
  Raw deaf(echo.running.server.port());
  shake_hands(deaf);
  echo.closed = 0;
  echo.on_thread([&] { echo.last->close(4002, ""); });
  EXPECT_TRUE(eventually([&] { return echo.closed == 4002; }));
  EXPECT_TRUE(eventually(
      [&] { return echo.running.server.stats().connections_open == 1 || echo.running.server.stats().connections_open == 0; }));
  EXPECT_TRUE(deaf.ended(3s));
}

TEST(WebSockets, ArePingedAndDroppedWhenNobodyAnswers) {
  Echo echo({.ping_time = 400ms, .pong_time = 300ms});
  Raw dead(echo.running.server.port());
  shake_hands(dead);
  EXPECT_EQ(read_frame(dead).first_byte, 0x89);
  EXPECT_EQ(dead.read_to_end(), "") << "no close frame: nobody would read it";
  EXPECT_TRUE(eventually([&] { return echo.closed == 1006; }));
  Raw alive(echo.running.server.port());
  shake_hands(alive);
  for (int i = 0; i < 3; ++i) {
    const Frame frame = read_frame(alive);
    ASSERT_EQ(frame.first_byte, 0x89);
    alive.send(i == 1 ? masked_frame(0x81, "any frame counts") : masked_frame(0x8a, frame.payload));
    if (i == 1) {
      EXPECT_EQ(read_frame(alive).payload, "any frame counts");
    }
  }
  std::int64_t idle = -1;
  echo.on_thread([&] { idle = echo.last->idle_ms(); });
  EXPECT_GE(idle, 0);
  EXPECT_LT(idle, 5000);
}

TEST(WebSockets, ASlowReaderIsCutAtTheCapAndHoldsNobodyUp) {
  Echo echo({.max_buffered_bytes = 200'000});
  Raw slow(echo.running.server.port());
  slow.receive_buffer(4096);
  shake_hands(slow);
  const std::shared_ptr<Socket> stuck = echo.last;
  Raw quick(echo.running.server.port());
  shake_hands(quick);
  const std::shared_ptr<Socket> fine = echo.last;
  const auto message = std::make_shared<const std::string>(10'000, 'm');
  std::size_t most = 0;
  for (int i = 0; i < 2000 && echo.closed == 0; ++i) {
    echo.on_thread([&] {
      stuck->send(message);
      fine->send(message);
      most = std::max(most, stuck->buffered());
    });
    ASSERT_EQ(read_frame(quick).payload.size(), message->size());
  }
  EXPECT_EQ(echo.closed, 1006);
  EXPECT_LE(most, 200'000u);
  EXPECT_TRUE(eventually([&] { return message.use_count() == 1; })) << "nothing is kept for it";
}

TEST(WebSockets, TellWhenTheirQueueIsEmpty) {
  Echo echo({.max_buffered_bytes = 100'000'000});
  Raw raw(echo.running.server.port());
  shake_hands(raw);
  std::atomic<int> drained = 0;
  std::size_t buffered = 0;
  const auto message = std::make_shared<const std::string>(20'000'000, 'm');
  echo.on_thread([&] {
    echo.last->on_drained([&] { ++drained; });
    echo.last->send(message);
  });
  echo.on_thread([&] { buffered = echo.last->buffered(); });
  EXPECT_GT(buffered, 0u);
  EXPECT_EQ(drained, 0);
  EXPECT_TRUE(read_frame(raw).payload == *message);
  EXPECT_TRUE(eventually([&] { return drained == 1; }));
  echo.on_thread([&] { buffered = echo.last->buffered(); });
  EXPECT_EQ(buffered, 0u);
}

TEST(WebSockets, CloseWith1012WhenTheServerStops) {
  Echo echo;
  Raw raw(echo.running.server.port());
  shake_hands(raw);
  std::jthread stopping([&] { echo.running.server.stop(5s); });
  const Frame frame = read_frame(raw);
  EXPECT_EQ(frame.payload.substr(0, 2), close_body(1012));
  raw.send(masked_frame(0x88, frame.payload));
  EXPECT_TRUE(raw.ended());
}

TEST(WebSockets, ManyMessagesOfOneTurnArriveInOrder) {
  Echo echo({.max_buffered_bytes = 10'000'000});
  Raw raw(echo.running.server.port());
  shake_hands(raw);
  echo.on_thread([&] {
    for (int i = 0; i < 5000; ++i) echo.last->send(std::make_shared<const std::string>("message " + std::to_string(i)));
  });
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(read_frame(raw).payload, "message " + std::to_string(i));
}

}  // namespace
}  // namespace net::test
