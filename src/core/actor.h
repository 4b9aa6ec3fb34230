#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace core {

// Who asks, resolved once by the pipeline. A command never looks up a credential.
struct Actor {
  std::string id;                                               // "usr_…", "tok_…", "system/<reader or schedule>"
  std::shared_ptr<const std::vector<std::string>> permissions;  // sorted; "*" alone: all of them
  std::string location = {};                                    // the actor's own location, "" when none
  std::string session = {};                                     // "ses_…" of a person who has signed in, else ""
  std::optional<base::Instant> good_until = {};                 // the end of its credential; none: ask again soon
  // The one place where a permission is decided.
  bool may(std::string_view permission) const;
  static Actor system(std::string_view name);
  static Actor stranger();  // who shows no credential yet: may do what needs no permission
};
std::string_view actor_kind(std::string_view actor_id);  // "user", "token", "key", "device", "stranger", "system"

}  // namespace core
