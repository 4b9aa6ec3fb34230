#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "modules/identity/identity.h"

// The texts that stand for a session. They carry what they say, under a keyed fingerprint whose key lies outside the database:
// checking one reads no row. Both are of one history: a restored backup knows no sessions that ended after it, so none of
// before goes on.
namespace identity {

inline constexpr std::string_view access_prefix = "dba_", refresh_prefix = "dbr_";
inline constexpr std::chrono::minutes access_time{15};

struct AccessClaims {
  SessionId session;
  UserId user;
  base::Instant expires_at{};  // whole seconds
};
// "dba_<slug>." and 80 characters.
std::string print_access(const core::Tenant&, std::string_view epoch, const AccessClaims&);
// What an access token says; none for anything that this installation has not made for this business and history. That it has
// expired, or its session ended, is the caller's to ask.
std::optional<AccessClaims> read_access(const core::Tenant&, std::string_view epoch, std::string_view token);

struct RefreshClaims {
  SessionId session;
  std::int64_t generation = 0;
};
// "dbr_<slug>." and 80 characters: the same for the same claims, so that it need not be stored to be given twice.
std::string print_refresh(const core::Tenant&, std::string_view epoch, const RefreshClaims&);
std::optional<RefreshClaims> read_refresh(const core::Tenant&, std::string_view epoch, std::string_view token);

}  // namespace identity
