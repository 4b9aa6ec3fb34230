#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "db/tx.h"

// Values derived from a tenant's tables that many commands need (the menu, the rights, the settings), kept in memory and
// exact: an event of a declared type makes the value stale, and the next user reloads it inside its own transaction. So
// nobody sells at yesterday's price, and a command that changes the menu sees its own change.
namespace core {

struct CacheKind {
  std::string_view name;
  std::vector<std::string_view> events;  // prefixes: "item.", "tax."
  std::shared_ptr<const void> (*load)(db::Snapshot&);
  bool touched_by(std::string_view event_type) const;
};
template <class T, T (*Load)(db::Snapshot&)>
CacheKind cache_kind(std::string_view name, std::vector<std::string_view> events) {
  return {name, std::move(events),
          [](db::Snapshot& s) -> std::shared_ptr<const void> { return std::make_shared<const T>(Load(s)); }};
}

// One tenant's loaded values. An entry is exact for every seq from `stamp` (the last event that touched it) on.
class Cache {
 public:
  struct Entry {
    std::shared_ptr<const void> value;
    std::int64_t loaded_at = -1;  // the seq whose state it shows
  };
  // The committed entry, when it is exact for a snapshot at `seq`.
  std::shared_ptr<const void> find(const CacheKind&, std::int64_t seq) const;
  std::int64_t stamp(const CacheKind&) const;
  void publish(const CacheKind&, Entry);
  void touch(const CacheKind&, std::int64_t seq);  // an event at seq has been committed
  void clear();                                    // after erasure, restore, a failed group

 private:
  struct Slot {
    Entry entry;
    std::int64_t stamp = 0;
  };
  mutable std::mutex mutex_;
  std::map<const CacheKind*, Slot> slots_;
};

}  // namespace core
