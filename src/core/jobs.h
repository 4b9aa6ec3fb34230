#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
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
  void start();                               // until then only tick() claims
  void wake(const std::shared_ptr<Tenant>&);  // something was enqueued, or may be due
  void tick();                                // claims what has become due
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Claimed {
    std::shared_ptr<Tenant> tenant;
    const JobKind* kind;
    JobRun run;
    Clock::time_point at;
  };
  struct Waiting {  // what is known of a tenant without asking the database
    std::shared_ptr<Tenant> tenant;
    std::optional<Instant> due = Instant{};  // none: nothing waits
    bool claiming = false, woken = false;
  };
  void pump();  // claims for tenants in turn
  void pump_if_started();
  void claim(const std::shared_ptr<Tenant>&, std::int64_t most);
  void loop();
  void work(const Claimed&);
  void settle(Group&, Tenant&, const Claimed&, const base::Result<std::string>& outcome) const;
  void put_back(Tx&, const Claimed&, std::string_view state, const std::string& error) const;
  const JobKind* kind_of(std::string_view name) const;

  Daybook& daybook_;
  const Registry& registry_;
  std::string kinds_;  // ",a,b,": what this program can do
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Claimed> queue_;
  std::map<std::int64_t, Waiting> waiting_;
  std::int64_t last_ = 0;  // the tenant that was asked last: they take turns
  bool started_ = false, stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace core
