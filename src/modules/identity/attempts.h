#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/identity/identity.h"

// Guesses are counted, in rows, and what was guessed at too often is closed for a growing time. Rows are named by keyed
// fingerprints, so they say nothing of people or addresses. Three counters see one guess:
//   - the person from that address: closed soon;
//   - the person from anywhere: closed late, and not for addresses that the person has signed in from before, so that nobody
//     locks out somebody else by guessing;
//   - the address, whomever it guesses at: closed late, again not for people who are known there.
// An edge of the program counts addresses over all businesses besides.
namespace identity {

inline constexpr base::ProblemKind too_many_attempts{"auth.too_many_attempts", 429,
                                                     "Too many attempts; try again after the time in Retry-After."};
inline constexpr std::chrono::hours attempts_kept{24};  // without a new one: then they are forgotten

// What is told of an attack.
struct SecurityNote {
  base::Id<"sec"> id;
  std::optional<UserId> user;
  std::optional<SessionId> session;
  std::optional<DeviceId> device;
  std::optional<std::string> address;
  std::string scope;  // what was closed: "person at an address", …
  std::int64_t failures = 0;
  std::optional<base::Instant> until;  // closed
  std::int64_t version = 1;
};
RECORD(SecurityNote, id, user, session, device, address, scope, failures, until, version)
inline constexpr core::EventKind login_failed{"security.login_failed", 1,
                                              "Signing in has failed; told once a minute at most, with how often."};
inline constexpr core::EventKind login_locked{"security.login_locked", 1,
                                              "Signing in was closed for a time after many failures."};
inline constexpr core::EventKind refresh_reused{
    "security.refresh_reused", 1, "A refresh token came a second time, too late for a lost reply: somebody has a copy."};
inline constexpr core::EventKind pin_locked{"security.pin_locked", 1, "A person is locked out of a device after wrong PINs."};

struct AttemptPolicy {
  std::string_view kind;
  std::int64_t free;                 // wrong guesses before anything is closed
  std::chrono::seconds first, most;  // closed for: doubled with each further one
};

class Attempts {
 public:
  // `whom` is what is guessed at ("password ada@example.com"), `where` the network or device it comes from; `user` is known
  // where the guess names somebody.
  enum class Way : std::uint8_t { password, pin, nameless_pin };
  Attempts(const core::Tenant&, Way, std::string_view whom, std::string where, std::optional<UserId> user);
  // How long this is closed yet; none: open.
  base::Result<> open(db::Snapshot&, base::Instant now) const;
  // Counts a wrong guess; tells of it where that is due. To be followed by tx.keep.
  void failed(core::Tx&) const;
  // A right one: forgets the wrong ones of the person from here.
  void succeeded(core::Tx&) const;

 private:
  struct Counter;
  std::vector<Counter> counters(db::Snapshot&) const;
  bool known_here(db::Snapshot&) const;
  const AttemptPolicy& nearest() const;  // of the counter that is closed first
  void count(core::Tx&, Counter&) const;
  void tell_failures(core::Tx&, Counter&) const;
  base::Bytes key_of(std::string_view kind, std::string_view rest) const;

  const core::Tenant& tenant_;
  Way way_;
  std::string where_;
  std::optional<UserId> user_;
  std::string derived_;
  base::Bytes pair_, person_, place_, all_;
};

}  // namespace identity
