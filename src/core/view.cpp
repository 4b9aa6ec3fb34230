#include "core/view.h"

namespace core {

const void* View::cached_value(const CacheKind& kind) {
  auto& cache = tenant_state_.cache;
  // A snapshot taken between a commit and its announcement is newer than what the cache has heard of.
  const bool announced = tenant_state_.head().seq >= seen_;
  auto value = announced ? cache.find(kind, seen_) : nullptr;
  if (!value) {
    value = kind.load(*this);
    if (announced) cache.publish(kind, {value, seen_});  // kept only if no later event has touched it
  }
  held_.push_back(value);
  return value.get();
}

}  // namespace core
