#pragma once
#include <string_view>

#include "core/log_routes.h"
#include "modules/identity/identity.h"

// What module.cpp declares, for the files of this module alone.
namespace identity {

inline constexpr core::EventKind token_created{"token.created", 1, "A machine got a token."};
inline constexpr core::EventKind token_revoked{"token.revoked", 1, "A token was ended."};
inline constexpr std::string_view owner_role = "owner";

base::Result<> found_roles(core::Tx&, const core::Actor&);
base::Result<> check_role(core::Tx&, const core::Actor&, const void* before, void* after);
base::Result<> check_user(core::Tx&, const core::Actor&, const void* before, void* after);

base::Result<NewToken> create_token(core::Tx&, const core::Actor&, const CreateToken&);
base::Result<Token> revoke_token(core::Tx&, const core::Actor&, const core::ById&);

// A mail address as it is compared: ASCII letters in lower case.
std::string folded(std::string_view email);

std::optional<core::Actor> authenticate(core::View&, std::string_view token);
void note_use(core::Tx&, const std::map<std::string, base::Instant>&);
std::string actor_name(core::View&, std::string_view actor);

struct PermissionEntry {
  std::string name, summary;
};
RECORD(PermissionEntry, name, summary)
struct PermissionList {
  std::vector<PermissionEntry> data;
  std::optional<std::string> next_cursor;
};
RECORD(PermissionList, data, next_cursor)
base::Result<PermissionList> list_permissions(core::View&, const core::Actor&, const core::Nothing&);

struct MyTenant {
  core::TenantId id;
  std::string slug, name;
};
RECORD(MyTenant, id, slug, name)
struct Me {
  std::string id, kind, name;
  std::optional<std::string> role, location;
  std::vector<std::string> permissions;
  MyTenant tenant;
};
RECORD(Me, id, kind, name, role, location, permissions, tenant)
base::Result<Me> who_am_i(core::View&, const core::Actor&, const core::Nothing&);

// The permissions that a role's list grants, sorted; {"*"} stays. Names that no module declares grant nothing.
std::vector<std::string> expand(const std::vector<base::Text<1, 80>>& granted);
// Does the name or pattern stand for any permission that there is?
bool known_permission(std::string_view name_or_pattern);
// May this actor hand out that role? beyond_rights otherwise.
base::Result<> may_grant(const core::Actor&, const std::vector<std::string>& permissions);
// The role of that name; unknown_role with the pointer otherwise.
base::Result<const Credentials::Granted*> role_named(const Credentials&, const RoleName&);
base::Result<> check_location(core::Tx&, const std::optional<settings::LocationId>&);

}  // namespace identity
