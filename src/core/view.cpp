#include "core/view.h"

namespace core {

const void* View::cached_value(const CacheKind& kind) {
  auto& cache = tenant_state_.cache;
  auto value = cache.find(kind, position_.seq);
  if (!value) {
    value = kind.load(*this);
    cache.publish(kind, {value, position_.seq});  // kept only if no later event has touched it
  }
  held_.push_back(value);
  return value.get();
}

}  // namespace core
