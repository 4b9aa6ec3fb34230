#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/actor.h"

namespace kit {

// Somebody with these permissions; {"*"} may do everything.
inline core::Actor actor(std::vector<std::string> permissions, std::string id = "usr_01jqm3vh6e7s8v3jq0a1b2c3d4",
                         std::string location = {}) {
  std::ranges::sort(permissions);
  return {std::move(id), std::make_shared<const std::vector<std::string>>(std::move(permissions)), std::move(location)};
}
inline core::Actor owner() { return actor({"*"}); }

// What comes beside the input of a command.
struct With {
  core::Actor actor = owner();
  std::string key = {};                       // Idempotency-Key
  std::optional<std::int64_t> if_match = {};  // version
  std::string peer = {};                      // address
};

}  // namespace kit
