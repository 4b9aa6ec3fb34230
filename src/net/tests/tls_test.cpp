#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "net/tests/kit.h"

namespace net::test {
namespace {

std::string record(std::string_view body, char type = '\x16') {
  return std::string{type, '\x03', '\x01', static_cast<char>(body.size() >> 8), static_cast<char>(body.size())} +
         std::string(body);
}
// A ClientHello that announces so many bytes, and its first ones.
std::string begun_hello(std::size_t announced) {
  return record(std::string{'\x01', static_cast<char>(announced >> 16), static_cast<char>(announced >> 8),
                            static_cast<char>(announced), '\x03', '\x03'});
}

// A server with a certificate of its own in files that may change.
struct Shop {
  explicit Shop(ServerOptions options = {}) : tls((make_pair(files), std::make_shared<Tls>(files))), running(with(options)) {}
  ServerOptions with(ServerOptions options) const { return options.tls = tls, options; }
  Raw connect(const TlsClient& client = {}) const { return Raw(running.server.port(), client); }
  std::string name_shown() const { return shown_name(connect().tls()); }
  bool shows(const std::string& name) const {
    return eventually([&] { return name_shown() == name; });
  }
  std::uint64_t failed() const { return running.server.stats().handshakes_failed; }

  Folder folder;
  Tls::Files files{folder / "shop.pem", folder / "shop.key"};
  std::shared_ptr<Tls> tls;
  Running running;
};

TEST(Tls, Speaks13And12AndTheRequestKnows) {
  Shop shop;
  shop.running.handler->on_request = [](Request&& request, Reply reply) {
    std::move(reply)({.body = request.secure ? "secure" : "in the clear"});
  };
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    Raw client = shop.connect({.lowest = version, .highest = version});
    ASSERT_TRUE(client.tls());
    EXPECT_EQ(SSL_version(client.tls()), version);
    EXPECT_EQ(client.ask(get("/")).body, "secure");
    EXPECT_EQ(client.ask(get("/")).body, "secure");
  }
}

TEST(Tls, RefusesWhatIsOlder) {
  Shop shop;
  EXPECT_FALSE(shop.connect({.lowest = TLS1_VERSION, .highest = TLS1_1_VERSION}).tls());
  EXPECT_TRUE(eventually([&] { return shop.failed() == 1; }));
  EXPECT_TRUE(shop.connect().tls());
}

TEST(Tls, AgreesOnHttp11AndOnNothingElse) {
  Shop shop;
  const auto chosen = [&](std::string protocols) -> std::string {
    const Raw client = shop.connect({.protocols = std::move(protocols)});
    if (!client.tls()) return "refused";
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(client.tls(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  };
  EXPECT_EQ(chosen("\x02h2\x08http/1.1"), "http/1.1");
  EXPECT_EQ(chosen(""), "");
  EXPECT_EQ(chosen("\x02h2"), "refused");
}

TEST(Tls, TellsAPeerWithoutItWhatIsSpokenHere) {
  Shop shop;
  std::uint64_t failed = 0;
  for (const std::string& request : {get("/api/v1/orders"), post("/x", std::string(3000, 'x'))}) {
    Raw client(shop.running.server.port());
    if (over_tls()) continue;
    const Answer answer = client.ask(request);
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.body.contains("http.plain")) << answer.body;
    EXPECT_TRUE(answer.body.contains("https://"));
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(eventually([&] { return shop.failed() == failed + 1; }));
    ++failed;
  }
}

TEST(Tls, HangsUpOnWhatIsNoHandshake) {
  Shop shop;
  if (over_tls()) GTEST_SKIP() << "spoken without TLS";
  const std::string garbage[] = {std::string(100, '\0'),
                                 "\x80\x2e\x01\x03\x01",
                                 record(std::string(50, '\x02')),
                                 begun_hello(100'000),
                                 record(std::string(50, 'x'), '\x17'),
                                 begun_hello(50) + record("\x01\x00", '\x15')};
  for (const std::string& bytes : garbage) {
    const auto start = std::chrono::steady_clock::now();
    Raw client(shop.running.server.port());
    client.send(bytes);
    EXPECT_TRUE(client.ended());
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << "not by the deadline";
  }
  EXPECT_TRUE(eventually([&] { return shop.failed() == std::size(garbage); }));
  EXPECT_TRUE(eventually([&] { return shop.running.server.stats().handshakes_open == 0; }));
  EXPECT_EQ(shop.connect().ask(get("/")).status, 200);
}

TEST(Tls, GivesAHandshakeItsTimeAndNoMore) {
  Shop shop({.handshake_time = 400ms});
  if (over_tls()) GTEST_SKIP() << "spoken without TLS";
  Raw silent(shop.running.server.port()), begun(shop.running.server.port()), drip(shop.running.server.port());
  begun.send(begun_hello(200));
  const auto start = std::chrono::steady_clock::now();
  const std::jthread drips([&](const std::stop_token& stop) {
    const std::string hello = begun_hello(5000) + std::string(5000, '\x01');
    for (std::size_t i = 0; i < hello.size() && !stop.stop_requested() && drip.send(hello.substr(i, 1)); ++i)
      std::this_thread::sleep_for(20ms);
  });
  EXPECT_TRUE(silent.ended(5s));
  EXPECT_TRUE(begun.ended(5s));
  EXPECT_TRUE(drip.ended(5s));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 390ms);
  EXPECT_EQ(shop.failed(), 3u);
}

TEST(Tls, HoldsOnlySoManyHalfOpenHandshakes) {
  Shop shop({.threads = 1, .max_handshakes = 3});
  if (over_tls()) GTEST_SKIP() << "spoken without TLS";
  std::vector<std::unique_ptr<Raw>> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(std::make_unique<Raw>(shop.running.server.port()));
    open.back()->send(begun_hello(200));
    ASSERT_TRUE(eventually([&] { return shop.failed() == static_cast<std::uint64_t>(std::max(i - 2, 0)); })) << i;
  }
  for (std::size_t i = 0; i < 7; ++i) EXPECT_TRUE(open[i]->ended(1s)) << "the oldest go";
  EXPECT_FALSE(open[9]->ended(50ms));
  EXPECT_EQ(shop.connect().ask(get("/")).status, 200) << "an honest one comes through";
}

TEST(Tls, ResumesASession) {
  Shop shop;
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    Raw first = shop.connect({.lowest = version, .highest = version});
    EXPECT_EQ(first.ask(get("/")).status, 200);
    EXPECT_FALSE(SSL_session_reused(first.tls()));
    const std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session(SSL_get1_session(first.tls()), SSL_SESSION_free);
    Raw second = shop.connect({.lowest = version, .highest = version, .session = session.get()});
    EXPECT_EQ(second.ask(get("/")).status, 200);
    EXPECT_TRUE(SSL_session_reused(second.tls())) << SSL_get_version(second.tls());
  }
}

TEST(Tls, DoesNotRenegotiate) {
  Shop shop;
  Raw client = shop.connect({.lowest = TLS1_2_VERSION, .highest = TLS1_2_VERSION});
  EXPECT_EQ(client.ask(get("/")).status, 200);
  SSL_renegotiate(client.tls());
  char byte = 0;
  for (int i = 0; i < 20 && SSL_renegotiate_pending(client.tls()); ++i) {
    if (SSL_do_handshake(client.tls()) != 1) SSL_peek(client.tls(), &byte, 1);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(SSL_num_renegotiations(client.tls()), 1) << "asked for once";
  EXPECT_TRUE(SSL_renegotiate_pending(client.tls()) || SSL_get_state(client.tls()) != TLS_ST_OK) << "and not had";
}

TEST(Tls, SaysGoodbye) {
  Shop shop;
  Raw client = shop.connect();
  EXPECT_EQ(client.ask(get("/", "Connection: close\r\n")).status, 200);
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(SSL_get_shutdown(client.tls()) & SSL_RECEIVED_SHUTDOWN) << "close_notify, so nothing was cut off";
}

TEST(Tls, AnswersAPeerThatHasEndedItsSide) {
  Shop shop;
  Raw client = shop.connect();
  client.send(get("/last"));
  client.end_of_writing();
  EXPECT_EQ(client.answer().body, "GET /last\n");
  EXPECT_TRUE(client.ended());
}

TEST(Tls, CarriesLargeBodiesBothWaysToASlowReader) {
  Shop shop({.max_body_bytes = 16 * 1024 * 1024});
  const std::string body(4 * 1024 * 1024, 'b');
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    Raw client = shop.connect({.lowest = version, .highest = version});
    client.receive_buffer(64 * 1024);
    const std::jthread sender([&] { client.send(post("/large", body) + get("/next")); });
    std::this_thread::sleep_for(200ms);
    const Answer answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == "POST /large\n" + body);
    EXPECT_EQ(client.answer().body, "GET /next\n");
  }
}

TEST(TlsFiles, AreReadAgainWhenBothLieStillAndOldConnectionsGoOn) {
  Shop shop;
  Raw before = shop.connect();
  EXPECT_EQ(shown_name(before.tls()), "shop");
  make_pair(shop.files, {.name = "renewed"});
  EXPECT_TRUE(shop.shows("renewed")) << "by the server's own looking";
  EXPECT_EQ(before.ask(get("/")).status, 200);
}

TEST(TlsFiles, StayAsTheyWereWhenTheNewOnesAreBroken) {
  Shop shop;
  const auto look = [&] { shop.tls->look(), shop.tls->look(); };
  std::ofstream(shop.files.key) << "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n";
  look();
  EXPECT_EQ(shop.name_shown(), "shop");
  std::filesystem::remove(shop.files.certificate);
  look();
  EXPECT_EQ(shop.name_shown(), "shop");
  make_pair(shop.files, {.name = "mended"});
  look();
  EXPECT_EQ(shop.name_shown(), "mended");
}

TEST(TlsFiles, ThatCannotBeUsedSayWhatToDo) {
  const Folder folder;
  const Tls::Files good{folder / "a.pem", folder / "a.key"}, other{folder / "b.pem", folder / "b.key"},
      locked{folder / "c.pem", folder / "c.key"};
  make_pair(good);
  make_pair(other);
  make_pair(locked, {.passphrase = "secret"});
  std::ofstream(folder / "empty") << "";
  const auto wrong = [](const Tls::Files& files) -> std::string {
    try {
      const Tls tls(files);
      return "nothing";
    } catch (const TlsError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(wrong(good), "nothing");
  EXPECT_TRUE(wrong({folder / "missing", good.key}).contains("No such file")) << wrong({folder / "missing", good.key});
  EXPECT_TRUE(wrong({good.certificate, folder / "missing"}).contains("--tls-key"));
  EXPECT_TRUE(wrong({good.certificate, other.key}).contains("does not belong")) << wrong({good.certificate, other.key});
  EXPECT_TRUE(wrong(locked).contains("passphrase")) << wrong(locked);
  EXPECT_TRUE(wrong({folder / "empty", good.key}).contains("no usable certificate"));
  EXPECT_TRUE(wrong({good.key, good.key}).contains("no usable certificate"));
  EXPECT_TRUE(wrong({good.certificate, good.certificate}).contains("no usable private key"));
  EXPECT_TRUE(wrong({folder / ".", good.key}).contains("cannot read")) << wrong({folder / ".", good.key});
}

}  // namespace
}  // namespace net::test
