#include "net/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "net/client.h"
#include "net/tests/kit.h"

namespace net::test {
namespace {

std::string gunzip(std::string_view data) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(AcceptEncoding, IsChosenByWeight) {
  EXPECT_EQ(accepted_coding(""), Coding::identity);
  EXPECT_EQ(accepted_coding("gzip"), Coding::gzip);
  EXPECT_EQ(accepted_coding("gzip, deflate, br, zstd"), Coding::br);
  EXPECT_EQ(accepted_coding("br;q=0.5, gzip;q=0.8"), Coding::gzip);
  EXPECT_EQ(accepted_coding("br;q=0, gzip"), Coding::gzip);
  EXPECT_EQ(accepted_coding("br;q=0.000, GZIP;Q=0"), Coding::identity);
  EXPECT_EQ(accepted_coding("*"), Coding::br);
  EXPECT_EQ(accepted_coding("*, br;q=0"), Coding::gzip);
  EXPECT_EQ(accepted_coding("*;q=0"), Coding::identity);
  EXPECT_EQ(accepted_coding("gzip;q=nonsense"), Coding::identity);
  EXPECT_EQ(accepted_coding("deflate, brr"), Coding::identity);
}

TEST(Compressing, IsForTextOnly) {
  for (const char* type : {"text/html; charset=utf-8", "TEXT/css", "application/json", "application/problem+json",
                           "text/javascript", "image/svg+xml"})
    EXPECT_TRUE(compressible(type)) << type;
  for (const char* type : {"image/png", "application/octet-stream", "", "font/woff2", "application/pdf"})
    EXPECT_FALSE(compressible(type)) << type;
}

TEST(Compressing, HappensAsAcceptedAndSaysSo) {
  Running running;
  const std::string text = [] {
    std::string all;
    for (int i = 0; i < 2000; ++i) all += "{\"order\":" + std::to_string(i) + "},";
    return all;
  }();
  running.handler->on_request = [&](Request&& request, Reply reply) {
    Response response{.headers = {{"Content-Type", request.path == "/png" ? "image/png" : "application/json"}}};
    if (request.path == "/own") response.headers.emplace_back("Content-Encoding", "br");
    response.body = request.path == "/short" ? text.substr(0, 1023) : text;
    std::move(reply)(std::move(response));
  };
  Raw client(running.server.port());
  const Answer gzip = client.ask(get("/", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(gzip.header("content-encoding"), "gzip");
  EXPECT_EQ(gzip.header("vary"), "Accept-Encoding");
  EXPECT_LT(gzip.body.size(), text.size() / 3);
  EXPECT_EQ(gunzip(gzip.body), text);
  const Answer br = client.ask(get("/", "Accept-Encoding: gzip, br\r\n"));
  EXPECT_EQ(br.header("content-encoding"), "br");
  EXPECT_LT(br.body.size(), text.size() / 3);
  const Answer plain = client.ask(get("/"));
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding") << "a cache must know that others get it otherwise";
  EXPECT_EQ(plain.body, text);
  for (const char* path : {"/png", "/short"})
    EXPECT_EQ(client.ask(get(path, "Accept-Encoding: gzip\r\n")).header("content-encoding"), "");
  EXPECT_EQ(client.ask(get("/own", "Accept-Encoding: gzip\r\n")).body, text) << "already encoded by the handler";
  Client both(client_of(running.server));
  EXPECT_EQ(both.call("GET", "/", {}, "").body, text) << "libcurl decodes what it asked for";
}

TEST(Compressing, SendsPlainWhatWouldNotShrink) {
  std::string noise, out;
  std::uint32_t state = 1;
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  EXPECT_FALSE(compress(Coding::gzip, noise, out));
  EXPECT_FALSE(compress(Coding::br, noise, out));
  EXPECT_FALSE(compress(Coding::identity, std::string(5000, 'a'), out));
}

}  // namespace
}  // namespace net::test
