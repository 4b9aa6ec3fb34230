#include "edge/sse_stream.h"

#include "base/log.h"
#include "core/log.h"
#include "core/log_routes.h"
#include "edge/live_request.h"
#include "edge/problem.h"
#include "edge/sse_messages.h"

namespace edge {

namespace {

constexpr std::string_view permission = "daybook.read";

base::Result<SseStream::Reader> reader_of(Live::Hub& hub, const net::Request& request, core::Actor actor,
                                          std::shared_ptr<core::Tenant> tenant) {
  if (!actor.may(permission))
    return std::unexpected(
        core::forbidden.problem("This needs the permission daybook.read.").with("permission", std::string(permission)));
  auto wanted = TRY(read_stream_request(request));
  const auto after = TRY(start_of(hub, *tenant, wanted.after));
  return SseStream::Reader{std::move(actor), std::move(tenant), bearer_of(request).value_or(std::string()),
                           std::move(wanted.types), after};
}

}  // namespace

net::Handler::StreamAnswer open_sse(const std::shared_ptr<Live::Hub>& hub, const net::Request& request, core::Actor actor,
                                    const std::shared_ptr<core::Tenant>& tenant, std::string_view request_id) {
  auto reader = reader_of(*hub, request, std::move(actor), tenant);
  if (!reader) {
    auto refused = problem_response(reader.error(), request_id);
    const auto head = tenant->head();
    refused.headers.emplace_back("Daybook-Position", core::Position{head.epoch, head.seq}.text());
    return {.refused = std::move(refused), .headers = {}, .opened = {}};
  }
  const auto position = reader->after.text();
  return {.refused = std::nullopt,
          .headers = {{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"},
                      {"Daybook-Position", position}},
          .opened = [hub, reader = std::move(*reader)](std::shared_ptr<net::Stream> stream) {
            const auto attachment = hub->attached();
            if (!attachment) return stream->close();
            auto& loop = attachment->loop(stream->thread());
            std::make_shared<SseStream>(loop, std::move(stream), reader)->open();
          }};
}

SseStream::SseStream(Loop& loop, std::shared_ptr<net::Stream> stream, Reader reader)
    : Follower(reader.tenant), loop_(loop), stream_(std::move(stream)), reader_(std::move(reader)) {
  ++loop_.hub().counts.streams;
}
SseStream::~SseStream() { --loop_.hub().counts.streams; }

void SseStream::open() {
  const auto self = std::static_pointer_cast<SseStream>(shared_from_this());
  const std::weak_ptr<SseStream> weak = self;
  stream_->on_drained([weak] {
    if (const auto alive = weak.lock()) alive->loop_.drained(*alive);
  });
  stream_->on_closed([weak] {
    if (const auto alive = weak.lock()) alive->loop_.remove(*alive);
  });
  loop_.hold(self);
  start_behind(reader_.after.seq, CaughtUp::announce);
  loop_.follow(*this);
}

void SseStream::write(std::shared_ptr<const std::string> text) {
  stream_->write(std::move(text));
  ++loop_.hub().counts.messages;
}

void SseStream::take(Entry& entry) {
  if (!core::type_matches(reader_.types, entry.event().type) || !reader_.actor.may(permission)) return;
  auto& hub = loop_.hub();
  write(entry.text(Form::sse, 0, [&](const core::Event& e) {
    ++hub.counts.encoded;
    return sse_event(e, hub.names.of(tenant(), e.actor));
  }));
}

void SseStream::mark(bool live) { write(std::make_shared<const std::string>(sse_mark(reader_.after.epoch, cursor(), live))); }

void SseStream::lost(std::string_view reason) {
  ++loop_.hub().counts.sync_required;
  write(std::make_shared<const std::string>(sse_sync_required(reason, tenant().head().seq)));
  close(Why::server_error);
}

void SseStream::heartbeat() {
  static const auto text = std::make_shared<const std::string>(sse_heartbeat);
  stream_->write(text);
}

void SseStream::recheck() {
  if (reader_.token.empty()) return;
  const auto who = loop_.hub().authenticate(reader_.token);
  if (!who && who.error().status >= 500) return;  // the database is away: no reason to send everybody off
  if (!who || who->second != tenant_pointer() || !who->first.may(permission)) return close(Why::server_error);
  reader_.actor = who->first;
}

void SseStream::close(Why) {
  const auto self = shared_from_this();
  loop_.remove(*this);
  stream_->close();
}

}  // namespace edge
