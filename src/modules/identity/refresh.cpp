#include "modules/identity/declared.h"
#include "modules/identity/signing_in.h"
#include "modules/identity/tokens.h"

namespace identity {

namespace {

// A lost reply, a second tab: for so long the token before the present one brings the same successor.
constexpr std::chrono::seconds grace{60};

std::optional<RefreshClaims> claims_of(core::Tx& tx, const Refresh& input) {
  if (!input.refresh_token) return std::nullopt;
  return read_refresh(tx.tenant_state(), tx.tenant_state().head().epoch, *input.refresh_token);
}

// Somebody has a copy: whoever it is, neither goes on.
std::unexpected<base::Problem> stolen(core::Tx& tx, const Session& session) {
  end_session(tx, session, SessionEnd::reuse);
  tx.emit(refresh_reused, SecurityNote{.id = tx.fresh<base::Id<"sec">>(),
                                       .user = session.user,
                                       .session = session.id,
                                       .device = session.device,
                                       .address = tx.request().peer,
                                       .scope = "session"});
  return tx.keep(core::bad_credentials.problem());
}

}  // namespace

SignedIn tokens_of(core::Tx& tx, const Session& session, const User& user) {
  const auto& tenant = tx.tenant_state();
  const auto epoch = tenant.head().epoch;
  const auto until = std::min(tx.now() + access_time, session.expires_at);
  SignedIn signed_in{.access_token = print_access(tenant, epoch, {session.id, user.id, until}),
                     .refresh_token = print_refresh(tenant, epoch, {session.id, session.generation}),
                     .expires_in = std::chrono::floor<std::chrono::seconds>(until - tx.now()).count(),
                     .session = session.id};
  signed_in.user = {.id = user.id, .name = user.name, .role = user.role, .location = user.location};
  if (user.email) signed_in.user.email = *user.email;
  return signed_in;
}

base::Result<SignedIn> refresh(core::Tx& tx, const core::Actor&, const Refresh& input) {
  const auto claims = claims_of(tx, input);
  auto session = claims ? find_session(tx, claims->session) : std::nullopt;
  if (!session || !live(*session, tx.now()) || claims->generation > session->generation) return core::bad_credentials();
  const auto* user = tx.cached<Credentials>(credentials).person(session->user);
  if (!user || !user->active) return core::bad_credentials();
  tx.act_as(user->id.text());
  if (claims->generation == session->generation) {
    ++session->generation;
    session->rotated_at = session->last_used = tx.now();
    session->expires_at = tx.now() + session_time(session->method);
    tx.update("identity_session", *session);
  } else if (claims->generation + 1 != session->generation || tx.now() - session->rotated_at > grace) {
    return stolen(tx, *session);
  }
  return tokens_of(tx, *session, *user);
}

// The session of the refresh token, else of the access token in Authorization. Twice is as good as once.
base::Result<SignedOut> logout(core::Tx& tx, const core::Actor& actor, const Refresh& input) {
  const auto claims = claims_of(tx, input);
  const auto id = claims ? std::optional(claims->session) : SessionId::parse(actor.session);
  const auto session = id ? find_session(tx, *id) : std::nullopt;
  if (!session) return core::bad_credentials();
  tx.act_as(session->user.text());
  end_session(tx, *session, SessionEnd::logout);
  return SignedOut{session->id, true};
}

}  // namespace identity
