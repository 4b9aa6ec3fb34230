#include "modules/identity/declared.h"

namespace identity {

// The row stays, so that the log can still name who acted.
base::Result<Token> revoke_token(core::Tx& tx, const core::Actor&, const core::ById& input) {
  const auto before = tx.maybe<Token>("SELECT {} FROM identity_token WHERE tenant = $t AND id = $1", input.id);
  if (!before) return core::not_found("No token " + input.id + ".");
  TRY(tx.match(before->version));
  if (before->revoked) return *before;
  auto after = *before;
  after.revoked = true;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("identity_token", after);
  tx.emit(token_revoked, *before, after);
  return after;
}

}  // namespace identity
