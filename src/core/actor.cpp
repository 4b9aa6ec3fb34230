#include "core/actor.h"

#include <algorithm>

namespace core {

bool Actor::may(std::string_view permission) const {
  if (permission.empty()) return true;
  if (!permissions) return false;
  if (permissions->size() == 1 && permissions->front() == "*") return true;
  return std::ranges::binary_search(*permissions, permission, std::less<>{});
}

Actor Actor::system(std::string_view name) {
  static const auto everything = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"*"});
  return {.id = "system/" + std::string(name), .permissions = everything};
}

Actor Actor::stranger() { return {.id = "stranger", .permissions = nullptr}; }

std::string_view actor_kind(std::string_view id) {
  if (id.starts_with("usr_")) return "user";
  if (id.starts_with("tok_")) return "token";
  if (id.starts_with("key_")) return "key";
  if (id.starts_with("dev_")) return "device";
  if (id == "stranger") return "stranger";
  return "system";
}

}  // namespace core
