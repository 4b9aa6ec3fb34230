#include "core/clockwork.h"

#include "base/log.h"
#include "core/daybook.h"

namespace core {

namespace {
// Time is asked this often, not slept until: the wall clock may jump.
constexpr std::chrono::milliseconds beat{100};
constexpr int beats_of_a_second = 10;
}  // namespace

Clockwork::Clockwork(Daybook& daybook, const Registry& registry) : daybook_(daybook), registry_(registry) {}
Clockwork::~Clockwork() { stop(); }

void Clockwork::start() { thread_ = std::thread([this] { loop(); }); }

void Clockwork::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Clockwork::wake(const Tenant& tenant, const std::vector<EventPtr>& events) {
  for (const auto* schedule : registry_.schedules())
    for (auto& e : events)
      if (!schedule->wakes.empty() && type_matches(schedule->wakes, e->type)) {
        std::scoped_lock lock(mutex_);
        next_[{tenant.number, schedule}].known = false;
        break;
      }
}

void Clockwork::loop() {
  for (int beats = 0;; ++beats) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, beat, [this] { return stopping_; })) return;
    }
    const auto now = daybook_.now();
    for (auto& tenant : daybook_.tenants())
      for (const auto* schedule : registry_.schedules()) {
        Next next;
        {
          std::scoped_lock lock(mutex_);
          next = next_[{tenant->number, schedule}];
        }
        if (next.running) continue;
        if (!next.known) look(tenant, *schedule);
        else if (next.due && *next.due <= now) run(tenant, *schedule);
      }
    if (beats % beats_of_a_second == 0) {
      daybook_.readers().tick();
      daybook_.jobs().tick();
    }
  }
}

void Clockwork::look(const std::shared_ptr<Tenant>& tenant, const Schedule& schedule) {
  const Key key{tenant->number, &schedule};
  {
    std::scoped_lock lock(mutex_);
    next_[key].known = true;   // before the look: an event in between asks again
  }
  try {
    std::optional<Instant> due;
    daybook_.read(*tenant, [&](View& view) { due = schedule.due(view); });
    std::scoped_lock lock(mutex_);
    next_[key].due = due;
  } catch (const db::Error& error) {
    base::log::warning("a schedule could not be looked up", {{"schedule", schedule.name}, {"error", error.what()}});
    std::scoped_lock lock(mutex_);
    next_[key].known = false;
  }
}

void Clockwork::run(const std::shared_ptr<Tenant>& tenant, const Schedule& schedule) {
  const Key key{tenant->number, &schedule};
  {
    std::scoped_lock lock(mutex_);
    next_[key].running = true;
  }
  auto refused = std::make_shared<std::string>();
  daybook_.submit(unit_of(
      tenant,
      [&schedule, refused](Group& group, Tenant& t) {
        refused->clear();
        const auto actor = Actor::system(schedule.name);
        const Request request;
        auto tx = group.tx(t, actor, request);
        base::Result<> done;
        try {
          done = schedule.run(tx);
        } catch (const db::Error&) {
          throw;
        } catch (const std::exception& bug) {
          done = internal(bug.what());
        }
        if (!done) {
          *refused = done.error().detail.empty() ? std::string(done.error().title) : done.error().detail;
          tx.undo();
          return;
        }
        tx.keep();
        if (tx.wrote()) group.dirty();
        group.emitted(t, std::move(tx.emitted()));
      },
      [this, key, &schedule, refused](base::Result<> done) {
        std::scoped_lock lock(mutex_);
        auto& next = next_[key];
        next.running = false;
        const bool failed = !done || !refused->empty();
        next.failures = failed ? next.failures + 1 : 0;
        next.known = !failed;
        if (failed) {   // again after a while, longer each time
          base::log::error("a schedule failed", {{"schedule", schedule.name}, {"error", done ? *refused : std::string(done.error().title)}});
          next.known = true;
          next.due = daybook_.now() + std::chrono::seconds(std::min(next.failures * 5, 300));
        } else {
          next.known = false;
        }
      }));
}

}  // namespace core
