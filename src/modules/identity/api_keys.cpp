#include "modules/identity/api_keys.h"

#include <algorithm>

#include "base/crypto.h"
#include "modules/identity/declared.h"

namespace identity {

namespace {

// "orders:read" -> "orders.read": as the permission is called.
base::Text<1, 80> permission_of(const Scope& scope) {
  base::Text<1, 80> name = scope;
  std::ranges::replace(name, ':', '.');
  return name;
}
std::vector<std::string> rights_of(const std::vector<Scope>& scopes) {
  std::vector<base::Text<1, 80>> names;
  for (auto& scope : scopes) names.push_back(permission_of(scope));
  return expand(names);
}

std::string fresh_text(core::Tx& tx) {
  return std::string(api_key_prefix) + tx.tenant_state().slug + '.' + base::base64url(base::random_bytes(32));
}
base::Bytes hash_of(std::string_view text) { return base::Bytes(std::string(base::as_text(base::sha256(text)))); }

ShownApiKey shown(const ApiKey& key, std::optional<std::string> text = {}) {
  return {key.id,        std::move(text), key.name,    key.scopes,    key.maker, key.expires_at, key.overlap_until,
          key.last_used, key.revoked,     key.version, key.created_at};
}

std::optional<ApiKey> find(db::Snapshot& s, std::string_view id) {
  const std::string wanted(id);
  return s.maybe<ApiKey>("SELECT {} FROM identity_api_key WHERE tenant = $t AND id = $1", wanted);
}
std::unexpected<base::Problem> missing(std::string_view id) { return core::not_found("No key " + std::string(id) + "."); }

base::Result<> check_scopes(const core::Actor& actor, const std::vector<Scope>& scopes) {
  auto problem = unknown_permission.problem("GET /permissions lists them; a scope is written orders:read.");
  for (std::size_t i = 0; i < scopes.size(); ++i)
    if (!known_permission(permission_of(scopes[i])))
      problem.errors.push_back(
          {"/scopes/" + std::to_string(i), "unknown", "There is no permission " + permission_of(scopes[i]) + "."});
  if (!problem.errors.empty()) return std::unexpected(std::move(problem));
  return may_grant(actor, rights_of(scopes));
}

// The scopes, as far as the maker has these rights now. The command line's has them all.
core::Actor actor_of(const ApiKey& key, const Credentials& known) {
  const auto rights = rights_of(key.scopes);
  core::Actor maker = core::Actor::system("maker");
  if (!key.maker.starts_with("system/")) {
    maker.permissions = nullptr;
    const auto user = UserId::parse(key.maker);
    const auto* person = user ? known.person(*user) : nullptr;
    const bool works = person ? person->active : known.live_tokens.contains(key.maker);
    const auto role = known.role_of.find(key.maker);
    if (works && role != known.role_of.end())
      if (const auto granted = known.roles.find(role->second); granted != known.roles.end())
        maker.permissions = granted->second.permissions;
  }
  std::vector<std::string> both;
  if (rights.size() == 1 && rights.front() == "*") {
    if (maker.permissions) both = *maker.permissions;
  } else {
    std::ranges::copy_if(rights, std::back_inserter(both), [&](auto& name) { return maker.may(name); });
  }
  return {.id = key.id.text(), .permissions = std::make_shared<const std::vector<std::string>>(std::move(both))};
}

}  // namespace

void add_api_keys(db::Snapshot& s, Credentials& known) {
  for (auto& key : s.all<ApiKey>("SELECT {} FROM identity_api_key WHERE tenant = $t")) {
    known.names.emplace(key.id.text(), key.name);
    if (key.revoked) continue;
    const auto actor = actor_of(key, known);
    known.machines.emplace(key.hash, Credentials::Machine{actor, key.expires_at});
    if (!key.former_hash || !key.overlap_until) continue;
    const auto until = key.expires_at ? std::min(*key.overlap_until, *key.expires_at) : *key.overlap_until;
    known.machines.emplace(*key.former_hash, Credentials::Machine{actor, until});
  }
}

base::Result<ShownApiKey> create_api_key(core::Tx& tx, const core::Actor& actor, const CreateApiKey& input) {
  if (core::actor_kind(actor.id) == "key") return keys_of_keys();
  TRY(check_scopes(actor, input.scopes));
  if (input.expires_at && *input.expires_at <= tx.now())
    return std::unexpected(in_the_past.problem().at("/expires_at", "range", "Must be in the future."));
  const auto text = fresh_text(tx);
  const ApiKey key{.id = tx.fresh<ApiKeyId>(),
                   .name = input.name,
                   .scopes = input.scopes,
                   .maker = actor.id,
                   .expires_at = input.expires_at,
                   .hash = hash_of(text),
                   .version = 1,
                   .created_at = tx.now(),
                   .updated_at = tx.now()};
  tx.insert("identity_api_key", key);
  tx.emit(api_key_created, key);
  return shown(key, text);
}

base::Result<ShownApiKey> rotate_api_key(core::Tx& tx, const core::Actor& actor, const RotateApiKey& input) {
  if (core::actor_kind(actor.id) == "key") return keys_of_keys();
  const auto before = find(tx, input.id.text());
  if (!before) return missing(input.id.text());
  TRY(may_grant(actor, rights_of(before->scopes)));
  if (before->revoked) return key_revoked();
  const auto text = fresh_text(tx);
  auto after = *before;
  after.former_hash = before->hash;
  after.hash = hash_of(text);
  after.overlap_until = tx.now() + std::chrono::seconds(input.overlap_seconds);
  ++after.version;
  after.updated_at = tx.now();
  tx.update("identity_api_key", after);
  tx.emit(api_key_rotated, *before, after);
  return shown(after, text);
}

base::Result<ApiKey> revoke_api_key(core::Tx& tx, const core::Actor&, const core::ById& input) {
  const auto before = find(tx, input.id);
  if (!before) return missing(input.id);
  if (before->revoked) return *before;
  auto after = *before;
  after.revoked = true;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("identity_api_key", after);
  tx.emit(api_key_revoked, *before, after);
  return after;
}

base::Result<ApiKeyList> list_api_keys(core::View& view, const core::Actor&, const core::Nothing&) {
  ApiKeyList list;
  for (auto& key : view.all<ApiKey>("SELECT {} FROM identity_api_key WHERE tenant = $t ORDER BY id"))
    list.data.push_back(shown(key));
  return list;
}

base::Result<ShownApiKey> get_api_key(core::View& view, const core::Actor&, const core::ById& input) {
  const auto key = find(view, input.id);
  if (!key) return missing(input.id);
  return shown(*key);
}

}  // namespace identity
