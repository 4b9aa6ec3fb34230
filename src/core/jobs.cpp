#include "core/jobs.h"

#include <algorithm>

#include "base/log.h"
#include "core/daybook.h"

namespace core {

namespace {

constexpr std::int64_t claim_at_once = 8;
constexpr std::chrono::seconds longest_retry{3600};

struct JobRow {
  std::string id, kind, key, input;
  std::int64_t attempts = 0;
};
RECORD(JobRow, id, kind, key, input, attempts)
RECORD_TYPE(JobRow, "A job that is due.")

}  // namespace

Jobs::Jobs(Daybook& daybook, const Registry& registry, std::size_t threads) : daybook_(daybook), registry_(registry) {
  if (registry.jobs().empty()) return;
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}
Jobs::~Jobs() { stop(); }

void Jobs::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& t : threads_)
    if (t.joinable()) t.join();
}

void Jobs::tick() {
  if (registry_.jobs().empty()) return;
  for (auto& tenant : daybook_.tenants()) wake(tenant);
}

void Jobs::wake(const std::shared_ptr<Tenant>& tenant) {
  if (registry_.jobs().empty()) return;
  {
    std::scoped_lock lock(mutex_);
    if (stopping_ || !claiming_.insert(tenant->number).second) return;   // one claim of a tenant at a time
  }
  claim(tenant);
}

const JobKind* Jobs::kind_of(std::string_view name) const {
  const auto found = std::ranges::find(registry_.jobs(), name, [](const JobKind* k) { return k->name; });
  return found == registry_.jobs().end() ? nullptr : *found;
}

void Jobs::claim(const std::shared_ptr<Tenant>& tenant) {
  auto claimed = std::make_shared<std::vector<Claimed>>();
  daybook_.submit(unit_of(
      tenant,
      [this, tenant, claimed](Group& group, Tenant& t) {
        claimed->clear();
        const auto actor = Actor::system("jobs");
        const Request request;
        auto tx = group.tx(t, actor, request);
        for (auto& row : tx.all<JobRow>("SELECT {} FROM core_job WHERE tenant = $t AND state = 'waiting' AND due_at <= $1 AND lease_until <= $1 ORDER BY due_at LIMIT $2",
                                        tx.now(), claim_at_once)) {
          const auto* kind = kind_of(row.kind);
          if (!kind) continue;   // of a newer program: left for it
          tx.run("UPDATE core_job SET lease_until = $2, attempts = attempts + 1 WHERE tenant = $t AND id = $1", row.id, tx.now() + kind->lease);
          claimed->push_back({tenant, kind, {row.id, row.key, row.input, row.attempts + 1}});
        }
        tx.keep();
        if (tx.wrote()) group.dirty();
      },
      [this, tenant, claimed](base::Result<> done) {
        {
          std::scoped_lock lock(mutex_);
          claiming_.erase(tenant->number);
          if (done)
            for (auto& job : *claimed) queue_.push_back(std::move(job));
        }
        wake_.notify_all();
      }));
}

void Jobs::loop() {
  while (true) {
    Claimed job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;   // what is leased is claimed again after the next start
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    work(job);
    wake(job.tenant);
  }
}

void Jobs::work(const Claimed& job) {
  base::Result<std::string> outcome;
  try {
    outcome = job.kind->work(job.run);
  } catch (const std::exception& bug) {
    outcome = internal(bug.what());
  }
  const auto done = daybook_.work_and_wait(job.tenant, [&](Group& group, Tenant& tenant) { settle(group, tenant, job, outcome); });
  if (!done) base::log::error("a job could not be settled; it will run again", {{"job", job.run.id}, {"kind", job.kind->name}, {"error", done.error().title}});
}

void Jobs::settle(Group& group, Tenant& tenant, const Claimed& job, const base::Result<std::string>& outcome) const {
  const auto actor = Actor::system(job.kind->name);
  const Request request;
  auto tx = group.tx(tenant, actor, request);
  const auto last = job.run.attempt >= job.kind->attempts;
  if (outcome || last) {
    if (job.kind->settle)
      if (const auto settled = job.kind->settle(tx, job.run, outcome); !settled) {
        base::log::error("a job was refused at its settling", {{"job", job.run.id}, {"error", settled.error().title}});
        tx.undo();
      }
  }
  const std::string state = outcome ? "done" : last ? "failed" : "waiting", error = outcome ? "" : outcome.error().detail;
  const auto wait = std::min<std::chrono::seconds>(job.kind->first_retry * (std::int64_t{1} << std::min<std::int64_t>(job.run.attempt - 1, 12)), longest_retry);
  tx.run("UPDATE core_job SET state = $2, due_at = $3, lease_until = 0, error = $4 WHERE tenant = $t AND id = $1", job.run.id, state, tx.now() + wait, error);
  tx.keep();
  group.dirty();
  group.emitted(tenant, std::move(tx.emitted()));
}

}  // namespace core
