#pragma once
#include <optional>
#include <string>

#include "modules/identity/attempts.h"
#include "modules/identity/sessions.h"

// From a proof of who somebody is to the tokens of a session, and on from one pair of tokens to the next.
namespace identity {

struct Login {
  base::Text<1, 40> tenant;
  base::Text<1, 254> email;
  base::Text<1, 1000> password;
  std::optional<base::Text<1, 40>> totp;
  bool cookie = false;
};
RECORD(Login, tenant, email, password, totp, cookie)
struct Refresh {
  std::optional<base::Text<1, 512>> refresh_token;
};
RECORD(Refresh, refresh_token)

struct Person {
  UserId id;
  std::string name;
  RoleName role;
  std::optional<std::string> email;
  std::optional<settings::LocationId> location;
};
RECORD(Person, id, name, role, email, location)
struct SignedIn {
  std::string access_token;
  std::optional<std::string> refresh_token;
  std::string token_type = "Bearer";
  std::int64_t expires_in = 0;
  SessionId session;
  Person user;
};
RECORD(SignedIn, access_token, refresh_token, token_type, expires_in, session, user)
struct SignedOut {
  SessionId session;
  bool ended = true;
};
RECORD(SignedOut, session, ended)

// The tokens of a session, of its present generation.
SignedIn tokens_of(core::Tx&, const Session&, const User&);

// The counters of guesses at this address of a mailbox; `user` is whose it is, null: nobody's.
Attempts attempts_at(const core::Tenant&, const core::Request&, std::string_view email, const User* user);
// "" where the person has no password.
std::string password_hash(db::Snapshot&, const User&);

// What comparing a password has found.
struct CheckedPassword {
  std::string hash;  // that was compared; "": there is nobody
  bool right = false;
  std::optional<std::string> better;  // the same password, hashed with the parameters of today
};
base::Result<CheckedPassword> check_login(const core::Preparing&, const Login&);
base::Result<SignedIn> login(core::Tx&, const core::Actor&, const Login&);
base::Result<SignedIn> refresh(core::Tx&, const core::Actor&, const Refresh&);
base::Result<SignedOut> logout(core::Tx&, const core::Actor&, const Refresh&);

}  // namespace identity
