#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/registry.h"
#include "core/writer.h"

namespace core {

class Daybook;

// The program's calendar: runs the schedules of every tenant when they are due, and gives readers and jobs their ticks.
class Clockwork {
 public:
  Clockwork(Daybook&, const Registry&);
  ~Clockwork();
  void start();
  void stop();
  void wake(const Tenant&, const std::vector<EventPtr>&);  // events that may bring a schedule forward

 private:
  using Clock = std::chrono::steady_clock;
  struct Next {
    std::optional<Instant> due;
    bool known = false, running = false;
    int failures = 0;
    Clock::time_point not_before{};  // after a failure
  };
  struct Calendar {  // of one tenant; `next` as registry.schedules()
    std::shared_ptr<Tenant> tenant;
    std::vector<Next> next;
    bool unknown = true;  // some `next` has to be asked for
    std::optional<Instant> soonest;
  };
  void loop();
  void beat();
  void look(Calendar&);  // asks what is not known, in one snapshot
  void run(const std::shared_ptr<Tenant>&, std::size_t schedule);
  void ended(std::int64_t tenant, std::size_t schedule, const base::Result<>& done);

  Daybook& daybook_;
  const Registry& registry_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::int64_t, Calendar> calendars_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace core
