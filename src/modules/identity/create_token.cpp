#include "base/crypto.h"
#include "modules/identity/declared.h"

namespace identity {

base::Result<NewToken> create_token(core::Tx& tx, const core::Actor& actor, const CreateToken& input) {
  TRY(may_grant(actor, *TRY(role_named(tx.cached<Credentials>(credentials), input.role))->permissions));
  TRY(check_location(tx, input.location));
  NewToken made{.token = "dbt_" + tx.tenant_state().slug + '.' + base::base64url(base::random_bytes(32)),
                .id = tx.fresh<TokenId>()};
  if (input.ttl_seconds) made.expires_at = tx.now() + std::chrono::seconds(*input.ttl_seconds);
  const auto hash = base::sha256(made.token);
  const Token token{.id = made.id,
                    .name = input.name,
                    .role = input.role,
                    .location = input.location,
                    .expires_at = made.expires_at,
                    .hash = base::Bytes(std::string(base::as_text(hash))),
                    .version = 1,
                    .created_at = tx.now(),
                    .updated_at = tx.now()};
  tx.insert("identity_token", token);
  tx.emit(token_created, token);
  return made;
}

}  // namespace identity
