#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/tls.h"

namespace net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;     // 0: any free one
  std::string unix_socket = {};  // also listen there (0600), without TLS; such a peer is called "unix"
  std::shared_ptr<Tls> tls;      // what the port speaks; null: plain HTTP
  std::size_t threads = 1;
  std::size_t max_connections = 60'000;      // beyond: accepted and closed at once with 503
  std::size_t max_handshakes = 512;          // of TLS that have begun and not ended; beyond, the oldest one is cut
  std::size_t max_header_bytes = 16 * 1024;  // 431
  std::size_t max_body_bytes = 1024 * 1024;  // 413, after reading and dropping up to max_dropped_bytes or dropping_time
  std::size_t max_dropped_bytes = 16 * 1024 * 1024;
  std::chrono::milliseconds dropping_time{5'000};
  std::chrono::milliseconds handshake_time{10'000};  // of TLS, from the first moment; closed
  std::chrono::milliseconds header_time{15'000};     // 408
  std::chrono::milliseconds body_time{15'000};       // without progress: 408
  std::chrono::milliseconds idle_time{75'000};       // keep-alive
  std::chrono::milliseconds write_time{30'000};      // an answer without progress: closed
  std::chrono::milliseconds ping_time{25'000};       // a socket is pinged this often
  std::chrono::milliseconds pong_time{8'000};        // any frame within it is an answer; else the socket is dropped (1006)
  std::chrono::milliseconds close_time{5'000};       // for the peer's answer to our close frame
  std::size_t max_frame_bytes = 64 * 1024;           // of a socket's message: close 1009
  std::size_t max_buffered_bytes = 1024 * 1024;      // hard cap of one stream or socket: closed
  std::size_t compress_from_bytes = 1024;            // answers and sockets' messages, when that is accepted; 0: never
};

struct ServerStats {
  std::uint64_t connections_open = 0, connections_total = 0, requests_total = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t sockets_open = 0, streams_open = 0;
  std::uint64_t handshakes_open = 0;    // connections that have not finished theirs, those that say nothing included
  std::uint64_t handshakes_failed = 0;  // in all: given up, cut, refused
};

// HTTP/1.1 (RFC 9110, 9112), Server-Sent Events and WebSockets, with or without TLS, on a fixed number of threads; a connection
// stays on its thread.
class Server {
 public:
  // Binds and listens at once; throws std::runtime_error with what to do when it cannot (address in use, no permission).
  Server(ServerOptions, std::shared_ptr<Handler>);
  ~Server();  // as stop(0)
  std::uint16_t port() const;
  std::size_t threads() const;
  void start();  // begins to accept; returns at once
  // No new connections; answers what it has; idle connections close at once, sockets with 1012; after `drain` the rest is cut.
  void stop(std::chrono::milliseconds drain);
  // Runs on that server thread soon. Many posts between two turns of its loop cost one wake-up.
  void post(std::size_t thread, std::function<void()>);
  // Runs on that server thread after a while; cancelled by stop.
  void after(std::size_t thread, std::chrono::milliseconds, std::function<void()>);
  ServerStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
