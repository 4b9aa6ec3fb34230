#include "edge/pos_socket.h"

#include "base/log.h"
#include "core/log_routes.h"
#include "edge/live_request.h"
#include "edge/manners.h"
#include "edge/problem.h"
#include "edge/router.h"

namespace edge {

namespace {

constexpr std::string_view permission = "orders.read";

base::Problem needs_permission() {
  return core::forbidden.problem("This needs the permission orders.read.").with("permission", std::string(permission));
}

base::Result<PosSocket::Terminal> terminal_of(Live::Hub& hub, const net::Request& request) {
  const auto slug = request.path.starts_with(pos_path)
                        ? percent_decoded(std::string_view(request.path).substr(pos_path.size()), Decode::segment)
                        : std::nullopt;
  if (!slug || slug->empty() || slug->contains('/')) return unknown_route();
  auto wanted = TRY(read_socket_request(request));
  const auto token = bearer_of(request);
  if (token) {
    const auto who = TRY(hub.authenticate(*token));
    if (who.second->slug != *slug) return core::not_found("There is no business " + *slug + " for this token.");
    if (!who.first.may(permission)) return std::unexpected(needs_permission());
  }
  return PosSocket::Terminal{*slug, token.value_or(std::string()), wanted.after};
}

}  // namespace

net::Handler::Upgrade open_pos(const std::shared_ptr<Live::Hub>& hub, const net::Request& request) {
  auto terminal = terminal_of(*hub, request);
  if (!terminal) {
    const auto trace = trace_id(request.header("traceparent"));
    auto refused = problem_response(terminal.error(), trace);
    refused.headers.emplace_back("X-Request-Id", trace);
    return {.refused = std::move(refused), .subprotocol = {}, .opened = {}};
  }
  return {.refused = std::nullopt,
          .subprotocol = {},
          .opened = [hub, terminal = std::move(*terminal)](std::shared_ptr<net::Socket> socket) {
            const auto attachment = hub->attached();
            if (!attachment) return socket->close(close_code::restart, "restart");
            auto& loop = attachment->loop(socket->thread());
            std::make_shared<PosSocket>(loop, std::move(socket), terminal)->open();
          }};
}

PosSocket::PosSocket(Loop& loop, std::shared_ptr<net::Socket> socket, Terminal terminal)
    : Follower(nullptr), loop_(loop), socket_(std::move(socket)), terminal_(std::move(terminal)) {
  ++loop_.hub().counts.sockets;
}
PosSocket::~PosSocket() { --loop_.hub().counts.sockets; }

void PosSocket::open() {
  const auto self = std::static_pointer_cast<PosSocket>(shared_from_this());
  const std::weak_ptr<PosSocket> weak = self;
  socket_->on_message([weak](std::string_view text) {
    if (const auto alive = weak.lock()) alive->message(text);
  });
  socket_->on_drained([weak] {
    if (const auto alive = weak.lock()) alive->loop_.drained(*alive);
  });
  socket_->on_closed([weak](std::uint16_t) {
    if (const auto alive = weak.lock()) alive->loop_.remove(*alive);
  });
  loop_.hold(self);
  if (!terminal_.token.empty()) {
    if (sign_in(terminal_.token)) begin(terminal_.after);
    return;
  }
  loop_.after(loop_.hub().options.auth_time, [weak] {
    const auto alive = weak.lock();
    if (alive && !alive->signed_in_) alive->close_with(close_code::no_auth, "no auth in time");
  });
}

// ---- what the terminal says -----------------------------------------------------------------------------------------

void PosSocket::message(std::string_view text) {
  const auto client = read_pos_client(text);
  if (!client) return close_with(close_code::bad_frame, "not a JSON object with a type");
  if (client->type == "ping") return send(std::string(pos_pong));
  if (client->type == "auth") return auth(*client);
  if (!signed_in_) return send(pos_error("auth.missing", "The first message is auth, with a token."));
  if (client->type == "resume") return resume(*client);
  if (client->type == "ack") return acknowledge(*client);
  send(pos_error("message.unknown", "There are auth, resume, ack and ping."));
}

// The first one begins; a later one renews the token, and the stream goes on where it is.
void PosSocket::auth(const PosClient& client) {
  const auto wanted = position_of(client);
  if (!wanted) return send(pos_error(wanted.error().code, wanted.error().title));
  const bool renewal = signed_in_;
  if (!sign_in(client.token.value_or(std::string()))) return;
  if (!renewal) return begin(*wanted ? *wanted : terminal_.after);
  const auto head = tenant().head();
  send(pos_ready(tenant().slug, {head.epoch, head.seq}));
}

bool PosSocket::sign_in(std::string token) {
  auto who = loop_.hub().authenticate(token);
  if (!who && who.error().status >= 500) return close_with(close_code::server_error, "server error"), false;
  if (!who) return close_with(close_code::bad_token, "bad token"), false;
  if (who->second->slug != terminal_.slug || !who->first.may(permission))
    return close_with(close_code::forbidden, "forbidden"), false;
  if (!signed_in_) of_tenant(who->second);
  terminal_.token = std::move(token);
  actor_ = std::move(who->first);
  signed_in_ = true;
  return true;
}

void PosSocket::begin(const std::optional<core::Position>& wanted) {
  const auto head = tenant().head();
  send(pos_ready(tenant().slug, {head.epoch, head.seq}));
  if (wanted) return start_at(*wanted, Say::nothing);
  std::optional<core::Position> acknowledged;
  try {
    acknowledged = loop_.hub().acks->find(tenant(), actor_.id);
  } catch (const std::exception& error) {
    base::log::warning("an acknowledgement could not be read", {{"tenant", tenant().slug}, {"error", error.what()}});
    return close_with(close_code::server_error, "server error");
  }
  if (acknowledged) return start_at(*acknowledged, Say::nothing);
  prev_ = head.seq;
  start_behind(head.seq, CaughtUp::silent);
  loop_.follow(*this);
}

void PosSocket::resume(const PosClient& client) {
  const auto wanted = position_of(client);
  if (!wanted || !*wanted) return send(pos_error(core::bad_position.code, "resume needs after: a seq, or epoch:seq."));
  start_at(**wanted, Say::resumed);
}

void PosSocket::start_at(const core::Position& wanted, Say say) {
  const auto start = start_of(loop_.hub(), tenant(), wanted);
  if (!start && start.error().code != core::foreign_epoch.code) return close_with(close_code::server_error, "server error");
  if (!start) {
    sync_required("epoch");
  } else {
    if (say == Say::resumed) send(pos_resumed(start->seq));
    prev_ = start->seq;
    acked_ = -1;
    start_behind(start->seq, CaughtUp::announce);
  }
  loop_.follow(*this);
}

// The terminal reads the list; whatever happens after that position follows on this socket.
void PosSocket::sync_required(std::string_view reason) {
  const auto head = tenant().head().seq;
  ++loop_.hub().counts.sync_required;
  send(pos_sync_required(reason, head));
  prev_ = head;
  acked_ = -1;
  start_behind(head, CaughtUp::silent);
}

void PosSocket::acknowledge(const PosClient& client) {
  if (!client.seq || *client.seq < 0 || *client.seq > prev_)
    return send(pos_error("ack.unknown", "ack needs a seq that was sent on this socket."));
  if (*client.seq <= acked_) return;
  acked_ = *client.seq;
  const auto acks = loop_.hub().acks;
  if (acks->put(tenant_pointer(), actor_.id, {tenant().head().epoch, acked_}))
    loop_.after(loop_.hub().options.ack_flush_time, [acks] { acks->flush(); });
}

// ---- what the terminal hears ----------------------------------------------------------------------------------------

void PosSocket::take(Entry& entry) {
  const auto seq = entry.event().seq;
  if (!entry.event().subject.starts_with("order/") || !actor_.may(permission)) return;
  auto& counts = loop_.hub().counts;
  const auto text = entry.text(Form::pos, prev_, [&](const core::Event& e) {
    ++counts.encoded;
    try {
      return pos_event(e, tenant().slug);
    } catch (const std::exception& error) {  // one entry that cannot be told must not stop the others
      base::log::error("an event could not be told to terminals",
                       {{"tenant", tenant().slug}, {"seq", e.seq}, {"error", error.what()}});
      return Parts{};
    }
  });
  if (!text) return;
  socket_->send(text);
  ++counts.messages;
  prev_ = seq;
}

void PosSocket::mark(bool live) {
  send(pos_mark(cursor(), prev_, live));
  prev_ = cursor();
}

void PosSocket::lost(std::string_view reason) { sync_required(reason); }

void PosSocket::recheck() {
  const auto who = loop_.hub().authenticate(terminal_.token);
  if (!who && who.error().status >= 500) return;  // the database is away: no reason to send everybody off
  if (!who) return close_with(close_code::bad_token, "bad token");
  if (who->second != tenant_pointer() || !who->first.may(permission)) return close_with(close_code::forbidden, "forbidden");
  actor_ = who->first;
}

void PosSocket::close(Why why) {
  if (why == Why::draining) return;  // the server closes its sockets itself, with 1012
  close_with(why == Why::slow ? close_code::slow : close_code::server_error, why == Why::slow ? "slow" : "server error");
}

void PosSocket::send(std::string text) {
  socket_->send(std::make_shared<const std::string>(std::move(text)));
  ++loop_.hub().counts.messages;
}

void PosSocket::close_with(std::uint16_t code, std::string_view reason) {
  const auto self = shared_from_this();
  loop_.remove(*this);
  socket_->close(code, reason);
}

}  // namespace edge
