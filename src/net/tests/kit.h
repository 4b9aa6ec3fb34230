#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <string_view>

#include "net/client.h"
#include "net/server.h"
#include "net/tests/tls_kit.h"

namespace net::test {

using namespace std::chrono_literals;

// A handler made of functions; by default it echoes: method, path, query and body as text.
struct TestHandler : Handler {
  std::function<void(Request&&, Reply)> on_request = [](Request&& request, Reply reply) {
    Response response{.headers = {{"Content-Type", "text/plain"}}, .body = {}};
    response.body =
        request.method + " " + request.path + (request.query.empty() ? "" : "?" + request.query) + "\n" + request.body;
    std::move(reply)(std::move(response));
  };
  std::function<void(Request&&, std::function<void(StreamAnswer)>)> on_stream;
  std::function<void(Request&&, std::function<void(Upgrade)>)> on_upgrade;

  void request(Request&& request, Reply reply) override { on_request(std::move(request), std::move(reply)); }
  bool streams(const Request&) override { return on_stream != nullptr; }
  void stream(Request&& request, std::function<void(StreamAnswer)> decide) override {
    on_stream(std::move(request), std::move(decide));
  }
  void upgrade(Request&& request, std::function<void(Upgrade)> decide) override {
    on_upgrade(std::move(request), std::move(decide));
  }
};

struct Answer {
  int status = 0;  // 0: the connection ended before a whole answer
  std::string head, body;
  std::string header(std::string_view name) const;  // "" when absent
};

// Are all servers and clients of this run to speak TLS (DAYBOOK_NET_TLS)? Whatever holds without it holds with it.
bool over_tls();

// A client that sends exactly the bytes it is given, inside TLS where it speaks that. Gives up after 10 s.
class Raw {
 public:
  explicit Raw(std::uint16_t port);
  Raw(std::uint16_t port, const TlsClient& tls);
  explicit Raw(const std::string& unix_path);
  ~Raw();
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  bool send(std::string_view bytes);  // false: the server has hung up
  void end_of_writing();
  void receive_buffer(int bytes);
  std::string read(std::size_t count);  // fewer only at the end
  std::string read_to_end();
  std::string read_until(std::string_view mark);
  Answer answer(bool has_body = true);  // reads one whole answer: by length, chunked, or to the end
  Answer ask(std::string_view bytes) { return send(bytes), answer(); }
  bool ended(std::chrono::milliseconds within = 10'000ms);  // did the server hang up? (what it sends before is dropped)
  int descriptor() const { return descriptor_; }
  ssl_st* tls() const { return tls_.get(); }  // null: none, or the handshake failed

 private:
  bool more();
  long receive(char* into, std::size_t room, std::chrono::milliseconds within);  // 0: the end; -1: nothing came
  int descriptor_;
  std::shared_ptr<ssl_st> tls_;
  std::mutex tls_mutex_;  // one thread may send while another reads
  std::string in_;
};

// A server on a free port, started.
struct Running {
  explicit Running(ServerOptions options = {}) : handler(std::make_shared<TestHandler>()), server(prepared(options), handler) {
    server.start();
  }
  Raw connect() const { return Raw(server.port()); }
  std::shared_ptr<TestHandler> handler;
  Server server;

 private:
  static ServerOptions prepared(ServerOptions options) {
    options.port = 0;
    if (over_tls() && !options.tls) options.tls = test_tls();
    return options;
  }
};

// How net::Client reaches it.
inline ClientOptions client_of(const Server& server) {
  const std::string at = "127.0.0.1:" + std::to_string(server.port());
  return over_tls() ? ClientOptions{.base = "https://" + at, .authority = test_files().certificate}
                    : ClientOptions{.base = "http://" + at};
}

inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\n" + std::string(more) + "\r\n";
}
inline std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

// Waits until `true_now` holds, at most 10 s.
bool eventually(const std::function<bool()>& true_now);

// Client frames and their counterpart.
std::string masked_frame(int first_byte, std::string_view payload, std::uint32_t mask = 0x37fa213d);
struct Frame {
  int first_byte = 0;  // FIN, reserved bits and opcode; 0: the end
  std::string payload;
};
Frame read_frame(Raw& raw);
std::string upgrade_request(std::string_view path = "/ws", std::string_view more = "");

}  // namespace net::test
