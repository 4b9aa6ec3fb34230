#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <thread>

#include "base/log.h"
#include "db/tx.h"
#include "edge/edge.h"
#include "main/commands.h"
#include "main/demo.h"
#include "main/failure.h"
#include "main/front.h"
#include "main/keys.h"
#include "main/modules.h"
#include "main/outside.h"
#include "main/place.h"
#include "net/server.h"

namespace program {

namespace {

constexpr std::chrono::seconds whole_drain{10};   // KERNEL: SIGTERM drains within 10 s
constexpr std::chrono::seconds handing_over{10};  // until PostgreSQL has noticed that the server before was killed

ListenAddress listen_address(const Configuration& configuration) {
  auto listen = *parse_listen(configuration.text("listen"));
  if (listen.address == "localhost") listen.address = "127.0.0.1";
  if (configuration.toggle("diagnostics") && !listen.loopback())
    throw Failure(
        "--diagnostics lets anybody set the clock, so it goes with a loopback address only, such as --listen 127.0.0.1:8080.",
        Exit::configuration);
  return listen;
}

core::Daybook::Options daybook_options(const Configuration& configuration, const ServerClock& clock,
                                       std::shared_ptr<core::Outside> outside) {
  core::Daybook::Options options{.database = {.url = configuration.text("data")}, .clock = [&clock] { return clock.now(); }};
  options.outside = std::move(outside);
  options.keys = master_keys(configuration);
  options.snapshot_threads = static_cast<std::size_t>(configuration.number("snapshot_threads"));
  options.job_threads = static_cast<std::size_t>(configuration.number("job_threads"));
  options.writer.queue_units = static_cast<std::size_t>(configuration.number("queue"));
  return options;
}

net::ServerOptions server_options(const Configuration& configuration, const ListenAddress& listen, const Place& place) {
  net::ServerOptions options{.address = listen.address, .port = listen.port, .unix_socket = place.socket.string()};
  const auto threads = static_cast<std::size_t>(configuration.number("threads"));
  options.threads = threads ? threads : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  options.max_connections = static_cast<std::size_t>(configuration.number("max_connections"));
  return options;
}

std::shared_ptr<net::Tls> tls_of(const Configuration& configuration) {
  net::Tls::Files files{configuration.text("tls_cert"), configuration.text("tls_key")};
  if (files.certificate.empty() && files.key.empty()) return nullptr;
  if (files.certificate.empty() || files.key.empty())
    throw Failure("--tls-cert and --tls-key go together: a certificate and its key, each a PEM file.", Exit::configuration);
  try {
    return std::make_shared<net::Tls>(std::move(files));
  } catch (const net::TlsError& error) {
    throw Failure(error.what(), Exit::configuration);
  }
}

TrustPage trust_page_of(const Place& place) {
  return TrustPage(place.postgres ? std::filesystem::path() : tls_folder(place.folder) / "authority.pem");
}

std::string address_of(const ListenAddress& at, bool tls) { return (tls ? "https://" : "http://") + at.text(); }

Lock take_lock(const Place& place) {
  auto lock = Lock::take(place);
  if (lock) return std::move(*lock);
  const auto holder = holder_of(place).value_or(Holder{});
  throw Failure("another Daybook has " + without_password(place.data) + " open: " + holder.text() + ". Stop it (kill " +
                std::to_string(holder.pid) + "), or choose another --data.");
}

// Between machines: only one server works on a PostgreSQL database. Held by a connection of its own, as long as that lives;
// behind it the writer's lock of each tenant's head keeps the log from forking whatever happens.
std::unique_ptr<db::Connection> take_database(core::Daybook& daybook) {
  if (daybook.database().engine() != db::Engine::postgres) return nullptr;
  auto connection = daybook.database().connect(db::Access::write);
  const auto deadline = std::chrono::steady_clock::now() + handing_over;
  while (true) {
    connection->begin(db::Access::write);
    const auto taken = db::all<std::int64_t>(
        *connection, "SELECT CAST(CAST(pg_try_advisory_lock(4919131752989213764) AS integer) AS bigint)");  // "DaybookD"
    connection->rollback();  // an advisory lock of the session stays
    if (!taken.empty() && taken.front() != 0) return connection;
    if (std::chrono::steady_clock::now() > deadline)
      throw Failure("another Daybook, on another machine, serves this PostgreSQL database. Stop it first.");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// Signals come to the main thread alone, which waits for them.
sigset_t block_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  return ends;
}

std::string greeting(const Configuration& configuration, const std::string& address, bool diagnostics) {
  std::string text = "Daybook " + std::string(version) + " on " + address +
                     "  (API under /api/v1, try it at /docs)\nData: " + without_password(configuration.text("data")) + '\n';
  if (diagnostics) text += "Diagnostics are on: anybody on this machine can set the clock.\n";
  return text;
}

}  // namespace

int serve(const Configuration& configuration, const CommandLine& line) {
  auto listen = listen_address(configuration);
  const bool diagnostics = configuration.toggle("diagnostics");
  const auto tls = tls_of(configuration);
  const auto outside = std::make_shared<Outside>(configuration);
  const auto ends = block_signals();
  const auto place = place_of(configuration.text("data"));
  auto lock = take_lock(place);

  ServerClock clock;
  const auto daybook = open_daybook(daybook_options(configuration, clock, outside));
  const auto database = take_database(*daybook);
  edge::Edge edge(
      *daybook,
      {.diagnostics = diagnostics, .cors_origins = configuration.list("cors_origins"), .version = std::string(version)});
  const auto front = std::make_shared<Front>(*daybook, edge, clock, trust_page_of(place), diagnostics);
  auto serving = server_options(configuration, listen, place);
  serving.tls = tls;
  auto server = std::make_unique<net::Server>(std::move(serving), front);
  listen.port = server->port();
  edge.attach(*server, listen.text());
  daybook->start();
  server->start();
  lock.write(address_of(listen, tls != nullptr));

  std::string invitation;
  if (configuration.toggle("demo"))
    invitation =
        demo_invitation(*daybook, found_demo(*daybook), {line.program, configuration.text("data"), listen, tls != nullptr});
  edge.set_ready(true);
  for (auto& applied : daybook->migrated()) base::log::info("migrated", {{"migration", applied}});
  base::log::info("serving", {{"listen", listen.text()},
                              {"tls", tls != nullptr},
                              {"data", without_password(configuration.text("data"))},
                              {"pid", ::getpid()}});
  std::cout << greeting(configuration, address_of(listen, tls != nullptr), diagnostics) << invitation << std::flush;

  int number = 0;
  sigwait(&ends, &number);
  base::log::info("stopping", {{"signal", number}});
  signal(SIGTERM, SIG_DFL);  // a second one ends the process at once
  signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
  alarm(static_cast<unsigned>(whole_drain.count()));  // whatever hangs then has no answer to give any more
  edge.set_ready(false);
  outside->stop();
  server->stop(std::chrono::seconds(configuration.number("drain_seconds")));
  edge.detach();
  server.reset();
  daybook->stop();
  base::log::info("stopped");
  return 0;
}

}  // namespace program
