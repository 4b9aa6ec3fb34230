#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>

#include "modules/identity/identity.h"

// A person's sessions: begun by signing in, carried on by refresh tokens, ended by leaving, by the clock, or by others.
namespace identity {

enum class SignInMethod : std::uint8_t { password, pin };
ENUM(SignInMethod, password, pin)
enum class SessionEnd : std::uint8_t {
  logout,
  revoked,
  password_changed,
  pin_changed,
  reset,
  deactivated,
  reuse,
  replaced,
  device_removed
};
ENUM(SessionEnd, logout, revoked, password_changed, pin_changed, reset, deactivated, reuse, replaced, device_removed)

struct Session {
  SessionId id;
  UserId user;
  SignInMethod method = SignInMethod::password;
  std::optional<DeviceId> device;
  base::Instant expires_at{};  // unless it is refreshed before
  std::optional<base::Instant> ended_at;
  std::optional<SessionEnd> ended_by;
  std::string address, network, agent;
  std::int64_t generation = 0;  // of the refresh token that is good now
  base::Instant rotated_at{}, last_used{};
  std::int64_t version = 0;
  base::Instant created_at{};
};
RECORD(Session, id, user, method, device, expires_at, ended_at, ended_by, address, network, agent, generation, rotated_at,
       last_used, version, created_at)

inline constexpr core::EventKind session_started{"session.started", 1, "Somebody has signed in."};
inline constexpr core::EventKind session_ended{"session.ended", 1, "A session is over."};

// Sessions that were ended before their time: their access tokens are no longer good.
struct EndedSessions {
  std::unordered_set<SessionId> ids;
};
extern const core::CacheKind ended_sessions;

// The session of that id, live or ended; none when there is none.
std::optional<Session> find_session(db::Snapshot&, const SessionId&);
bool live(const Session&, base::Instant now);
// How long a session lasts without being refreshed: 30 days, or a shift of 12 hours at a shared device.
constexpr std::chrono::hours session_time(SignInMethod method) {
  return method == SignInMethod::pin ? std::chrono::hours(12) : std::chrono::hours(24 * 30);
}
// A new one of the request's address and agent. The oldest of too many live ones of a person is ended.
Session start_session(core::Tx&, const UserId&, SignInMethod, const std::optional<DeviceId>&);
void end_session(core::Tx&, const Session&, SessionEnd);
void end_sessions(core::Tx&, const UserId&, SessionEnd, const std::optional<SessionId>& except = {},
                  const std::optional<SignInMethod>& of = {});
// Has this person had a session from that network (base::network_of)?
bool known_network(db::Snapshot&, const UserId&, const std::string& network);

// What GET /sessions shows.
struct SessionLine {
  SessionId id;
  UserId user;
  SignInMethod method = SignInMethod::password;
  std::optional<DeviceId> device;
  std::string agent, address;
  base::Instant created_at{}, last_used{}, expires_at{};
  bool current = false;
};
RECORD(SessionLine, id, user, method, device, agent, address, created_at, last_used, expires_at, current)
struct SessionList {
  std::vector<SessionLine> data;
  std::optional<std::string> next_cursor;
};
RECORD(SessionList, data, next_cursor)
struct ListSessions {
  std::optional<UserId> user;
};
RECORD(ListSessions, user)
base::Result<SessionList> list_sessions(core::View&, const core::Actor&, const ListSessions&);
base::Result<Session> revoke_session(core::Tx&, const core::Actor&, const core::ById&);

// The calendar: forgets sessions and attempts that are long over.
std::optional<base::Instant> next_forgetting(core::View&);
base::Result<> forget_signing_in(core::Tx&);

}  // namespace identity
