#include "bench/load/run.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <memory>
#include <system_error>

#include "bench/load/answer.h"
#include "bench/load/text.h"

namespace load {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// One keep-alive connection: a request goes out whole, its answer comes back, the next one follows.
struct Connection {
  int fd = -1;
  std::string out;
  std::size_t sent = 0;
  std::string in;
  std::string id;  // of the order in flight
  Clock::time_point started;
  bool busy = false;
};

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options),
        path_(options.path, options.lists),
        body_(options.body, options.lists),
        connections_(options.connections) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) fail("epoll_create1");
    if (!options.ids_file.empty()) ids_.open(options.ids_file);
    tail_ = fmt::format(" HTTP/1.1\r\nHost: {}:{}\r\n", options.host, options.port);
    for (const auto& header : options.headers) tail_ += header + "\r\n";
    if (!options.body.empty()) tail_ += "Content-Type: application/json\r\n";
  }
  ~Run() {
    for (const auto& connection : connections_) {
      if (connection.fd >= 0) close(connection.fd);
    }
    close(epoll_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result operator()() {
    for (auto& connection : connections_) {
      connect(connection);
      next(connection);
    }
    auto now = Clock::now();
    const auto warm = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.warmup));
    if (options_.requests == 0) {
      until(warm);
      result_ = {};
    }
    const auto begin = Clock::now();
    const auto cpu = cpu_seconds();
    const auto length = std::chrono::duration<double>(options_.requests == 0 ? options_.seconds : 1e8);
    until(begin + std::chrono::duration_cast<Clock::duration>(length));
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    result_.cpu_seconds = cpu_seconds() - cpu;
    return std::move(result_);
  }

 private:
  bool done() const { return options_.requests != 0 && answered_ >= options_.requests; }

  void until(Clock::time_point end) {
    std::array<epoll_event, 256> events;
    while (!done() && Clock::now() < end) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      if (count < 0 && errno != EINTR) fail("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        auto& connection = connections_[event.data.u64];
        if (event.events & EPOLLOUT) flush(connection);
        if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
      }
    }
  }

  // Blocks for the handshake, which is immediate on one machine; everything after it does not.
  void connect(Connection& connection) {
    connection = {};
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) fail("socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    if (inet_pton(AF_INET, options_.host.c_str(), &to.sin_addr) != 1) fail("the host must be an IPv4 address");
    if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }

  void watch(Connection& connection, int operation, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
    if (epoll_ctl(epoll_, operation, connection.fd, &event) != 0) fail("epoll_ctl");
  }

  void next(Connection& connection) {
    if (options_.requests != 0 && begun_ >= options_.requests) return;
    ++begun_;
    if (path_.names_id() || body_.names_id()) connection.id = make_order_id(source_);
    connection.out = options_.method;
    connection.out += ' ';
    path_.append_to(connection.out, connection.id, source_);
    connection.out += tail_;
    if (!options_.body.empty()) {
      rendered_.clear();
      body_.append_to(rendered_, connection.id, source_);
      fmt::format_to(std::back_inserter(connection.out), "Content-Length: {}\r\n\r\n{}", rendered_.size(), rendered_);
    } else {
      connection.out += "\r\n";
    }
    connection.sent = 0;
    connection.busy = true;
    connection.started = Clock::now();
    flush(connection);
  }

  void flush(Connection& connection) {
    if (connection.sent == connection.out.size()) return;
    const bool waiting = connection.sent > 0;
    const auto rest = connection.out.size() - connection.sent;
    const auto n = ::send(connection.fd, connection.out.data() + connection.sent, rest, MSG_NOSIGNAL);
    if (n > 0) connection.sent += static_cast<std::size_t>(n);
    const bool whole = connection.sent == connection.out.size();
    // A broken connection shows itself as EPOLLHUP to receive().
    if (!whole) watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    if (whole && waiting) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  }

  void receive(Connection& connection) {
    const auto n = recv(connection.fd, space_.data(), space_.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return broken(connection);
    connection.in.append(space_.data(), static_cast<std::size_t>(n));
    try {
      if (const auto answer = first_answer(connection.in)) finish(connection, *answer);
    } catch (const BadAnswer&) {
      broken(connection);
    }
  }

  void finish(Connection& connection, const Answer& answer) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.started).count();
    result_.latencies_us.push_back(static_cast<std::uint32_t>(took));
    ++result_.answers[answer.status];
    ++answered_;
    if (ids_.is_open() && answer.status / 100 == 2) ids_ << connection.id << '\n';
    connection.in.erase(0, answer.size);
    connection.busy = false;
    if (!answer.keep_alive) reconnect(connection);
    next(connection);
  }

  void broken(Connection& connection) {
    ++result_.errors;
    if (connection.busy) ++answered_;
    if (result_.errors > 10'000) throw std::runtime_error("more than 10,000 connections broke");
    reconnect(connection);
    next(connection);
  }

  void reconnect(Connection& connection) {
    close(connection.fd);
    connection.fd = -1;
    connect(connection);
  }

  const Options& options_;
  Text path_;
  Text body_;
  std::string tail_;  // what follows the path in every request
  std::vector<Connection> connections_;
  Source source_;
  std::string rendered_;
  std::array<char, 256 * 1024> space_;
  std::ofstream ids_;
  Result result_;
  std::uint64_t begun_ = 0, answered_ = 0;
  int epoll_ = -1;
};

}  // namespace

std::string Result::to_json() {
  std::ranges::sort(latencies_us);
  const auto count = latencies_us.size();
  const auto ms = [&](double share) {
    if (count == 0) return 0.0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(count - 1) + 0.5);
    return latencies_us[at] / 1000.0;
  };
  std::string by_status;
  for (const auto& [status, n] : answers) by_status += fmt::format("{}\"{}\":{}", by_status.empty() ? "" : ",", status, n);
  return fmt::format(
      "{{\"rate\":{:.1f},\"p50_ms\":{:.3f},\"p90_ms\":{:.3f},\"p99_ms\":{:.3f},\"max_ms\":{:.3f},\"answers\":{{{}}},\"errors\":"
      "{},"
      "\"seconds\":{:.3f},\"cpu_us\":{:.2f}}}",
      static_cast<double>(count) / seconds, ms(0.5), ms(0.9), ms(0.99), ms(1), by_status, errors, seconds,
      count ? cpu_seconds * 1e6 / static_cast<double>(count) : 0.0);
}

Result run(const Options& options) { return (*std::make_unique<Run>(options))(); }

}  // namespace load
