#include "core/clockwork.h"

#include <algorithm>

#include "base/log.h"
#include "core/daybook.h"

namespace core {

namespace {
// Time is asked this often, not slept until: the wall clock may jump.
constexpr std::chrono::milliseconds beat_time{100};
constexpr int beats_of_a_second = 10;
constexpr int first_delay = 5, longest_delay = 300;  // seconds after a failure
}  // namespace

Clockwork::Clockwork(Daybook& daybook, const Registry& registry) : daybook_(daybook), registry_(registry) {}
Clockwork::~Clockwork() { stop(); }

void Clockwork::start() {
  thread_ = std::thread([this] { loop(); });
}

void Clockwork::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Clockwork::wake(const Tenant& tenant, const std::vector<EventPtr>& events) {
  const auto& schedules = registry_.schedules();
  std::scoped_lock lock(mutex_);
  const auto calendar = calendars_.find(tenant.number);
  if (calendar == calendars_.end()) return;  // nothing is known of it yet
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    const auto wakes = schedules[i]->wakes;
    if (wakes.empty() || !std::ranges::any_of(events, [&](auto& e) { return type_matches(wakes, e->type); })) continue;
    calendar->second.next[i].known = false;
    calendar->second.unknown = true;
  }
}

void Clockwork::loop() {
  for (int beats = 0;; ++beats) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, beat_time, [this] { return stopping_; })) return;
    }
    try {
      beat();
      if (beats % beats_of_a_second) continue;
      daybook_.readers().tick();
      daybook_.jobs().tick();
    } catch (const std::exception& bug) {
      base::log::error("a beat of the calendar failed", {{"error", bug.what()}});
    }
  }
}

// Nearly always one comparison a tenant.
void Clockwork::beat() {
  if (registry_.schedules().empty()) return;
  const auto now = daybook_.now();
  for (auto& tenant : daybook_.tenants()) {
    std::vector<std::size_t> due;
    std::unique_lock lock(mutex_);
    auto& calendar = calendars_[tenant->number];
    if (!calendar.tenant) {
      calendar.tenant = tenant;
      calendar.next.resize(registry_.schedules().size());
    }
    if (calendar.unknown) {
      lock.unlock();
      look(calendar);
      lock.lock();
    }
    // As in a Tx, time never runs behind the tenant's last event.
    const auto here = std::max(now, tenant->head().time);
    if (!calendar.soonest || *calendar.soonest > here) continue;
    for (std::size_t i = 0; i < calendar.next.size(); ++i) {
      auto& next = calendar.next[i];
      if (!next.known || next.running || !next.due || *next.due > here) continue;
      next.running = true;
      due.push_back(i);
    }
    calendar.soonest.reset();  // until these have ended
    for (auto& next : calendar.next)
      if (next.known && !next.running && next.due && (!calendar.soonest || *next.due < *calendar.soonest))
        calendar.soonest = next.due;
    lock.unlock();
    for (const auto i : due) run(tenant, i);
  }
}

void Clockwork::look(Calendar& calendar) {
  std::vector<std::size_t> asked;
  {
    std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    calendar.unknown = false;
    for (std::size_t i = 0; i < calendar.next.size(); ++i) {
      auto& next = calendar.next[i];
      if (next.known || next.running) continue;
      if (next.not_before > now) {
        calendar.unknown = true;
        continue;
      }
      next.known = true;  // before the look: an event in between asks again
      asked.push_back(i);
    }
  }
  if (asked.empty()) return;
  std::vector<std::optional<Instant>> found(asked.size());
  std::string error;
  try {
    daybook_.read(*calendar.tenant, [&](View& view) {
      for (std::size_t i = 0; i < asked.size(); ++i) found[i] = registry_.schedules()[asked[i]]->due(view);
    });
  } catch (const std::exception& e) {
    error = e.what();
    base::log::warning("schedules could not be looked up", {{"tenant", calendar.tenant->slug}, {"error", error}});
  }
  std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& next = calendar.next[asked[i]];
    next.due = found[i];
    if (!error.empty()) {
      next.known = false;
      next.not_before = Clock::now() + std::chrono::seconds(first_delay);
      calendar.unknown = true;
    } else if (next.due && (!calendar.soonest || *next.due < *calendar.soonest)) {
      calendar.soonest = next.due;
    }
  }
}

void Clockwork::run(const std::shared_ptr<Tenant>& tenant, std::size_t index) {
  const auto& schedule = *registry_.schedules()[index];
  auto refused = std::make_shared<base::Result<>>();
  daybook_.submit(unit_of(
      tenant,
      [&schedule, refused](Group& group, Tenant& t) {
        *refused = {};
        const auto actor = Actor::system(schedule.name);
        const Request request;
        auto tx = group.tx(t, actor, request);
        try {
          *refused = schedule.run(tx);
        } catch (const db::Error&) {
          throw;
        } catch (const std::exception& bug) {
          *refused = internal(bug.what());
        }
        if (!*refused) return tx.undo();
        group.keep(tx);
      },
      [this, number = tenant->number, index, refused](base::Result<> done) { ended(number, index, done ? *refused : done); }));
}

// Whatever became of it, `due` is asked again: after an unconfirmed commit only the database knows whether it has run.
void Clockwork::ended(std::int64_t tenant, std::size_t index, const base::Result<>& done) {
  std::scoped_lock lock(mutex_);
  auto& calendar = calendars_.at(tenant);
  auto& next = calendar.next[index];
  next.running = next.known = false;
  calendar.unknown = true;
  next.failures = done ? 0 : next.failures + 1;
  if (done) return;
  next.not_before = Clock::now() + std::chrono::seconds(std::min(next.failures * first_delay, longest_delay));
  base::log::error("a schedule failed",
                   {{"schedule", registry_.schedules()[index]->name},
                    {"tenant", calendar.tenant->slug},
                    {"error", done.error().detail.empty() ? std::string(done.error().title) : done.error().detail}});
}

}  // namespace core
