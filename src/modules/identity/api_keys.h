#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/log_routes.h"
#include "modules/identity/identity.h"

// Keys of other programs: named, with scopes of their own, shown once, rotated with an overlap. A key never may more than
// whoever made it may at that moment; it makes no keys itself, so that a stolen one ends with its revocation.
namespace identity {

using ApiKeyId = base::Id<"key">;
using Scope = base::Text<1, 80>;  // "orders:read", "orders:*": a permission, or a pattern of them
inline constexpr std::string_view api_key_prefix = "dbk_";

struct ApiKey {
  ApiKeyId id;
  base::Text<1, 100> name;
  base::List<Scope, 1, 100> scopes;
  std::string maker;  // an actor's id
  std::optional<base::Instant> expires_at;
  bool revoked = false;
  std::optional<base::Instant> overlap_until;  // for so long the text of before the last rotation is good
  base::Bytes hash;
  std::optional<base::Bytes> former_hash;
  std::optional<base::Instant> last_used;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
};
RECORD(ApiKey, id, name, scopes, maker, expires_at, revoked, overlap_until, hash, former_hash, last_used, version, created_at,
       updated_at)

inline constexpr core::EventKind api_key_created{"api_key.created", 1, "A program got a key."};
inline constexpr core::EventKind api_key_rotated{"api_key.rotated", 1, "A program got another text for its key."};
inline constexpr core::EventKind api_key_revoked{"api_key.revoked", 1, "A key was ended."};
inline constexpr base::ProblemKind key_revoked{"identity.key_revoked", 409, "This key was ended."};
inline constexpr base::ProblemKind keys_of_keys{"identity.keys_of_keys", 403, "A key makes no keys: sign in for that."};
inline constexpr base::ProblemKind in_the_past{"identity.in_the_past", 422, "This moment is over."};

struct CreateApiKey {
  base::Text<1, 100> name;
  base::List<Scope, 1, 100> scopes;
  std::optional<base::Instant> expires_at;
};
RECORD(CreateApiKey, name, scopes, expires_at)
struct RotateApiKey {
  ApiKeyId id;
  base::Count<0, 30 * 86'400> overlap_seconds = 0;
};
RECORD(RotateApiKey, id, overlap_seconds)
// What is shown of a key; `key` once.
struct ShownApiKey {
  ApiKeyId id;
  std::optional<std::string> key;
  std::string name;
  std::vector<Scope> scopes;
  std::string maker;
  std::optional<base::Instant> expires_at, overlap_until, last_used;
  bool revoked = false;
  std::int64_t version = 0;
  base::Instant created_at{};
};
RECORD(ShownApiKey, id, key, name, scopes, maker, expires_at, overlap_until, last_used, revoked, version, created_at)
struct ApiKeyList {
  std::vector<ShownApiKey> data;
  std::optional<std::string> next_cursor;
};
RECORD(ApiKeyList, data, next_cursor)

base::Result<ShownApiKey> create_api_key(core::Tx&, const core::Actor&, const CreateApiKey&);
base::Result<ShownApiKey> rotate_api_key(core::Tx&, const core::Actor&, const RotateApiKey&);
base::Result<ApiKey> revoke_api_key(core::Tx&, const core::Actor&, const core::ById&);
base::Result<ApiKeyList> list_api_keys(core::View&, const core::Actor&, const core::Nothing&);
base::Result<ShownApiKey> get_api_key(core::View&, const core::Actor&, const core::ById&);

// Adds the keys to what credentials() knows: people, roles and tokens are there already.
void add_api_keys(db::Snapshot&, Credentials&);

}  // namespace identity
