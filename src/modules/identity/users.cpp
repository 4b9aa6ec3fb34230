#include <algorithm>

#include "modules/identity/declared.h"
#include "modules/identity/secrets.h"
#include "modules/identity/sessions.h"

namespace identity {

// Mail addresses are compared without regard to the case of ASCII letters, as mail servers do in practice.
std::string folded(std::string_view email) {
  std::string out(email);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

namespace {

bool owns(const User& user) { return user.active && user.role == owner_role; }

base::Result<> check_email(const Credentials& known, const User& user) {
  if (!user.email) return {};
  const auto at = user.email->find('@');
  if (at == 0 || at == user.email->npos || at + 1 == user.email->size() ||
      user.email->find_first_of(" \t\r\n") != user.email->npos)
    return std::unexpected(reflect::invalid.problem().at("/email", "format", "A mail address such as ada@example.com."));
  for (auto& other : known.users)
    if (other.id != user.id && other.email && folded(*other.email) == folded(*user.email))
      return std::unexpected(email_taken.problem().at("/email", "taken", "Another person has this address."));
  return {};
}

}  // namespace

base::Result<> check_user(core::Tx& tx, const core::Actor& actor, const void* before, void* after) {
  const auto& known = tx.cached<Credentials>(credentials);
  const auto *was = static_cast<const User*>(before), *user = static_cast<const User*>(after);
  if (was && owns(*was) && !(user && owns(*user)) &&
      std::ranges::none_of(known.users, [&](auto& other) { return other.id != was->id && owns(other); }))
    return last_owner("Make somebody else an owner first.");
  // Taking a right away is as far-reaching as giving it.
  if (was)
    if (const auto role = known.roles.find(was->role); role != known.roles.end())
      TRY(may_grant(actor, *role->second.permissions));
  if (!user) {
    forget_secrets(tx, was->id);
    end_sessions(tx, was->id, SessionEnd::deactivated);
    return {};
  }
  TRY(check_email(known, *user));
  TRY(check_location(tx, user->location));
  TRY(may_grant(actor, *TRY(role_named(known, user->role))->permissions));
  return set_secrets(tx, actor, was, *static_cast<User*>(after));
}

}  // namespace identity
