#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/daybook.h"

namespace edge {

// When sessions and keys were last used: in memory, to the minute, and at most once a second in the database (KERNEL §1, "not
// events"). Losing the last second loses nothing that anybody relies on.
class LastUse {
 public:
  static constexpr std::chrono::seconds flush_time{1};
  explicit LastUse(core::Daybook&);
  // True when a flush must now be arranged: the caller calls flush() after flush_time.
  bool put(const std::shared_ptr<core::Tenant>&, const core::Actor&);
  void flush();

 private:
  struct OfTenant {
    std::shared_ptr<core::Tenant> tenant;
    std::map<std::string, core::Instant> told;   // by id: the last one that was, or is about to be, written
    std::map<std::string, core::Instant> fresh;  // to be written
  };
  core::Daybook& daybook_;
  void (*note_)(core::Tx&, const std::map<std::string, core::Instant>&) = nullptr;
  std::mutex mutex_;
  std::map<std::int64_t, OfTenant> tenants_;
  bool arranged_ = false;
};

}  // namespace edge
