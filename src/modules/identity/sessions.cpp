#include "modules/identity/sessions.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "modules/identity/attempts.h"
#include "modules/identity/declared.h"

namespace identity {

ENUM_TYPE(SignInMethod, "How somebody has signed in.")
ENUM_TYPE(SessionEnd, "Why a session is over.")

namespace {

constexpr std::size_t most_sessions = 50;   // live ones of one person
constexpr std::chrono::days kept{30};       // after its end, so that the place it came from stays known
constexpr std::size_t longest_agent = 200;  // bytes
constexpr std::int64_t forgotten_at_once = 200;

// What the client calls itself, as far as it is text.
std::string agent_of(const core::Request& request) {
  std::string agent;
  for (const char c : request.agent.substr(0, longest_agent)) agent += c >= ' ' && c < 0x7f ? c : '?';
  return agent;
}

EndedSessions load_ended(db::Snapshot& s) {
  EndedSessions ended;
  for (auto& id : s.all<SessionId>("SELECT id FROM identity_session WHERE tenant = $t AND ended_at IS NOT NULL"))
    ended.ids.insert(id);
  return ended;
}

std::vector<Session> live_sessions(db::Snapshot& s, const UserId& user, base::Instant now) {
  return s.all<Session>(
      "SELECT {} FROM identity_session WHERE tenant = $t AND \"user\" = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY "
      "id",
      user, now);
}

}  // namespace

const core::CacheKind ended_sessions =
    core::cache_kind<EndedSessions, &load_ended>("identity.ended_sessions", {"session.ended"});

std::optional<Session> find_session(db::Snapshot& s, const SessionId& id) {
  return s.maybe<Session>("SELECT {} FROM identity_session WHERE tenant = $t AND id = $1", id);
}

bool live(const Session& session, base::Instant now) { return !session.ended_at && session.expires_at > now; }

Session start_session(core::Tx& tx, const UserId& user, SignInMethod method, const std::optional<DeviceId>& device) {
  const auto others = live_sessions(tx, user, tx.now());
  if (others.size() >= most_sessions) end_session(tx, others.front(), SessionEnd::replaced);
  const auto& request = tx.request();
  const Session session{.id = tx.fresh<SessionId>(),
                        .user = user,
                        .method = method,
                        .device = device,
                        .expires_at = tx.now() + session_time(method),
                        .address = request.peer,
                        .network = base::network_of(request.peer),
                        .agent = agent_of(request),
                        .generation = 1,
                        .rotated_at = tx.now(),
                        .last_used = tx.now(),
                        .version = 1,
                        .created_at = tx.now()};
  tx.insert("identity_session", session);
  tx.emit(session_started, session);
  return session;
}

void end_session(core::Tx& tx, const Session& before, SessionEnd why) {
  if (before.ended_at) return;
  auto after = before;
  after.ended_at = tx.now();
  after.ended_by = why;
  ++after.version;
  tx.update("identity_session", after);
  tx.emit(session_ended, before, after);
}

void end_sessions(core::Tx& tx, const UserId& user, SessionEnd why, const std::optional<SessionId>& except,
                  const std::optional<SignInMethod>& of) {
  for (auto& session : live_sessions(tx, user, tx.now()))
    if (session.id != except && (!of || session.method == *of)) end_session(tx, session, why);
}

bool known_network(db::Snapshot& s, const UserId& user, const std::string& network) {
  return !s.all<SessionId>("SELECT id FROM identity_session WHERE tenant = $t AND \"user\" = $1 AND network = $2 LIMIT 1", user,
                           network)
              .empty();
}

base::Result<SessionList> list_sessions(core::View& view, const core::Actor& actor, const ListSessions& input) {
  const auto self = UserId::parse(actor.id);
  if (input.user && input.user != self && !actor.may("identity.read"))
    return std::unexpected(core::forbidden.problem("Those of others need the permission identity.read.")
                               .with("permission", std::string("identity.read")));
  SessionList list;
  const auto user = input.user ? input.user : self;
  if (!user) return list;  // a machine has none
  for (auto& s : live_sessions(view, *user, view.now()))
    list.data.push_back({s.id, s.user, s.method, s.device, s.agent, s.address, s.created_at, s.last_used, s.expires_at,
                         s.id.text() == actor.session});
  std::ranges::reverse(list.data);  // the newest first
  return list;
}

base::Result<Session> revoke_session(core::Tx& tx, const core::Actor& actor, const core::ById& input) {
  const auto id = SessionId::parse(input.id);
  const auto session = id ? find_session(tx, *id) : std::nullopt;
  const auto missing = [&] { return core::not_found("No session " + input.id + "."); };
  if (!session) return missing();
  if (session->user.text() != actor.id) {
    if (!actor.may("identity.write")) return missing();
    const auto& known = tx.cached<Credentials>(credentials);
    if (const auto* user = known.person(session->user))
      if (const auto role = known.roles.find(user->role); role != known.roles.end())
        TRY(may_grant(actor, *role->second.permissions));
  }
  end_session(tx, *session, SessionEnd::revoked);
  return *find_session(tx, *id);
}

std::optional<base::Instant> next_forgetting(core::View& view) {
  auto due = view.now() + std::chrono::hours(6);
  if (const auto ended = view.all<base::Instant>(
          "SELECT ended_at FROM identity_session WHERE tenant = $t AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1");
      !ended.empty())
    due = std::min(due, ended.front() + kept);
  if (const auto over =
          view.all<base::Instant>("SELECT expires_at FROM identity_session WHERE tenant = $t ORDER BY expires_at LIMIT 1");
      !over.empty())
    due = std::min(due, over.front() + kept);
  if (const auto tried =
          view.all<base::Instant>("SELECT last_at FROM identity_attempt WHERE tenant = $t ORDER BY last_at LIMIT 1");
      !tried.empty())
    due = std::min(due, tried.front() + attempts_kept);
  return due;
}

base::Result<> forget_signing_in(core::Tx& tx) {
  tx.run("DELETE FROM identity_pairing WHERE tenant = $t AND expires_at <= $1", tx.now());
  tx.run(
      "DELETE FROM identity_session WHERE tenant = $t AND id IN (SELECT id FROM identity_session WHERE tenant = $t AND "
      "(ended_at <= $1 OR expires_at <= $1) ORDER BY id LIMIT $2)",
      tx.now() - kept, forgotten_at_once);
  tx.run(
      "DELETE FROM identity_attempt WHERE tenant = $t AND key IN (SELECT key FROM identity_attempt WHERE tenant = $t AND "
      "last_at <= $1 ORDER BY last_at LIMIT $2)",
      tx.now() - attempts_kept, forgotten_at_once);
  return {};
}

}  // namespace identity
