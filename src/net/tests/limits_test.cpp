#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/tests/kit.h"

namespace net::test {
namespace {

std::string code_of(const Answer& answer) {
  const std::size_t at = answer.body.find("\"code\":\"");
  return at == std::string::npos ? "" : answer.body.substr(at + 8, answer.body.find('"', at + 8) - at - 8);
}

void expect_problem(const Answer& answer, int status, std::string_view code) {
  EXPECT_EQ(answer.status, status);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(code_of(answer), code);
  EXPECT_TRUE(answer.body.contains("\"status\":" + std::to_string(status)));
}

ServerOptions impatient() {
  return {.dropping_time = 500ms, .header_time = 300ms, .body_time = 300ms, .idle_time = 600ms, .write_time = 500ms};
}

TEST(HeaderLimit, Is431BeyondAndNothingAtExactly) {
  Running running({.max_header_bytes = 1000});
  const std::string padding(1000 - get("/", "P: \r\n").size(), 'p');
  Raw fits(running.server.port());
  EXPECT_EQ(fits.ask(get("/", "P: " + padding + "\r\n")).status, 200);
  for (const std::string& request : {get("/", "P: " + padding + "p\r\n"), "GET /" + std::string(5000, 'x')}) {
    Raw client(running.server.port());
    expect_problem(client.ask(request), 431, "http.header_too_large");
    EXPECT_TRUE(client.ended());
  }
}

TEST(HeaderLimit, Is408ForASlowDripAndAfterSilence) {
  Running running(impatient());
  Raw silent(running.server.port()), slow(running.server.port());
  const auto start = std::chrono::steady_clock::now();
  std::jthread drip([&](const std::stop_token& stop) {
    slow.send("GET / HTTP/1.1\r\n");
    while (!stop.stop_requested() && slow.send("A")) std::this_thread::sleep_for(50ms);
  });
  expect_problem(slow.answer(), 408, "http.timeout");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 290ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  expect_problem(silent.answer(), 408, "http.timeout");
  EXPECT_TRUE(silent.ended());
}

TEST(HeaderLimit, RunsAnewForTheNextRequestOfAConnection) {
  Running running(impatient());
  Raw client(running.server.port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.ask(get("/")).status, 200);
    std::this_thread::sleep_for(200ms);
  }
  client.send("GET / HTT");
  expect_problem(client.answer(), 408, "http.timeout");
}

TEST(IdleLimit, ClosesAKeptConnectionWithoutAWord) {
  Running running(impatient());
  Raw client(running.server.port());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(BodyLimit, Is408WithoutProgressAndNothingWithIt) {
  Running running(impatient());
  Raw stuck(running.server.port());
  stuck.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  Raw slow(running.server.port());
  slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(100ms);
    slow.send("x");
  }
  EXPECT_EQ(slow.answer().body, "POST /\nxxxxxxxxxx");
  expect_problem(stuck.answer(), 408, "http.timeout");
  Raw chunked(running.server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  expect_problem(chunked.answer(), 408, "http.timeout");
}

TEST(BodyLimit, Is413AndTheAnswerArrivesThoughTheClientOnlyReadsAfterwards) {
  Running running({.max_body_bytes = 1000});
  std::atomic<int> asked = 0;
  running.handler->on_request = [&](Request&&, Reply reply) { ++asked, std::move(reply)({}); };
  Raw sized(running.server.port());
  EXPECT_TRUE(sized.send(post("/", std::string(8'000'000, 'x')))) << "all of it is taken and dropped";
  expect_problem(sized.answer(), 413, "http.too_large");
  Raw chunked(running.server.port());
  std::string body = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) body += "fa00\r\n" + std::string(64'000, 'x') + "\r\n";
  EXPECT_TRUE(chunked.send(body + "0\r\n\r\n"));
  expect_problem(chunked.answer(), 413, "http.too_large");
  EXPECT_EQ(asked, 0);
  Raw fits(running.server.port());
  EXPECT_EQ(fits.ask(post("/", std::string(1000, 'x'))).status, 200);
}

TEST(BodyLimit, DropsOnlySoMuchAndOnlySoLong) {
  Running running({.max_body_bytes = 10, .max_dropped_bytes = 1'000'000, .dropping_time = 500ms});
  Raw endless(running.server.port());
  endless.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n");
  const std::string piece(100'000, 'x');
  int pieces = 0;
  while (pieces < 1000 && endless.send(piece)) ++pieces;
  EXPECT_LT(pieces, 1000) << "100 MB were taken";
  Raw lingering(running.server.port());
  lingering.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n");
  expect_problem(lingering.answer(), 413, "http.too_large");
  EXPECT_TRUE(eventually([&] { return running.server.stats().connections_open == 0; })) << "though the client stays";
}

TEST(Malformed, Is400AndCloses) {
  Running running;
  for (const char* request : {"NONSENSE\r\n\r\n", "GET / HTTP/1.1\n\n", "\x16\x03\x01\x02\x05\x01",
                              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
                              "chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
                              "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                              "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Raw client(running.server.port());
    expect_problem(client.ask(request), 400, "http.malformed");
    EXPECT_EQ(client.read_to_end(), "") << "nothing after it is answered";
  }
  EXPECT_EQ(running.server.stats().requests_total, 0u);
}

TEST(Malformed, IsAnsweredAfterTheRequestsBeforeIt) {
  Running running;
  Raw client(running.server.port());
  client.send(get("/1") + "BAD\r\n\r\n" + get("/2"));
  EXPECT_EQ(client.answer().body, "GET /1\n");
  expect_problem(client.answer(), 400, "http.malformed");
  EXPECT_TRUE(client.ended());
}

// Anything may come from outside: the server answers or hangs up, and goes on for the others.
TEST(Malformed, OfAnyKindHurtsNobody) {
  Running running({.max_header_bytes = 300, .max_body_bytes = 100});
  std::uint32_t state = 11;
  const auto random = [&] { return (state = state * 1664525 + 1013904223) >> 8; };
  const std::string good = get("/a?b") + post("/c", "some body") +
                           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;x\r\nbody\r\n0\r\nT: x\r\n\r\n" +
                           upgrade_request();
  running.handler->on_upgrade = [](Request&&, std::function<void(Handler::Upgrade)> decide) { decide({}); };
  for (int round = 0; round < 500; ++round) {
    std::string bytes = good;
    for (std::uint32_t i = random() % 4; i > 0; --i) bytes[random() % bytes.size()] = static_cast<char>(random() & 0xff);
    if (random() % 4 == 0) bytes.erase(random() % bytes.size(), random() % 30);
    Raw client(running.server.port());
    const std::size_t cut = random() % bytes.size();
    client.send(bytes.substr(0, cut));
    client.send(bytes.substr(cut));
    client.end_of_writing();
    const std::string answers = client.read_to_end();
    EXPECT_TRUE(answers.empty() || answers.starts_with("HTTP/1.1 ")) << answers;
  }
  EXPECT_EQ(Raw(running.server.port()).ask(get("/still")).body, "GET /still\n");
}

TEST(WriteLimit, CutsAReaderWhoStopsAndHoldsNobodyElseUp) {
  ServerOptions options = impatient();
  options.header_time = options.idle_time = 20s;
  Running running(options);
  const auto large = std::make_shared<const std::string>(20'000'000, 'l');
  running.handler->on_request = [&](Request&& request, Reply reply) {
    std::move(reply)(request.path == "/large" ? Response{.shared = large} : Response{.body = "small"});
  };
  Raw stopped(running.server.port());
  stopped.receive_buffer(4096);
  stopped.send(get("/large"));
  Raw other(running.server.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(other.ask(get("/")).body, "small");
  EXPECT_TRUE(eventually([&] { return running.server.stats().connections_open == 1; }));
  EXPECT_TRUE(eventually([&] { return large.use_count() == 1; })) << "the answer is let go with the connection";
}

TEST(ConnectionLimit, AnswersTheOneTooManyWith503) {
  Running running({.max_connections = 2});
  Raw one(running.server.port()), two(running.server.port());
  EXPECT_EQ(one.ask(get("/")).status, 200);
  EXPECT_EQ(two.ask(get("/")).status, 200);
  Raw three(running.server.port());
  if (over_tls()) {
    EXPECT_FALSE(three.tls()) << "an answer would cost a handshake";
  } else {
    const Answer answer = three.answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(code_of(answer), "http.overloaded");
  }
  EXPECT_TRUE(three.ended());
  EXPECT_EQ(one.ask(get("/")).status, 200);
}

TEST(Stopping, ClosesIdleConnectionsAndAnswersWhatItHas) {
  Running running;
  std::promise<Reply> promise;
  running.handler->on_request = [&](Request&& request, Reply reply) {
    if (request.path == "/wait") return promise.set_value(std::move(reply));
    std::move(reply)({.body = "ok"});
  };
  Raw idle(running.server.port()), busy(running.server.port());
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  busy.send(get("/wait"));
  Reply reply = promise.get_future().get();
  std::jthread stopping([&] { running.server.stop(10s); });
  EXPECT_TRUE(idle.ended());
  std::move(reply)({.body = "the last one"});
  const Answer answer = busy.answer();
  EXPECT_EQ(answer.body, "the last one");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(busy.ended());
  const auto start = std::chrono::steady_clock::now();
  stopping.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s) << "it does not wait for the whole drain";
}

TEST(Stopping, CutsWhatIsLeftAfterTheDrain) {
  Running running;
  std::promise<Reply> promise;
  running.handler->on_request = [&](Request&&, Reply reply) { promise.set_value(std::move(reply)); };
  Raw busy(running.server.port());
  busy.send(get("/wait"));
  Reply reply = promise.get_future().get();
  const auto start = std::chrono::steady_clock::now();
  running.server.stop(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_TRUE(busy.ended());
  EXPECT_FALSE(reply.alive());
  std::move(reply)({.body = "to nobody"});
}

}  // namespace
}  // namespace net::test
