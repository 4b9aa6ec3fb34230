#include "net/server.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "base/log.h"
#include "net/answer.h"
#include "net/connection.h"
#include "net/handshakes.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/problem.h"
#include "net/session.h"

namespace net {

struct Server::Impl {
  Impl(ServerOptions given, std::shared_ptr<Handler> handler) : options(std::move(given)) {
    allow_many_descriptors();
    listeners.push_back(Listener::tcp(options.address, options.port));
    if (!options.unix_socket.empty()) listeners.push_back(Listener::unix_socket(options.unix_socket));
    for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i)
      loops.push_back(std::make_shared<Loop>(i, options, handler));
    for (const auto& loop : loops)
      if (options.tls)
        handshakes.push_back(std::make_unique<Handshakes>(
            loop, [](Loop& on, std::unique_ptr<Wire> wire, std::string peer) { open(on, std::move(wire), std::move(peer)); }));
  }

  // A socket each is what the service is for; the soft limit of 1,024 is a default for programs that use select().
  static void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }

  std::uint64_t connections() const {
    std::uint64_t open = 0;
    for (const auto& loop : loops) open += loop->counters.connections_open + loop->counters.handshakes_open;
    return open;
  }

  // On the first loop's thread. The others get theirs handed over, in turn: by a hash (SO_REUSEPORT) a few lasting sockets
  // could all land on one thread.
  void accepted(const Listener::Accepted& one, bool speaks_tls) {
    if (connections() >= options.max_connections) return speaks_tls ? (void)::close(one.descriptor) : overloaded(one);
    const std::size_t index = next++ % loops.size();
    const auto& loop = loops[index];
    const auto begin = [this, loop, one, index, speaks_tls] {
      if (speaks_tls) return handshakes[index]->begin(one);
      open(*loop, open_wire(*loop, one.descriptor, one.family), one.peer);
    };
    if (loop->here()) {
      begin();
    } else {
      loop->post(begin);
    }
  }

  static void open(Loop& loop, std::unique_ptr<Wire> wire, std::string peer) {
    auto connection = std::make_shared<Connection>(loop.shared_from_this(), std::move(wire), std::move(peer));
    auto session = std::make_unique<Session>(*connection);
    connection->start(std::move(session));
    if (loop.draining()) connection->drain();
  }

  static void overloaded(const Listener::Accepted& one) {
    const Response response =
        problem(503, "http.overloaded", "Overloaded", "The server has as many connections as it can hold.");
    Headers headers = response.headers;
    headers.emplace_back("Retry-After", "1");
    std::string text;
    append_head(text, {.status = 503, .date = {}, .length = response.body.size(), .after = After::close}, headers);
    text.append(response.body);
    ::send(one.descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(one.descriptor, SHUT_WR);
    char unread[4096];  // what stays unread would reset the connection before the answer is read
    (void)!::recv(one.descriptor, unread, sizeof unread, MSG_DONTWAIT);
    ::close(one.descriptor);
  }

  template <class Function>
  void on(Loop& loop, Function function) {
    std::promise<void> done;
    loop.post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  void start() {
    for (const auto& loop : loops) loop->start();
    on(*loops[0], [this] {
      for (const auto& listener : listeners) {
        const bool speaks_tls = options.tls && listener->port() != 0;
        listener->start(loops[0], [this, speaks_tls](const Listener::Accepted& one) { accepted(one, speaks_tls); });
      }
    });
    if (options.tls) look_at_certificate();
    running = true;
  }

  void look_at_certificate() {
    loops[0]->after(std::chrono::seconds(1), [this] {
      options.tls->look();
      look_at_certificate();
    });
  }

  void stop(std::chrono::milliseconds drain) {
    if (stopped) return;
    stopped = true;
    if (!running) return;
    on(*loops[0], [this] {
      for (const auto& listener : listeners) listener->stop();
    });
    for (const auto& lobby : handshakes) on(lobby->loop(), [&lobby] { lobby->cut(); });
    for (const auto& loop : loops) on(*loop, [&loop] { loop->drain(); });
    const auto end = std::chrono::steady_clock::now() + drain;
    while (connections() > 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (const auto& loop : loops) loop->finish();
    for (const auto& loop : loops) loop->join();
  }

  const ServerOptions options;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::shared_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Handshakes>> handshakes;  // with TLS, one for each loop
  std::size_t next = 0;
  bool running = false, stopped = false;
};

Server::Server(ServerOptions options, std::shared_ptr<Handler> handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() { impl_->stop(std::chrono::milliseconds(0)); }

std::uint16_t Server::port() const { return impl_->listeners[0]->port(); }

std::size_t Server::threads() const { return impl_->loops.size(); }

void Server::start() { impl_->start(); }

void Server::stop(std::chrono::milliseconds drain) { impl_->stop(drain); }

void Server::post(std::size_t thread, std::function<void()> task) { impl_->loops.at(thread)->post(std::move(task)); }

void Server::after(std::size_t thread, std::chrono::milliseconds delay, std::function<void()> task) {
  impl_->loops.at(thread)->after(delay, std::move(task));
}

ServerStats Server::stats() const {
  ServerStats all;
  for (const auto& loop : impl_->loops) {
    const Counters& one = loop->counters;
    all.connections_open += one.connections_open;
    all.connections_total += one.connections_total;
    all.requests_total += one.requests;
    all.bytes_in += one.bytes_in;
    all.bytes_out += one.bytes_out;
    all.sockets_open += one.sockets_open;
    all.streams_open += one.streams_open;
    all.handshakes_open += one.handshakes_open;
    all.handshakes_failed += one.handshakes_failed;
  }
  return all;
}

}  // namespace net
