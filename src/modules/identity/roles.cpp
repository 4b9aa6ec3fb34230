#include <algorithm>

#include "modules/identity/declared.h"

namespace identity {

namespace {

struct Founded {
  std::string_view name, description;
  std::vector<std::string_view> permissions;
};
// What a business starts with. Patterns take in what later modules declare.
const std::vector<Founded>& founded() {
  static const std::vector<Founded> roles{
      {"owner", "Everything.", {"*"}},
      {"manager",
       "Runs the business from day to day.",
       {"orders.*", "kitchen.*", "catalog.*", "pricing.*", "settings.*", "identity.*", "daybook.read", "audit.read",
        "privacy.erase"}},
      {"staff",
       "Sells and serves.",
       {"orders.read", "orders.write", "kitchen.*", "catalog.read", "catalog.sold_out", "pricing.read", "settings.read",
        "daybook.read"}},
      {"kitchen",
       "Prepares.",
       {"orders.read", "kitchen.*", "catalog.read", "catalog.sold_out", "settings.read", "daybook.read"}},
      {"driver", "Delivers.", {"orders.read", "settings.read", "daybook.read"}},
      {"field", "Sells outside.", {"orders.read", "orders.write", "catalog.read", "pricing.read", "settings.read"}},
      {"accountant",
       "Reads the books.",
       {"orders.read", "catalog.read", "pricing.read", "settings.read", "daybook.read", "audit.read"}},
      {"viewer",
       "Looks, and changes nothing.",
       {"orders.read", "kitchen.read", "catalog.read", "pricing.read", "settings.read", "daybook.read"}}};
  return roles;
}

bool good_name(std::string_view name) { return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == name.npos; }

base::Result<> check_deletion(core::Tx& tx, const Role& role) {
  if (role.builtin) return builtin_role("The role " + role.name + " is one of those that every business has.");
  const auto& known = tx.cached<Credentials>(credentials);
  const auto has_it = [&](auto& of) { return of.role == role.name; };
  if (std::ranges::any_of(known.users, has_it)) return role_in_use("Give the people of this role another one first.");
  for (auto& token : known.live_tokens)
    if (known.role_of.at(token) == role.name) return role_in_use("Revoke the tokens of this role first.");
  return {};
}

}  // namespace

base::Result<> found_roles(core::Tx& tx, const core::Actor&) {
  static constexpr core::EventKind created{"role.created", 1, "There is a role."};
  for (auto& f : founded()) {
    Role role{.id = tx.fresh<RoleId>(),
              .name = f.name,
              .description = base::Text<1, 200>(f.description),
              .builtin = true,
              .version = 1,
              .created_at = tx.now(),
              .updated_at = tx.now()};
    role.permissions.assign(f.permissions.begin(), f.permissions.end());
    tx.insert("identity_role", role);
    tx.emit(created, role);
  }
  return {};
}

base::Result<> check_role(core::Tx& tx, const core::Actor& actor, const void* before, void* after) {
  const auto* was = static_cast<const Role*>(before);
  if (!after) return check_deletion(tx, *was);
  const auto& role = *static_cast<const Role*>(after);
  if (was && was->name == owner_role && role.permissions != was->permissions)
    return builtin_role("The owner may do everything.");
  if (!was) {
    if (!good_name(role.name)) return std::unexpected(bad_role_name.problem().at("/name", "format", "Such as shift-lead."));
    if (tx.cached<Credentials>(credentials).roles.contains(role.name))
      return role_taken("There is already a role " + role.name + ".");
  }
  auto problem = unknown_permission.problem("GET /permissions lists them.");
  for (std::size_t i = 0; i < role.permissions.size(); ++i)
    if (!known_permission(role.permissions[i]) &&
        (!was || std::ranges::find(was->permissions, role.permissions[i]) == was->permissions.end()))
      problem.errors.push_back(
          {"/permissions/" + std::to_string(i), "unknown", "There is no permission " + role.permissions[i] + "."});
  if (!problem.errors.empty()) return std::unexpected(std::move(problem));
  return may_grant(actor, expand(role.permissions));
}

}  // namespace identity
