#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/daybook.h"
#include "net/http.h"
#include "net/server.h"

// What is pushed instead of polled: SSE (GET /api/v1/daybook/stream) and the point-of-sale socket (/ws/pos/{tenant}).
// Each connection is a cursor over the log, fed from the tail, or from the database when it is behind; nothing is queued
// for it. A commit costs one wake-up per server thread, however many connections read.
namespace edge {

class Live {
 public:
  // Whose token is this? Nothing for a wrong one. Called on server threads; thread-safe and cheap.
  using Authenticate =
      std::function<std::optional<std::pair<core::Actor, std::shared_ptr<core::Tenant>>>(std::string_view token)>;

  struct Options {
    std::chrono::milliseconds auth_time{10'000};       // for the first message of a socket that came without a token
    std::chrono::milliseconds mark_time{25'000};       // at least this often a connection is told where it stands
    std::chrono::milliseconds heartbeat_time{15'000};  // SSE comments, so that proxies keep the connection
    std::chrono::milliseconds ack_flush_time{1'000};
    std::size_t buffer_bytes = 256 * 1024;  // unsent bytes of one connection at which feeding stops
    std::size_t turn_events = 1000;         // looked at for one connection before others get their turn
  };

  // Registers with daybook.on_events; so make it before daybook.start(). Both must outlive the server's threads.
  explicit Live(core::Daybook&);
  Live(core::Daybook&, Options);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  void set_authenticator(Authenticate);
  void attach(net::Server&);  // once, before server.start()
  // Before server.stop(): answers everybody who waits (false) and ends the streams. Sockets are closed by the server (1012).
  void drain();
  void detach();  // after server.stop(), before the server's end and daybook.stop()

  // Is this GET /api/v1/daybook/stream?
  bool streams(const net::Request&);
  // Decides once: a problem (403, 409, 422, 503) or 200 text/event-stream.
  void stream(net::Request&&, core::Actor, std::shared_ptr<core::Tenant>, std::function<void(net::Handler::StreamAnswer)>,
              std::string_view request_id = {});
  // A WebSocket handshake, of any path: 404 where there is no socket, 401 for a wrong token, 403 for another tenant's.
  void upgrade(net::Request&&, std::function<void(net::Handler::Upgrade)>);

  // Calls back on that server thread as soon as the tenant's committed head has reached seq (true), or after at_most (false).
  // From any thread; never calls back before it returns.
  void when(const std::shared_ptr<core::Tenant>&, std::int64_t seq, std::size_t thread, std::chrono::milliseconds at_most,
            std::function<void(bool reached)>);

  struct Stats {
    std::uint64_t sockets = 0, streams = 0, waiting = 0;     // at the moment
    std::uint64_t messages = 0, encoded = 0, catch_ups = 0;  // sent, made, pages read behind the tail
    std::uint64_t stalls = 0, slow_closes = 0, sync_required = 0, acks_flushed = 0;
  };
  Stats stats() const;

  struct Hub;  // of live_hub.h, for the kinds of connection

 private:
  std::shared_ptr<Hub> hub_;
};

}  // namespace edge
