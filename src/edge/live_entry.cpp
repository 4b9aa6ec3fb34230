#include "edge/live_entry.h"

namespace edge {

std::shared_ptr<const std::string> Entry::joined(Made& made, std::int64_t prev) {
  auto& parts = made.parts;
  if (parts.use == Parts::Use::none) return nullptr;
  if (parts.use == Parts::Use::whole) {
    if (!made.last) made.last = std::make_shared<const std::string>(std::move(parts.before));
    return made.last;
  }
  if (!made.last || made.prev != prev) {
    const auto number = std::to_string(prev);
    std::string text;
    text.reserve(parts.before.size() + number.size() + parts.after.size());
    text.append(parts.before).append(number).append(parts.after);
    made.last = std::make_shared<const std::string>(std::move(text));
    made.prev = prev;
  }
  return made.last;
}

std::vector<EntryPtr> Entries::of(std::int64_t tenant, std::span<const core::EventPtr> events) {
  std::vector<EntryPtr> out;
  out.reserve(events.size());
  std::scoped_lock lock(mutex_);
  for (auto& event : events) {
    const Key key{tenant, event->seq};
    auto [at, fresh] = entries_.try_emplace(key);
    // Another object for a known number: its personal part was erased meanwhile, so nothing made of the old one may be used.
    if (fresh || at->second->pointer() != event) at->second = std::make_shared<Entry>(event);
    if (fresh) order_.push_back(key);
    out.push_back(at->second);
  }
  while (order_.size() > most_) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return out;
}

void Entries::forget(std::int64_t tenant) {
  std::scoped_lock lock(mutex_);
  std::erase_if(order_, [&](const Key& key) { return key.tenant == tenant; });
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.tenant == tenant; });
}

}  // namespace edge
