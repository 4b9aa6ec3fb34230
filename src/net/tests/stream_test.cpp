#include <gtest/gtest.h>

#include <atomic>

#include "net/tests/kit.h"

namespace net::test {
namespace {

struct Streaming {
  explicit Streaming(ServerOptions options = {}) : running(options) {
    running.handler->on_stream = [this](Request&& request, std::function<void(Handler::StreamAnswer)> decide) {
      if (request.path == "/refused") return decide({.refused = Response{.status = 403, .body = "no"}});
      decide({.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}},
              .opened = [this](std::shared_ptr<Stream> opened) {
                stream = opened;
                stream->on_closed([this] { closed = true; });
                stream->write(std::make_shared<const std::string>(": hello\n\n"));
              }});
    };
  }
  void on_thread(const std::function<void()>& task) {
    std::promise<void> done;
    running.server.post(0, [&] { task(), done.set_value(); });
    done.get_future().wait();
  }
  std::shared_ptr<Stream> stream;
  std::atomic<bool> closed = false;
  Running running;
};

TEST(EventStreams, AreSentInChunksUntilTheyAreClosed) {
  Streaming streaming;
  Raw raw(streaming.running.server.port());
  raw.send(get("/events"));
  const std::string head = raw.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(head.contains("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(head.contains("Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(head.contains("Content-Length"));
  EXPECT_EQ(raw.read(14), "9\r\n: hello\n\n\r\n");
  streaming.on_thread([&] {
    streaming.stream->write(std::make_shared<const std::string>("id: 1\ndata: x\n\n"));
    streaming.stream->write(std::make_shared<const std::string>(""));
    streaming.stream->write(std::make_shared<const std::string>(std::string(300, 'd')));
  });
  EXPECT_EQ(raw.read(20 + 307), "f\r\nid: 1\ndata: x\n\n\r\n12c\r\n" + std::string(300, 'd') + "\r\n");
  EXPECT_EQ(streaming.running.server.stats().streams_open, 1u);
  streaming.on_thread([&] { streaming.stream->close(), streaming.stream->write(std::make_shared<const std::string>("late")); });
  EXPECT_EQ(raw.read_to_end(), "0\r\n\r\n");
}

TEST(EventStreams, AreSentToTheEndForHttp10) {
  Streaming streaming;
  Raw raw(streaming.running.server.port());
  raw.send("GET /events HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(raw.read_until("\r\n\r\n").contains("chunked"));
  EXPECT_EQ(raw.read(9), ": hello\n\n");
  streaming.on_thread([&] { streaming.stream->close(); });
  EXPECT_EQ(raw.read_to_end(), "");
}

TEST(EventStreams, MayBeRefusedAndTheConnectionGoesOn) {
  Streaming streaming;
  Raw raw(streaming.running.server.port());
  EXPECT_EQ(raw.ask(get("/refused")).body, "no");
  EXPECT_EQ(raw.ask(post("/other", "x")).body, "POST /other\nx");
}

TEST(EventStreams, NoticeThatThePeerLeaves) {
  Streaming streaming;
  {
    Raw raw(streaming.running.server.port());
    raw.send(get("/events"));
    raw.read_until("hello\n\n");
  }
  EXPECT_TRUE(eventually([&] { return streaming.closed.load(); }));
  EXPECT_TRUE(eventually([&] { return streaming.running.server.stats().streams_open == 0; }));
}

TEST(EventStreams, AreCutAtTheCapOfASlowReader) {
  Streaming streaming({.max_buffered_bytes = 100'000});
  Raw raw(streaming.running.server.port());
  raw.receive_buffer(4096);
  raw.send(get("/events"));
  raw.read_until("hello\n\n");
  const auto piece = std::make_shared<const std::string>(10'000, 'p');
  for (int i = 0; i < 2000 && !streaming.closed; ++i) streaming.on_thread([&] { streaming.stream->write(piece); });
  EXPECT_TRUE(streaming.closed);
  EXPECT_EQ(piece.use_count(), 1);
}

TEST(EventStreams, EndProperlyWhenTheServerStops) {
  Streaming streaming;
  Raw raw(streaming.running.server.port());
  raw.send(get("/events"));
  raw.read_until("hello\n\n\r\n");
  streaming.running.server.stop(2s);
  EXPECT_EQ(raw.read_to_end(), "0\r\n\r\n");
}

}  // namespace
}  // namespace net::test
