#include "edge/metrics.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace edge {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

const prometheus::Histogram::BucketBoundaries buckets = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                         0.5,   0.75, 1,     2.5,  5,     7.5, 10};

template <class Number>
double number(Number n) {
  return static_cast<double>(n);
}

ClientMetric value_of(MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return metric;
}

// Collects families of one value each.
class Page {
 public:
  explicit Page(std::vector<MetricFamily> families) : families_(std::move(families)) {}
  void counter(std::string name, std::string help, double value) {
    add(MetricType::Counter, std::move(name), std::move(help), value);
  }
  void gauge(std::string name, std::string help, double value) {
    add(MetricType::Gauge, std::move(name), std::move(help), value);
  }
  void family(MetricFamily family) { families_.push_back(std::move(family)); }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  void add(MetricType type, std::string name, std::string help, double value) {
    families_.push_back({std::move(name), std::move(help), type, {value_of(type, value)}});
  }
  std::vector<MetricFamily> families_;
};

void add_server(Page& page, const net::ServerStats& s) {
  page.gauge("daybook_connections", "Open connections, sockets and streams included.", number(s.connections_open));
  page.counter("daybook_connections_total", "Connections accepted.", number(s.connections_total));
  page.counter("http_server_requests_total", "Requests read.", number(s.requests_total));
  page.counter("daybook_received_bytes_total", "Bytes read from connections.", number(s.bytes_in));
  page.counter("daybook_sent_bytes_total", "Bytes written to connections.", number(s.bytes_out));
  page.gauge("daybook_sockets", "Open WebSockets.", number(s.sockets_open));
  page.gauge("daybook_streams", "Open event streams.", number(s.streams_open));
  page.gauge("daybook_tls_handshakes", "Connections that have not finished their TLS handshake.", number(s.handshakes_open));
  page.counter("daybook_tls_handshakes_failed_total", "TLS handshakes that came to nothing.", number(s.handshakes_failed));
}

void add_live(Page& page, const Live::Stats& s) {
  page.gauge("daybook_waiting_requests", "Requests that wait for a position.", number(s.waiting));
  page.counter("daybook_live_messages_total", "Messages sent to sockets and streams.", number(s.messages));
  page.counter("daybook_live_encoded_total", "Messages made; each may be sent many times.", number(s.encoded));
  page.counter("daybook_live_catch_ups_total", "Pages of the log read for connections behind the tail.", number(s.catch_ups));
  page.counter("daybook_live_stalls_total", "Times a connection read too slowly to be fed.", number(s.stalls));
}

void add_writer(Page& page, core::Daybook& daybook) {
  const auto s = daybook.writer().stats();
  page.counter("daybook_writer_groups_total", "Groups of commands written: one transaction each.", number(s.groups));
  page.counter("daybook_writer_units_total", "Commands and background units run.", number(s.units));
  page.counter("daybook_writer_failed_groups_total", "Groups that could not be committed at once.", number(s.failed_groups));
  page.counter("daybook_writer_unknown_commits_total", "Commits of which the database did not say whether they were kept.",
               number(s.unknown_commits));
  page.counter("daybook_writer_busy_seconds_total", "Time in groups.", number(s.busy_us) / 1e6);
  page.counter("daybook_writer_commit_seconds_total", "Time in COMMIT.", number(s.commit_us) / 1e6);
  page.gauge("daybook_writer_queue", "Units that wait for the writer.", number(daybook.writer().queued()));
}

void add_readers(Page& page, core::Daybook& daybook) {
  MetricFamily lag{"daybook_reader_lag_events", "Events that a reader of the log has not seen yet.", MetricType::Gauge, {}};
  MetricFamily stopped{"daybook_reader_stopped",
                       "1 where a reader stopped at an event it cannot take: `daybook reader`.",
                       MetricType::Gauge,
                       {}};
  for (const auto& s : daybook.readers().status()) {
    const std::vector<ClientMetric::Label> labels = {{"reader", s.reader}, {"tenant", s.tenant}};
    lag.metric.push_back(value_of(MetricType::Gauge, number(std::max<std::int64_t>(0, s.head - s.seq)), labels));
    stopped.metric.push_back(value_of(MetricType::Gauge, s.state == core::Readers::State::stopped ? 1 : 0, labels));
  }
  page.family(std::move(lag));
  page.family(std::move(stopped));
}

void add_storage(Page& page, core::Daybook& daybook) {
  page.gauge("daybook_tenants", "Businesses.", number(daybook.tenants().size()));
  page.gauge("daybook_database_bytes", "Size of the database file (SQLite).", number(daybook.database().file_bytes()));
  page.gauge("daybook_wal_bytes", "Size of the write-ahead log (SQLite).", number(daybook.database().log_bytes()));
  const auto tail = daybook.tail().size();
  page.gauge("daybook_tail_events", "Newest events held in memory.", number(tail.events));
  page.gauge("daybook_tail_bytes", "Their size, about.", number(tail.bytes));
}

void add_process(Page& page) {
  std::ifstream statm("/proc/self/statm");
  long pages = 0, resident = 0;
  if (statm >> pages >> resident)
    page.gauge("process_resident_memory_bytes", "Resident memory.", number(resident) * number(sysconf(_SC_PAGESIZE)));
  timespec cpu{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
    page.counter("process_cpu_seconds_total", "Processor time used.", number(cpu.tv_sec) + number(cpu.tv_nsec) / 1e9);
}

}  // namespace

struct Metrics::Registered {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>* requests;
  // By route (the last one: none) and class of status; made when first needed, and then found without a lock.
  std::vector<std::atomic<prometheus::Histogram*>> histograms;
  explicit Registered(std::size_t routes) : histograms((routes + 1) * classes) {
    requests = &prometheus::BuildHistogram()
                    .Name("http_server_request_duration_seconds")
                    .Help("From the request read to the answer handed over.")
                    .Register(registry);
  }
};

Metrics::Metrics(core::Daybook& daybook, const Live& live, const Router& router)
    : daybook_(daybook), live_(live), router_(router), registered_(std::make_unique<Registered>(router.routes().size())) {}
Metrics::~Metrics() = default;

void Metrics::answered(const Route* route, int status, std::chrono::steady_clock::duration took) {
  const auto row = route ? route->number : router_.routes().size();
  const auto column = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  auto& place = registered_->histograms[row * classes + column];
  auto* histogram = place.load(std::memory_order_acquire);
  if (!histogram) {
    // Add gives the one that is there when two threads meet here.
    histogram = &registered_->requests->Add({{"method", route ? route->method : ""},
                                             {"route", route ? route->path : ""},
                                             {"status", std::to_string(column + 1) + "xx"}},
                                            buckets);
    place.store(histogram, std::memory_order_release);
  }
  histogram->Observe(std::chrono::duration<double>(took).count());
}

std::string Metrics::text() const {
  Page page(registered_->registry.Collect());
  if (const auto* server = server_.load()) add_server(page, server->stats());
  add_live(page, live_.stats());
  add_writer(page, daybook_);
  add_readers(page, daybook_);
  add_storage(page, daybook_);
  add_process(page);
  return page.text();
}

}  // namespace edge
