#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
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
  void wake(const Tenant&, const std::vector<EventPtr>&);   // events that may bring a schedule forward

 private:
  struct Key {
    std::int64_t tenant;
    const Schedule* schedule;
    auto operator<=>(const Key&) const = default;
  };
  struct Next {
    std::optional<Instant> due;
    bool known = false, running = false;
    int failures = 0;
  };
  void loop();
  void look(const std::shared_ptr<Tenant>&, const Schedule&);
  void run(const std::shared_ptr<Tenant>&, const Schedule&);

  Daybook& daybook_;
  const Registry& registry_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Key, Next> next_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace core
