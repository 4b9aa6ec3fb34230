#include "net/http_parser.h"

#include <gtest/gtest.h>

namespace net {
namespace {

struct Parsed {
  Fault fault;
  Request request;
  Framing framing;
};

Parsed parse(std::string_view head) {
  Parsed parsed;
  HeadScanner scanner;
  const std::size_t size = scanner.scan(head, parsed.fault);
  if (!parsed.fault && size == 0) parsed.fault = {1, "incomplete"};
  if (!parsed.fault) parsed.fault = parse_head(head.substr(0, size), parsed.request, parsed.framing);
  return parsed;
}

int status_of(std::string_view head) { return parse(head).fault.status; }

TEST(RequestHead, GivesMethodPathQueryAndHeadersAsReceived) {
  const Parsed parsed = parse("PATCH /a%2Fb/c?x=%20&y HTTP/1.1\r\nHost: shop:8080\r\nX-One:  two three \r\nEmpty:\r\n\r\n");
  ASSERT_FALSE(parsed.fault) << parsed.fault.detail;
  EXPECT_EQ(parsed.request.method, "PATCH");
  EXPECT_EQ(parsed.request.path, "/a%2Fb/c");
  EXPECT_EQ(parsed.request.query, "x=%20&y");
  EXPECT_EQ(parsed.request.headers, (Headers{{"Host", "shop:8080"}, {"X-One", "two three"}, {"Empty", ""}}));
  EXPECT_EQ(parsed.request.header("x-oNE"), "two three");
  EXPECT_EQ(parsed.request.header("absent"), "");
  EXPECT_TRUE(parsed.framing.keep_alive);
}

TEST(RequestHead, IsFoundWhereverTheInputIsCut) {
  const std::string head = "\r\nGET / HTTP/1.1\r\nHost: shop\r\nA: b\r\n\r\n";
  const std::string data = head + "body";
  for (std::size_t first = 0; first <= head.size(); ++first) {
    HeadScanner scanner;
    Fault fault;
    const std::size_t early = scanner.scan(std::string_view(data).substr(0, first), fault);
    EXPECT_EQ(early, first == head.size() ? head.size() : 0) << first;
    if (!early) {
      EXPECT_EQ(scanner.scan(data, fault), head.size()) << first;
    }
    EXPECT_FALSE(fault);
  }
}

TEST(RequestHead, TakesAbsoluteTargetsAndTheAsteriskOfOptions) {
  const Parsed absolute = parse("GET http://other.example?q=1 HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_FALSE(absolute.fault) << absolute.fault.detail;
  EXPECT_EQ(absolute.request.path, "/");
  EXPECT_EQ(absolute.request.query, "q=1");
  EXPECT_EQ(absolute.request.header("host"), "other.example");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n").request.path, "*");
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: shop\r\n\r\n"), 400);
}

TEST(RequestHead, KeepsAliveAsTheVersionAndConnectionSay) {
  const std::string one = " HTTP/1.1\r\nHost: a\r\n", zero = " HTTP/1.0\r\n";
  EXPECT_FALSE(parse("GET /" + one + "Connection: foo, CLOSE\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(parse("GET /" + zero + "\r\n").framing.keep_alive);
  EXPECT_TRUE(parse("GET /" + zero + "Connection: Keep-Alive\r\n\r\n").framing.keep_alive);
  EXPECT_TRUE(parse("GET /" + zero + "\r\n").framing.http_1_0);
}

class Malformed : public testing::TestWithParam<std::string> {};

TEST_P(Malformed, IsRefusedWith400) { EXPECT_EQ(status_of(GetParam()), 400) << GetParam(); }

const std::string start = "POST / HTTP/1.1\r\nHost: shop\r\n";
INSTANTIATE_TEST_SUITE_P(
    Requests, Malformed,
    testing::Values("GET / HTTP/1.1\nHost: shop\n\n", "GET / HTTP/1.1\r\nHost: shop\n\r\n", "\x16\x03\x01\x02", "GET /\r\n\r\n",
                    "GET  HTTP/1.1\r\nHost: a\r\n\r\n", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / FTP/1.1\r\nHost: a\r\n\r\n",
                    "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "GET / http/1.1\r\nHost: a\r\n\r\n",
                    "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n",
                    "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                    start + "Host: again\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                    start + "Name : value\r\n\r\n", start + " folded: value\r\n\r\n", start + "A: b\r\n folded\r\n\r\n",
                    start + "no colon\r\n\r\n", start + ": value\r\n\r\n", start + "A: b\rc\r\n\r\n",
                    start + std::string("A: b\0c\r\n\r\n", 11), start + "A: \x7f\r\n\r\n",
                    start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    start + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                    start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", start + "Content-Length: 1, 1\r\n\r\n",
                    start + "Content-Length: +1\r\n\r\n", start + "Content-Length: -1\r\n\r\n",
                    start + "Content-Length: 0x1\r\n\r\n", start + "Content-Length:\r\n\r\n",
                    start + "Content-Length: 99999999999999999999\r\n\r\n", start + "Transfer-Encoding: gzip\r\n\r\n",
                    start + "Transfer-Encoding: gzip, chunked\r\n\r\n", start + "Transfer-Encoding: identity\r\n\r\n",
                    start + "Transfer-Encoding: chunked, chunked\r\n\r\n",
                    start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                    start + "Transfer-Encoding: \x0b"
                            "chunked\r\n\r\n",
                    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));

TEST(RequestHead, NamesOtherFaultsByTheirOwnStatus) {
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of(start + "Expect: miracles\r\n\r\n"), 417);
  std::string many = start;
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

std::string decode(std::string_view data, std::size_t piece, std::size_t* used = nullptr) {
  ChunkedDecoder decoder;
  std::string body, in;
  std::size_t taken = 0;
  while (!data.empty() || !in.empty()) {
    in += data.substr(0, piece);
    data.remove_prefix(std::min(piece, data.size()));
    for (;;) {
      const ChunkedDecoder::Step step = decoder.step(in);
      if (step.state == ChunkedDecoder::State::fault) return "fault";
      body += step.body;
      in.erase(0, step.used);
      taken += step.used;
      if (used) *used = taken;
      if (step.state == ChunkedDecoder::State::done) return body;
      if (step.used == 0) break;
    }
    if (data.empty()) return "incomplete";
  }
  return "incomplete";
}

TEST(ChunkedBody, IsPutTogetherWhereverTheInputIsCut) {
  const std::string whole = "5;name=\"v\"\r\nhello\r\nC\r\n, wide world\r\n0\r\nTrailer: x\r\n\r\nGET";
  for (std::size_t piece = 1; piece <= whole.size(); ++piece) {
    std::size_t used = 0;
    EXPECT_EQ(decode(whole, piece, &used), "hello, wide world") << piece;
    EXPECT_EQ(used, whole.size() - 3) << piece;
  }
}

TEST(ChunkedBody, RefusesWhatAnotherParserMightReadOtherwise) {
  for (const char* bad :
       {"5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "\r\nhello",
        "-1\r\n", "5 5\r\nhello\r\n", "g\r\n", "ffffffffffffffff\r\n", "5;\x01\r\nhello\r\n", "0\r\nbad trailer\r\n\r\n",
        "0\r\n folded: x\r\n\r\n", "5\r\nhello\r\n0\r\n\n"})
    for (const std::size_t piece : {1, 1000}) EXPECT_EQ(decode(bad, piece), "fault") << bad;
  EXPECT_EQ(decode("1;" + std::string(2000, 'a') + "\r\n", 100), "fault") << "an extension without end";
}

}  // namespace
}  // namespace net
