#include "core/cache.h"

#include <algorithm>

namespace core {

bool CacheKind::touched_by(std::string_view event_type) const {
  return std::ranges::any_of(events, [&](std::string_view prefix) { return event_type.starts_with(prefix); });
}

std::shared_ptr<const void> Cache::find(const CacheKind& kind, std::int64_t seq) const {
  std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(&kind);
  if (slot == slots_.end()) return nullptr;
  const auto& [entry, stamp] = slot->second;
  // Exact from the last event that touched it; a snapshot older than that event must load its own.
  return entry.value && entry.loaded_at >= stamp && seq >= stamp ? entry.value : nullptr;
}

std::int64_t Cache::stamp(const CacheKind& kind) const {
  std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(&kind);
  return slot == slots_.end() ? 0 : slot->second.stamp;
}

void Cache::publish(const CacheKind& kind, Entry entry) {
  std::scoped_lock lock(mutex_);
  auto& slot = slots_[&kind];
  if (entry.loaded_at >= slot.stamp && entry.loaded_at > slot.entry.loaded_at) slot.entry = std::move(entry);
}

void Cache::touch(const CacheKind& kind, std::int64_t seq) {
  std::scoped_lock lock(mutex_);
  auto& slot = slots_[&kind];
  slot.stamp = std::max(slot.stamp, seq);
}

void Cache::clear() {
  std::scoped_lock lock(mutex_);
  for (auto& [kind, slot] : slots_) slot.entry = {};
}

}  // namespace core
