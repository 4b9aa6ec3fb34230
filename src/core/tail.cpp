#include "core/tail.h"

namespace core {

namespace {
std::size_t size_of(const Event& e) {
  return e.body.size() + e.changed.size() + (e.personal_body ? e.personal_body->size() : 0) + 400;
}
}  // namespace

void Tail::push(const Tenant& tenant, const std::vector<EventPtr>& events) {
  std::scoped_lock lock(mutex_);
  auto& ring = rings_[tenant.number];
  for (auto& e : events) {
    if (!ring.events.empty() && e->seq != ring.events.back()->seq + 1) ring = {};  // what is read here has no gap
    ring.bytes += size_of(*e);
    ring.events.push_back(e);
  }
  while (ring.bytes > limit_ && ring.events.size() > 1) {
    ring.bytes -= size_of(*ring.events.front());
    ring.events.pop_front();
  }
}

std::optional<std::vector<EventPtr>> Tail::read(const Tenant& tenant, std::int64_t after, std::size_t limit) const {
  std::scoped_lock lock(mutex_);
  const auto found = rings_.find(tenant.number);
  if (found == rings_.end() || found->second.events.empty()) return std::nullopt;
  const auto& events = found->second.events;
  const auto first = events.front()->seq;
  if (after + 1 < first) return std::nullopt;
  const auto start = static_cast<std::size_t>(after + 1 - first);
  std::vector<EventPtr> out;
  for (auto i = start; i < events.size() && out.size() < limit; ++i) out.push_back(events[i]);
  return out;
}

Tail::Size Tail::size() const {
  std::scoped_lock lock(mutex_);
  Size all;
  for (const auto& [tenant, ring] : rings_) {
    all.events += ring.events.size();
    all.bytes += ring.bytes;
  }
  return all;
}

void Tail::forget(const Tenant& tenant) {
  std::scoped_lock lock(mutex_);
  rings_.erase(tenant.number);
}

}  // namespace core
