#include "main/front.h"

#include "main/import.h"
#include "main/modules.h"

namespace program {

namespace {

constexpr std::string_view import_path = "/control/import", clock_path = "/diagnostics/clock", echo_path = "/ws/echo";
constexpr std::size_t echo_bytes = 16 * 1024 * 1024;  // conformance suites send as much
constexpr base::ProblemKind import_running{"control.import_running", 409, "An import is running; wait for its end."};
constexpr base::ProblemKind bad_clock{"diagnostics.clock", 422,
                                      "Send {\"advance_seconds\": N} or {\"now\": \"2025-11-01T12:00:00Z\"}."};

struct ClockOrder {
  std::optional<std::int64_t> advance_seconds;
  std::optional<base::Instant> now;
};
RECORD(ClockOrder, advance_seconds, now)
RECORD_TYPE(ClockOrder, "A move of the server's clock.", {"advance_seconds", "By so much."}, {"now", "To this moment."})
struct ClockState {
  base::Instant now{};
};
RECORD(ClockState, now)
RECORD_TYPE(ClockState, "The server's clock.", {"now", "What it says."})

net::Response refusal(const base::Problem& problem) {
  std::string body = "{\"type\":\"about:blank\",\"title\":";
  reflect::print_text(problem.title, body);
  body += ",\"status\":" + std::to_string(problem.status) + ",\"code\":";
  reflect::print_text(problem.code, body);
  body += ",\"detail\":";
  reflect::print_text(text_of(problem), body);
  return {.status = problem.status, .headers = {{"Content-Type", "application/problem+json"}}, .body = body + '}'};
}
net::Response json(std::string body) { return {.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)}; }

}  // namespace

base::Instant ServerClock::now() const { return system_time() + std::chrono::microseconds(offset_.load()); }

Front::Front(core::Daybook& daybook, edge::Edge& edge, ServerClock& clock, TrustPage trust_page, bool diagnostics)
    : daybook_(daybook), edge_(edge), clock_(clock), trust_page_(std::move(trust_page)), diagnostics_(diagnostics) {}

Front::~Front() {
  if (import_.joinable()) import_.join();
}

void Front::request(net::Request&& request, net::Reply reply) {
  if (request.peer == "unix" && request.path == import_path && request.method == "POST")
    return import(std::move(request), std::move(reply));
  if (auto page = trust_page_.answer(request)) return std::move(reply)(std::move(*page));
  if (diagnostics_ && request.path == clock_path) {
    if (request.method == "GET") return std::move(reply)(json(reflect::to_json(ClockState{clock_.now()})));
    if (request.method == "POST") return std::move(reply)(set_clock(request.body));
  }
  edge_.request(std::move(request), std::move(reply));
}

net::Response Front::set_clock(const std::string& body) {
  const auto order = reflect::from_json<ClockOrder>(body);
  if (!order) return refusal(order.error());
  if (order->now.has_value() == order->advance_seconds.has_value()) return refusal(bad_clock.problem());
  clock_.advance(order->now ? *order->now - clock_.now()
                            : std::chrono::microseconds(std::chrono::seconds(*order->advance_seconds)));
  return json(reflect::to_json(ClockState{clock_.now()}));
}

void Front::upgrade(net::Request&& request, std::function<void(Upgrade)> decide) {
  if (!diagnostics_ || request.path != echo_path) return edge_.upgrade(std::move(request), std::move(decide));
  decide({.max_message_bytes = echo_bytes, .binary = true, .opened = [](std::shared_ptr<net::Socket> socket) {
            net::Socket* const raw = socket.get();  // outlives its own call-backs
            socket->on_message([raw](std::string_view text) { raw->send(std::make_shared<const std::string>(text)); });
            socket->on_binary([raw](std::string_view bytes) { raw->send_binary(std::make_shared<const std::string>(bytes)); });
            // This closure owns the socket for as long as it is open.
            socket->on_closed([socket](std::uint16_t) mutable { socket.reset(); });
          }});
}

// One at a time, on a thread of its own: it reads a file and waits for the writer again and again.
void Front::import(net::Request&& request, net::Reply reply) {
  if (importing_.exchange(true)) return std::move(reply)(refusal(import_running.problem()));
  std::scoped_lock lock(mutex_);
  if (import_.joinable()) import_.join();
  import_ = std::thread([this, body = std::move(request.body), reply = std::move(reply)]() mutable {
    net::Response response;
    try {
      const auto order = reflect::from_json<ImportOrder>(body);
      response = order ? json(reflect::to_json(import_file(daybook_, *order))) : refusal(order.error());
    } catch (const std::exception& error) {
      response = refusal(
          base::Problem{.code = "control.failed", .status = 500, .title = "The import failed.", .detail = error.what()});
    }
    std::move(reply)(std::move(response));
    importing_ = false;
  });
}

}  // namespace program
