#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "net/client.h"
#include "net/tests/kit.h"

namespace net::test {
namespace {

TEST(Http, AnswersAndKeepsTheConnection) {
  Running running;
  Raw client(running.server.port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(get("/a%20b?c=d"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a%20b?c=d\n");
    EXPECT_EQ(answer.header("content-length"), "15");
    EXPECT_EQ(answer.header("connection"), "");
    EXPECT_TRUE(answer.header("date").ends_with(" GMT"));
  }
  EXPECT_EQ(running.server.stats().connections_total, 1u);
  EXPECT_EQ(running.server.stats().requests_total, 3u);
}

TEST(Http, AnswersPipelinedRequestsInOrderThoughLaterOnesAreReadyFirst) {
  Running running;
  std::mutex mutex;
  std::vector<Reply> waiting;
  running.handler->on_request = [&](Request&& request, Reply reply) {
    if (request.path == "/slow") {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(reply));
    } else {
      std::move(reply)({.body = request.path});
    }
  };
  Raw client(running.server.port());
  client.send(get("/slow") + get("/1") + post("/2", "body") + get("/3"));
  ASSERT_TRUE(eventually([&] { return std::lock_guard(mutex), waiting.size() == 1; }));
  std::move(waiting[0])({.body = "slow"});
  for (const char* expected : {"slow", "/1", "/2", "/3"}) EXPECT_EQ(client.answer().body, expected);
}

TEST(Http, AnswersHundredsOfPipelinedRequests) {
  Running running;
  running.handler->on_request = [&](Request&& request, Reply reply) {
    std::move(reply)({.body = request.path + std::string(2000, 'x')});
  };
  Raw client(running.server.port());
  std::string all;
  for (int i = 0; i < 500; ++i) all += get("/" + std::to_string(i));
  const std::jthread sender([&] { client.send(all); });
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.answer().body, "/" + std::to_string(i) + std::string(2000, 'x'));
}

TEST(Http, TakesARequestByteByByte) {
  Running running;
  Raw client(running.server.port());
  for (const char c : post("/x", "body")) client.send(std::string(1, c));
  EXPECT_EQ(client.answer().body, "POST /x\nbody");
}

TEST(Http, AcceptsAChunkedBodyAndTheRequestAfterIt) {
  Running running;
  Raw client(running.server.port());
  client.send(
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: x\r\n\r\n" +
      get("/next"));
  EXPECT_EQ(client.answer().body, "POST /c\nhello world");
  EXPECT_EQ(client.answer().body, "GET /next\n");
}

TEST(Http, TakesALargeBodyAndSendsALargeAnswer) {
  Running running({.max_body_bytes = 8 * 1024 * 1024});
  Raw client(running.server.port());
  const std::string body(5'000'000, 'b');
  const std::jthread sender([&] { client.send(post("/big", body)); });
  const Answer answer = client.answer();
  EXPECT_TRUE(answer.body == "POST /big\n" + body);
}

TEST(Http, SendsASharedBody) {
  Running running;
  const auto shared = std::make_shared<const std::string>(300'000, 's');
  running.handler->on_request = [&](Request&&, Reply reply) { std::move(reply)({.shared = shared}); };
  Raw client(running.server.port());
  EXPECT_TRUE(client.ask(get("/")).body == *shared);
  EXPECT_TRUE(client.ask(get("/")).body == *shared);
}

TEST(Http, AnswersExpect100Continue) {
  Running running;
  Raw client(running.server.port());
  client.send("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  EXPECT_EQ(client.ask("body").body, "POST /e\nbody");
}

TEST(Http, RefusesATooLargeExpectedBodyWithoutAskingForIt) {
  Running running({.max_body_bytes = 10});
  Raw client(running.server.port());
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n").status, 413);
}

TEST(Http, SendsNoBodyToHeadButItsLength) {
  Running running;
  Raw client(running.server.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n");
  const Answer answer = client.answer(false);
  EXPECT_EQ(answer.header("content-length"), "8");
  EXPECT_EQ(client.ask(get("/after")).body, "GET /after\n") << "no stray body in between";
}

TEST(Http, Sends204And304WithoutABody) {
  Running running;
  running.handler->on_request = [](Request&& request, Reply reply) {
    std::move(reply)({.status = request.path == "/204" ? 204 : 304, .body = "must not be sent"});
  };
  Raw client(running.server.port());
  for (const char* path : {"/204", "/304", "/204"}) {
    const Answer answer = client.ask(get(path));
    EXPECT_EQ(answer.status, std::stoi(path + 1));
    EXPECT_EQ(answer.header("content-length"), "");
  }
}

TEST(Http, SpeaksHttp10) {
  Running running;
  Raw closing(running.server.port());
  const Answer answer = closing.ask("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.body, "GET /old\n");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(closing.ended());
  Raw lasting(running.server.port());
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(lasting.ask("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"), "keep-alive");
}

TEST(Http, ClosesWhenAskedTo) {
  Running running;
  Raw client(running.server.port());
  EXPECT_EQ(client.ask(get("/", "Connection: close\r\n")).header("connection"), "close");
  EXPECT_TRUE(client.ended());
  running.handler->on_request = [](Request&&, Reply reply) { std::move(reply)({.close = true}); };
  Raw other(running.server.port());
  EXPECT_EQ(other.ask(get("/")).header("connection"), "close");
  EXPECT_TRUE(other.ended());
}

TEST(Http, AnswersAClientThatHasEndedItsSide) {
  Running running;
  Raw client(running.server.port());
  client.send(get("/1") + get("/2"));
  client.end_of_writing();
  EXPECT_EQ(client.answer().body, "GET /1\n");
  EXPECT_EQ(client.answer().body, "GET /2\n");
  EXPECT_TRUE(client.ended());
}

TEST(Http, AnswersFromAnotherThread) {
  Running running({.threads = 2});
  std::vector<std::jthread> threads;
  std::mutex mutex;
  running.handler->on_request = [&](Request&& request, Reply reply) {
    EXPECT_TRUE(reply.alive());
    EXPECT_LT(reply.thread(), 2u);
    const std::lock_guard lock(mutex);
    threads.emplace_back([reply = std::move(reply), path = request.path]() mutable { std::move(reply)({.body = path}); });
  };
  for (int i = 0; i < 20; ++i) {
    Raw client(running.server.port());
    EXPECT_EQ(client.ask(get("/" + std::to_string(i))).body, "/" + std::to_string(i));
  }
}

TEST(Http, AnswersADroppedReplyAndAThrowingHandlerWith500) {
  Running running;
  running.handler->on_request = [](Request&& request, Reply) {
    if (request.path == "/throw") throw std::runtime_error("broken on purpose");
  };
  Raw client(running.server.port());
  for (const char* path : {"/drop", "/throw", "/drop"}) {
    const Answer answer = client.ask(get(path));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    EXPECT_TRUE(answer.body.contains(R"("code":"internal")"));
  }
}

TEST(Http, KnowsThatNobodyWaitsAnyMore) {
  Running running;
  std::promise<Reply> promise;
  running.handler->on_request = [&](Request&&, Reply reply) { promise.set_value(std::move(reply)); };
  auto client = std::make_unique<Raw>(running.server.port());
  client->send(get("/"));
  Reply reply = promise.get_future().get();
  EXPECT_TRUE(reply.alive());
  client = nullptr;
  EXPECT_TRUE(eventually([&] { return !reply.alive(); }));
  std::move(reply)({.body = "too late"});
}

TEST(Http, NeverSplitsAnAnswerInTwo) {
  Running running;
  running.handler->on_request = [](Request&&, Reply reply) {
    std::move(reply)(
        {.headers = {{"X-A", "one\r\nX-B: two"}, {"X-C\r\nX-D", "three"}, {"Content-Length", "99"}, {"Connection", "close"}},
         .body = "ok"});
  };
  Raw client(running.server.port());
  const Answer answer = client.ask(get("/"));
  EXPECT_EQ(answer.header("x-a"), "one  X-B: two");
  EXPECT_EQ(answer.header("x-b"), "");
  EXPECT_EQ(answer.header("x-d"), "");
  EXPECT_EQ(answer.body, "ok");
}

TEST(UnixSocket, IsServedForItsOwnerAloneAndReplacesAStaleFile) {
  const std::string path = testing::TempDir() + "/net_test.sock";
  for (int round = 0; round < 2; ++round) {
    Running running({.unix_socket = path});
    running.handler->on_request = [](Request&& request, Reply reply) { std::move(reply)({.body = request.peer}); };
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    EXPECT_EQ(Raw(path).ask(get("/")).body, "unix");
    EXPECT_EQ(Raw(running.server.port()).ask(get("/")).body, "127.0.0.1");
    EXPECT_THROW(Server({.port = 0, .unix_socket = path}, running.handler), std::runtime_error)
        << "a living one is not replaced";
    Client client({.base = "http://daybook", .unix_socket = path});
    EXPECT_EQ(client.call("GET", "/", {}, "").body, "unix");
    running.server.stop(1s);
    EXPECT_NE(::stat(path.c_str(), &found), 0) << "the file goes with the server";
    const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);  // as after a kill
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    ::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(stale);
  }
  ::unlink(path.c_str());
}

TEST(Listening, SaysWhatToDoWhenItCannot) {
  Running running;
  try {
    Server second({.port = running.server.port()}, running.handler);
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string_view(error.what()).contains("choose another port")) << error.what();
  }
  EXPECT_THROW(Server({.address = "192.0.2.1", .port = 0}, running.handler), std::runtime_error);
}

TEST(Client, CallsOverOneConnectionAndNamesWhatItCannotReach) {
  Running running;
  Client client(client_of(running.server));
  const Response first = client.call("POST", "/x?y=1", {{"X-Test", "1"}}, "body");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "POST /x?y=1\nbody");
  EXPECT_EQ(client.call("GET", "/g", {}, "").body, "GET /g\n");
  EXPECT_EQ(client.call("DELETE", "/d", {}, "").body, "DELETE /d\n");
  EXPECT_EQ(client.call("HEAD", "/h", {}, "").body, "");
  EXPECT_EQ(running.server.stats().connections_total, 1u);
  running.server.stop(1s);
  try {
    client.call("GET", "/", {}, "");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string_view(error.what()).contains("127.0.0.1")) << error.what();
  }
}

TEST(Posting, RunsOnTheAskedThreadInOrder) {
  Running running({.threads = 3});
  for (std::size_t thread = 0; thread < 3; ++thread) {
    std::vector<int> order;
    std::promise<std::thread::id> first, last;
    running.server.post(thread, [&] { first.set_value(std::this_thread::get_id()); });
    for (int i = 0; i < 1000; ++i) running.server.post(thread, [&order, i] { order.push_back(i); });
    running.server.after(thread, 30ms, [&] { last.set_value(std::this_thread::get_id()); });
    EXPECT_EQ(first.get_future().get(), last.get_future().get());
    ASSERT_EQ(order.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  }
}

TEST(Posting, RunsLaterOnesInTheOrderOfTheirTimes) {
  Running running;
  std::string order;
  std::promise<void> done;
  running.server.after(0, 60ms, [&] { done.set_value(); });
  running.server.after(0, 40ms, [&] { order += "c"; });
  running.server.after(0, 1ms, [&] { order += "a"; });
  running.server.after(0, 20ms, [&] { order += "b"; });
  done.get_future().wait();
  EXPECT_EQ(order, "abc");
}

// A timer that is due while its thread is held up comes after the order to end; it must not keep the thread.
TEST(Posting, ATimerAtTheLastMomentDoesNotKeepTheServer) {
  for (int i = 0; i < 20; ++i) {
    Running running;
    std::promise<void> held;
    running.server.after(0, 3ms, [] {});
    running.server.post(0, [&] {
      held.set_value();
      std::this_thread::sleep_for(10ms);
    });
    held.get_future().wait();
    running.server.stop(0ms);
  }
}
}  // namespace
}  // namespace net::test
