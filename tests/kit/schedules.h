#pragma once
#include <stdexcept>
#include <string>

#include "core/daybook.h"
#include "tests/kit/json_calls.h"

namespace kit {

// Runs a schedule as the program's calendar does, as often as it is due at this moment.
inline void run_while_due(core::Daybook& daybook, const std::shared_ptr<core::Tenant>& tenant, const core::Schedule& schedule) {
  for (int times = 0; times < 100; ++times) {
    std::optional<core::Instant> due;
    daybook.read(*tenant, [&](core::View& view) { due = schedule.due(view); });
    if (!due || *due > daybook.now()) return;
    base::Result<> done;
    const auto committed = daybook.work_and_wait(tenant, [&](core::Group& group, core::Tenant& t) {
      const auto who = core::Actor::system(schedule.name);
      const core::Request request;
      auto tx = group.tx(t, who, request);
      done = schedule.run(tx);
      if (!done) return tx.undo();
      tx.keep();
      if (tx.wrote()) group.dirty();
      group.emitted(t, std::move(tx.emitted()));
    });
    if (!committed) done = committed;
    if (!done)
      throw std::runtime_error(std::string(schedule.name) + ": " + problem_text(done.error()) + ' ' + done.error().detail);
  }
  throw std::logic_error("schedule " + std::string(schedule.name) + " stays due");
}

}  // namespace kit
