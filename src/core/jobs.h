#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/registry.h"
#include "core/writer.h"

namespace core {

class Daybook;

// Work outside transactions (KERNEL, ARCHITECTURE §2): claim (a unit that leases due rows) → work on a thread of its own →
// settle (a unit). A crash in between only delays: the lease runs out and the job is claimed again, under the same key.
class Jobs {
 public:
  Jobs(Daybook&, const Registry&, std::size_t threads);
  ~Jobs();
  void wake(const std::shared_ptr<Tenant>&);   // something was enqueued, or may be due
  void tick();                                 // asks every tenant
  void stop();

 private:
  struct Claimed {
    std::shared_ptr<Tenant> tenant;
    const JobKind* kind;
    JobRun run;
  };
  void claim(const std::shared_ptr<Tenant>&);
  void loop();
  void work(const Claimed&);
  void settle(Group&, Tenant&, const Claimed&, const base::Result<std::string>& outcome) const;
  const JobKind* kind_of(std::string_view name) const;

  Daybook& daybook_;
  const Registry& registry_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Claimed> queue_;
  std::set<std::int64_t> claiming_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace core
