#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/module.h"
#include "modules/settings/settings.h"

// Who may do what: people, roles, and the tokens that machines carry.
namespace identity {

using UserId = base::Id<"usr">;
using RoleId = base::Id<"rol">;
using TokenId = base::Id<"tok">;
using SessionId = base::Id<"ses">;
using DeviceId = base::Id<"dev">;
using RoleName = base::Text<1, 40>;  // lower-case letters, digits, '-', '_': "shift-lead"

// What a role grants: names of permissions, "orders.*" for all of a module, "*" for all.
struct Role {
  RoleId id;
  RoleName name;
  std::optional<base::Text<1, 200>> description;
  base::List<base::Text<1, 80>, 0, 200> permissions;
  bool builtin = false;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Role, id, name, description, permissions, builtin, version, created_at, updated_at, fingerprint)

struct User {
  UserId id;
  base::Text<1, 100> name;
  std::optional<base::Text<3, 254>> email;
  RoleName role;
  std::optional<settings::LocationId> location;
  bool active = true;
  std::optional<base::Text<10, 200>> password;  // in an input alone
  std::optional<base::Text<4, 8>> pin;
  std::optional<base::Instant> password_set_at, pin_set_at;
  bool two_factor = false;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(User, id, name, email, role, location, active, password, pin, password_set_at, pin_set_at, two_factor, version,
       created_at, updated_at, fingerprint)

// A machine's credential. Only the SHA-256 of its text is kept.
struct Token {
  TokenId id;
  base::Text<1, 100> name;
  RoleName role;
  std::optional<settings::LocationId> location;
  std::optional<base::Instant> expires_at;
  bool revoked = false;
  base::Bytes hash;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
};
RECORD(Token, id, name, role, location, expires_at, revoked, hash, version, created_at, updated_at)

struct CreateToken {
  RoleName role;
  base::Text<1, 100> name = "token";
  std::optional<settings::LocationId> location;
  std::optional<base::Count<1, 315'360'000>> ttl_seconds;
};
RECORD(CreateToken, role, name, location, ttl_seconds)
// The only time that its text is seen: "dbt_<slug>." and 43 characters.
struct NewToken {
  std::string token;
  TokenId id;
  std::optional<base::Instant> expires_at;
};
RECORD(NewToken, token, id, expires_at)

inline constexpr base::ProblemKind role_taken{"identity.role_taken", 409, "There is already a role of that name."};
inline constexpr base::ProblemKind bad_role_name{"identity.role_name", 422,
                                                 "A role's name has lower-case letters, digits, hyphens and underscores."};
inline constexpr base::ProblemKind unknown_role{"identity.unknown_role", 422, "There is no such role."};
inline constexpr base::ProblemKind unknown_permission{"identity.unknown_permission", 422, "There is no such permission."};
inline constexpr base::ProblemKind builtin_role{"identity.builtin_role", 409,
                                                "A built-in role stays; the owner's stays as it is."};
inline constexpr base::ProblemKind role_in_use{"identity.role_in_use", 409, "Somebody has this role."};
inline constexpr base::ProblemKind email_taken{"identity.email_taken", 409, "Somebody has this mail address already."};
inline constexpr base::ProblemKind last_owner{"identity.last_owner", 409, "A business that has owners keeps at least one."};
inline constexpr base::ProblemKind beyond_rights{"identity.beyond_rights", 403, "Nobody grants more than they have."};

// All permissions there are, which roles choose from. Called once at the start, before the first request.
void set_permissions(std::vector<core::Permission>);

// Everything about rights in memory: `view.cached<identity::Credentials>(identity::credentials)`.
struct Credentials {
  struct Machine {
    core::Actor actor;
    std::optional<base::Instant> expires_at;
  };
  std::unordered_set<std::string> live_tokens;         // ids
  std::unordered_map<std::string, Machine> machines;   // by SHA-256 of the token's text; revoked ones left out
  std::unordered_map<std::string, std::string> names;  // of users and tokens, by id
  std::unordered_map<std::string, RoleName> role_of;   // of users and tokens, by id
  struct Granted {
    Role role;
    std::shared_ptr<const std::vector<std::string>> permissions;  // expanded, sorted; {"*"} stays
  };
  std::unordered_map<std::string, Granted> roles;  // by name
  std::vector<User> users;
  std::unordered_map<UserId, std::size_t> by_id;          // places in users
  std::unordered_map<std::string, std::size_t> by_email;  // folded
  const User* person(const UserId& id) const {
    const auto at = by_id.find(id);
    return at == by_id.end() ? nullptr : &users[at->second];
  }
};
extern const core::CacheKind credentials;

extern const core::Module module;

}  // namespace identity
