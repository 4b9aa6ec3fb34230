#include "edge/live.h"

#include "edge/live_hub.h"
#include "edge/live_loop.h"
#include "edge/pos_socket.h"
#include "edge/sse_stream.h"

namespace edge {

// ---- the interface --------------------------------------------------------------------------------------------------

Live::Live(core::Daybook& daybook) : Live(daybook, Options{}) {}
Live::Live(core::Daybook& daybook, Options options) : hub_(std::make_shared<Hub>(daybook, options)) {
  daybook.on_events(
      [weak = std::weak_ptr(hub_)](const std::shared_ptr<core::Tenant>& tenant, const std::vector<core::EventPtr>& events) {
        if (const auto hub = weak.lock()) hub->committed(tenant, events);
      });
}
Live::~Live() { detach(); }

void Live::set_authenticator(Authenticate authenticate) { hub_->authenticator = std::move(authenticate); }

void Live::attach(net::Server& server) {
  auto attachment = std::make_shared<Attachment>(*hub_, server);
  attachment->start_loops();
  std::scoped_lock lock(hub_->mutex);
  hub_->attachment = std::move(attachment);
}

void Live::drain() {
  if (const auto a = hub_->attached()) a->drain();
}

void Live::detach() {
  std::shared_ptr<Attachment> a;
  {
    std::scoped_lock lock(hub_->mutex);
    a.swap(hub_->attachment);
  }
  if (a) a->detach();
  hub_->acks->flush();
}

bool Live::streams(const net::Request& request) { return request.method == "GET" && request.path == sse_path; }

void Live::stream(net::Request&& request, core::Actor actor, std::shared_ptr<core::Tenant> tenant,
                  std::function<void(net::Handler::StreamAnswer)> decide, std::string_view request_id) {
  decide(open_sse(hub_, request, std::move(actor), tenant, request_id));
}

void Live::upgrade(net::Request&& request, std::function<void(net::Handler::Upgrade)> decide) {
  decide(open_pos(hub_, request));
}

void Live::when(const std::shared_ptr<core::Tenant>& tenant, std::int64_t seq, std::size_t thread,
                std::chrono::milliseconds at_most, std::function<void(bool reached)> then) {
  const auto a = hub_->attached();
  if (!a) return;  // the server is gone, and with it whoever waits
  a->post(thread, [&loop = a->loop(thread), tenant, seq, at_most, then = std::move(then)]() mutable {
    loop.wait(std::move(tenant), seq, at_most, std::move(then));
  });
}

Live::Stats Live::stats() const {
  const auto& c = hub_->counts;
  return {.sockets = c.sockets,
          .streams = c.streams,
          .waiting = c.waiting,
          .messages = c.messages,
          .encoded = c.encoded,
          .catch_ups = hub_->pages->loads(),
          .stalls = c.stalls,
          .slow_closes = c.slow_closes,
          .sync_required = c.sync_required,
          .acks_flushed = hub_->acks->flushed()};
}

}  // namespace edge
