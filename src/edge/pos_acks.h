#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/daybook.h"

namespace edge {

// How far each actor's terminal has acknowledged: in memory, and at most once a second in the database (KERNEL §1, "not
// events"). Losing the last second means that messages are sent again.
class Acks : public std::enable_shared_from_this<Acks> {
 public:
  explicit Acks(core::Daybook& daybook) : daybook_(daybook) {}
  // True when a flush must now be arranged: the caller calls flush() a second later.
  bool put(const std::shared_ptr<core::Tenant>&, std::string_view actor, core::Position);
  // The last one of this actor, none when there never was one. One row by key at most; throws db::Error.
  std::optional<core::Position> find(core::Tenant&, std::string_view actor);
  void flush();
  std::uint64_t flushed() const { return flushed_.load(); }

 private:
  struct Kept {
    core::Position position;
    std::uint64_t version = 0;
    bool dirty = true;
  };
  struct OfTenant {
    std::shared_ptr<core::Tenant> tenant;
    std::map<std::string, Kept, std::less<>> actors;
  };
  using Written = std::map<std::string, Kept, std::less<>>;
  void write(const std::shared_ptr<core::Tenant>&, Written);
  void written(std::int64_t tenant, const Written&, bool committed);

  core::Daybook& daybook_;
  std::mutex mutex_;
  std::map<std::int64_t, OfTenant> tenants_;
  std::uint64_t versions_ = 0;
  bool arranged_ = false;
  std::atomic<std::uint64_t> flushed_ = 0;
};

}  // namespace edge
