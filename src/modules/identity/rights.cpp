#include <algorithm>

#include "base/crypto.h"
#include "modules/identity/api_keys.h"
#include "modules/identity/declared.h"
#include "modules/identity/devices.h"
#include "modules/identity/sessions.h"
#include "modules/identity/tokens.h"

// What roles grant, and who a token's bearer is. All of it comes from memory.
namespace identity {

namespace {

std::vector<core::Permission>& all_permissions() {
  static std::vector<core::Permission> all;
  return all;
}

// "orders.*" stands for every name that starts with "orders.".
bool stands_for(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with(".*")) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == "*" || pattern == name;
}

core::Actor actor_of(const Token& token, const Credentials& known) {
  core::Actor actor{.id = token.id.text(), .permissions = nullptr, .location = token.location ? token.location->text() : ""};
  if (const auto role = known.roles.find(token.role); role != known.roles.end()) actor.permissions = role->second.permissions;
  return actor;
}

core::Actor actor_of(const User& user, const Credentials& known, std::string session) {
  core::Actor actor{.id = user.id.text(), .permissions = nullptr, .location = user.location ? user.location->text() : ""};
  actor.session = std::move(session);
  if (const auto role = known.roles.find(user.role); role != known.roles.end()) actor.permissions = role->second.permissions;
  return actor;
}

Credentials load_credentials(db::Snapshot& s) {
  Credentials known;
  for (auto& role : s.all<Role>("SELECT {} FROM identity_role WHERE tenant = $t")) {
    auto permissions = std::make_shared<const std::vector<std::string>>(expand(role.permissions));
    const std::string name = role.name;
    known.roles.emplace(name, Credentials::Granted{std::move(role), std::move(permissions)});
  }
  known.users = s.all<User>("SELECT {} FROM identity_user WHERE tenant = $t ORDER BY id");
  for (std::size_t i = 0; i < known.users.size(); ++i) {
    const auto& user = known.users[i];
    known.by_id.emplace(user.id, i);
    if (user.email) known.by_email.emplace(folded(*user.email), i);
    known.names.emplace(user.id.text(), user.name);
    known.role_of.emplace(user.id.text(), user.role);
  }
  for (auto& token : s.all<Token>("SELECT {} FROM identity_token WHERE tenant = $t")) {
    known.names.emplace(token.id.text(), token.name);
    known.role_of.emplace(token.id.text(), token.role);
    if (token.revoked) continue;
    known.live_tokens.insert(token.id.text());
    known.machines.emplace(token.hash, Credentials::Machine{actor_of(token, known), token.expires_at});
  }
  add_api_keys(s, known);
  for (auto& device : s.all<Device>("SELECT {} FROM identity_device WHERE tenant = $t"))
    known.names.emplace(device.id.text(), device.name);
  return known;
}

}  // namespace

const core::CacheKind credentials = core::cache_kind<Credentials, &load_credentials>(
    "identity.credentials", {"role.", "user.", "token.", "api_key.", "device."});

void set_permissions(std::vector<core::Permission> permissions) {
  std::ranges::sort(permissions, {}, &core::Permission::name);
  all_permissions() = std::move(permissions);
}

std::vector<std::string> expand(const std::vector<base::Text<1, 80>>& granted) {
  if (std::ranges::find(granted, std::string("*")) != granted.end()) return {"*"};
  std::vector<std::string> names;
  for (auto& permission : all_permissions())
    if (std::ranges::any_of(granted, [&](auto& pattern) { return stands_for(pattern, permission.name); }))
      names.emplace_back(permission.name);
  return names;
}

bool known_permission(std::string_view pattern) {
  return pattern == "*" || std::ranges::any_of(all_permissions(), [&](auto& p) { return stands_for(pattern, p.name); });
}

base::Result<> may_grant(const core::Actor& actor, const std::vector<std::string>& permissions) {
  for (auto& name : permissions)
    if (!actor.may(name))
      return std::unexpected(beyond_rights.problem("You do not have " + name + " yourself.").with("permission", name));
  return {};
}

base::Result<const Credentials::Granted*> role_named(const Credentials& known, const RoleName& name) {
  if (const auto role = known.roles.find(name); role != known.roles.end()) return &role->second;
  return std::unexpected(unknown_role.problem().at("/role", "unknown", "There is no role " + name + "."));
}

base::Result<> check_location(core::Tx& tx, const std::optional<settings::LocationId>& location) {
  if (!location || tx.cached<settings::Places>(settings::places).find(*location)) return {};
  return std::unexpected(
      settings::unknown_location.problem().at("/location", "unknown", "There is no location " + location->text() + "."));
}

namespace {

std::optional<core::Actor> bearer_of_access(core::View& view, std::string_view token) {
  const auto claims = read_access(view.tenant_state(), view.position().epoch, token);
  // view.now() is never behind the log, so a clock that steps back brings nothing back that the business has seen the end of.
  if (!claims || claims->expires_at <= view.now()) return std::nullopt;
  if (view.cached<EndedSessions>(ended_sessions).ids.contains(claims->session)) return std::nullopt;
  const auto& known = view.cached<Credentials>(credentials);
  const auto* user = known.person(claims->user);
  if (!user || !user->active) return std::nullopt;
  auto actor = actor_of(*user, known, claims->session.text());
  actor.good_until = claims->expires_at;
  return actor;
}

}  // namespace

std::optional<core::Actor> authenticate(core::View& view, std::string_view token) {
  if (token.starts_with(access_prefix)) return bearer_of_access(view, token);
  if (!token.starts_with("dbt_") && !token.starts_with(api_key_prefix)) return std::nullopt;
  const auto& known = view.cached<Credentials>(credentials);
  const auto hash = base::sha256(token);
  const auto found = known.machines.find(std::string(base::as_text(hash)));
  if (found == known.machines.end()) return std::nullopt;
  if (found->second.expires_at && *found->second.expires_at <= view.now()) return std::nullopt;
  auto actor = found->second.actor;
  actor.good_until = found->second.expires_at.value_or(base::Instant::max());
  return actor;
}

void note_use(core::Tx& tx, const std::map<std::string, base::Instant>& used) {
  for (auto& [id, at] : used)
    if (id.starts_with("ses_"))
      tx.run("UPDATE identity_session SET last_used = greatest(last_used, $2) WHERE tenant = $t AND id = $1", id, at);
    else if (id.starts_with("key_"))
      tx.run("UPDATE identity_api_key SET last_used = $2 WHERE tenant = $t AND id = $1", id, at);
}

std::string actor_name(core::View& view, std::string_view actor) {
  const auto& names = view.cached<Credentials>(credentials).names;
  const auto found = names.find(std::string(actor));
  return found == names.end() ? std::string() : found->second;
}

base::Result<PermissionList> list_permissions(core::View&, const core::Actor&, const core::Nothing&) {
  PermissionList list;
  for (auto& p : all_permissions()) list.data.push_back({std::string(p.name), std::string(p.summary)});
  return list;
}

base::Result<Me> who_am_i(core::View& view, const core::Actor& actor, const core::Nothing&) {
  const auto& tenant = view.tenant_state();
  Me me{.id = actor.id,
        .kind = std::string(core::actor_kind(actor.id)),
        .name = identity::actor_name(view, actor.id),
        .tenant = {tenant.id, tenant.slug, tenant.name}};
  const auto& roles = view.cached<Credentials>(credentials).role_of;
  if (const auto role = roles.find(actor.id); role != roles.end()) me.role = role->second;
  if (!actor.location.empty()) me.location = actor.location;
  if (actor.permissions) me.permissions = *actor.permissions;
  return me;
}

}  // namespace identity
