#include "base/address.h"
#include "base/password.h"
#include "base/text.h"
#include "modules/identity/declared.h"
#include "modules/identity/second_factor.h"
#include "modules/identity/secrets.h"
#include "modules/identity/signing_in.h"
#include "modules/identity/tokens.h"

namespace identity {

namespace {

const User* person_at(const Credentials& known, std::string_view email) {
  const auto at = known.by_email.find(folded(email));
  return at == known.by_email.end() ? nullptr : &known.users[at->second];
}

}  // namespace

Attempts attempts_at(const core::Tenant& tenant, const core::Request& request, std::string_view email, const User* user) {
  return {tenant, Attempts::Way::password, folded(email), base::network_of(request.peer),
          user ? std::optional(user->id) : std::nullopt};
}

std::string password_hash(db::Snapshot& s, const User& user) {
  const auto secret = secret_of(s, user.id);
  return secret ? secret->password.value_or("") : "";
}

// Somebody who is not there, has no password or has left costs the same as anybody else, and is answered the same.
base::Result<CheckedPassword> check_login(const core::Preparing& preparing, const Login& input) {
  CheckedPassword checked;
  if (preparing.tenant) {
    base::Result<> open;
    preparing.look([&](core::View& view) {
      const auto* user = person_at(view.cached<Credentials>(credentials), input.email);
      open = attempts_at(*preparing.tenant, preparing.request, input.email, user).open(view, view.now());
      checked.hash = password_hash(view, user ? *user : User{});  // the same reads for nobody
    });
    TRY(open);
  }
  const auto password = normal_password(input.password);
  const auto& nobody = nobodys_hash();  // made at the first call, whoever it asks for
  const bool somebody = !checked.hash.empty();
  checked.right = base::password_matches(somebody ? checked.hash : nobody, password) && somebody;
  if (!preparing.tenant) return core::bad_credentials();
  if (checked.right && base::wants_rehash(checked.hash)) checked.better = base::hash_password(password);
  return checked;
}

base::Result<SignedIn> login(core::Tx& tx, const core::Actor&, const Login& input) {
  const auto& checked = *tx.prepared<CheckedPassword>();
  const auto* user = person_at(tx.cached<Credentials>(credentials), input.email);
  const auto attempts = attempts_at(tx.tenant_state(), tx.request(), input.email, user);
  TRY(attempts.open(tx, tx.now()));  // it may have been closed while the password was compared
  // What was compared is what is there now: a password that was changed meanwhile lets nobody in.
  if (!user || !user->active || !checked.right || password_hash(tx, *user) != checked.hash) {
    attempts.failed(tx);
    return tx.keep(core::bad_credentials.problem());
  }
  if (user->two_factor) {
    if (!input.totp) return totp_required();  // not counted: the password was right
    if (!use_code(tx, user->id, *input.totp)) {
      attempts.failed(tx);
      return tx.keep(core::bad_credentials.problem());
    }
  }
  attempts.succeeded(tx);
  if (checked.better) store_password(tx, user->id, *checked.better);
  tx.act_as(user->id.text());
  return tokens_of(tx, start_session(tx, user->id, SignInMethod::password, std::nullopt), *user);
}

}  // namespace identity
