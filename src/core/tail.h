#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/tenant.h"

namespace core {

// The newest events of each tenant, in memory: what sockets, streams and readers that keep up read instead of the database.
class Tail {
 public:
  explicit Tail(std::size_t bytes_per_tenant = 4 * 1024 * 1024) : limit_(bytes_per_tenant) {}
  void push(const Tenant&, const std::vector<EventPtr>&);
  // Events with seq > after, at most `limit`; nothing when the tail does not reach back that far (read the database).
  std::optional<std::vector<EventPtr>> read(const Tenant&, std::int64_t after, std::size_t limit) const;
  void forget(const Tenant&);  // after an erasure: nothing old stays in memory
  struct Size {
    std::size_t events = 0, bytes = 0;
  };
  Size size() const;  // of all tenants

 private:
  struct Ring {
    std::deque<EventPtr> events;
    std::size_t bytes = 0;
  };
  std::size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<std::int64_t, Ring> rings_;
};

}  // namespace core
