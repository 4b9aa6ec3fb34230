#include "core/jobs.h"

#include <algorithm>

#include "base/log.h"
#include "core/daybook.h"

namespace core {

namespace {

constexpr std::chrono::seconds longest_retry{3600};
constexpr std::chrono::seconds refused_claim{1};  // before a tenant is asked again

struct JobRow {
  std::string id, kind, key, input;
  std::int64_t attempts = 0;
};
RECORD(JobRow, id, kind, key, input, attempts)
RECORD_TYPE(JobRow, "A job that is due.")
struct JobState {
  std::string state;
  std::int64_t attempts = 0;
};
RECORD(JobState, state, attempts)
RECORD_TYPE(JobState, "Where a job stands.")

}  // namespace

Jobs::Jobs(Daybook& daybook, const Registry& registry, std::size_t threads) : daybook_(daybook), registry_(registry) {
  if (registry_.jobs().empty()) return;
  for (const auto* kind : registry_.jobs()) kinds_ += ',' + std::string(kind->name);
  kinds_ += ',';
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

void Jobs::start() {
  {
    std::scoped_lock lock(mutex_);
    started_ = true;
  }
  tick();
}

void Jobs::tick() {
  if (registry_.jobs().empty()) return;
  const auto tenants = daybook_.tenants();
  {
    std::scoped_lock lock(mutex_);
    if (waiting_.size() != tenants.size())
      for (auto& tenant : tenants) waiting_.try_emplace(tenant->number, Waiting{.tenant = tenant});
  }
  pump();
}

void Jobs::wake(const std::shared_ptr<Tenant>& tenant) {
  if (registry_.jobs().empty()) return;
  {
    std::scoped_lock lock(mutex_);
    auto& w = waiting_.try_emplace(tenant->number, Waiting{.tenant = tenant}).first->second;
    w.due = Instant{};
    w.woken = true;
  }
  pump_if_started();
}

void Jobs::pump_if_started() {
  {
    std::scoped_lock lock(mutex_);
    if (!started_) return;
  }
  pump();
}

// Only while somebody is free to work: what is leased and not worked at runs out of its lease.
void Jobs::pump() {
  std::vector<std::pair<std::shared_ptr<Tenant>, std::int64_t>> claims;
  {
    std::scoped_lock lock(mutex_);
    const auto now = daybook_.now();
    auto room = std::ssize(threads_) * 2 - std::ssize(queue_);
    for (auto& [number, w] : waiting_) room -= w.claiming ? 1 : 0;
    auto next = waiting_.upper_bound(last_);
    for (std::size_t i = 0; i < waiting_.size() && room > 0 && !stopping_; ++i, ++next) {
      if (next == waiting_.end()) next = waiting_.begin();
      auto& w = next->second;
      // As in a Tx, time never runs behind the tenant's last event.
      if (w.claiming || !w.due || *w.due > std::max(now, w.tenant->head().time)) continue;
      w.claiming = true;
      w.woken = false;
      last_ = next->first;
      claims.emplace_back(w.tenant, 0);
      --room;
    }
    for (auto& [tenant, most] : claims) most = 1 + std::max<std::int64_t>(room, 0) / std::ssize(claims);
  }
  for (auto& [tenant, most] : claims) claim(tenant, most);
}

const JobKind* Jobs::kind_of(std::string_view name) const {
  const auto found = std::ranges::find(registry_.jobs(), name, [](const JobKind* k) { return k->name; });
  return found == registry_.jobs().end() ? nullptr : *found;
}

void Jobs::claim(const std::shared_ptr<Tenant>& tenant, std::int64_t most) {
  struct Claim {
    std::vector<Claimed> jobs;
    std::optional<Instant> next;
  };
  auto claim = std::make_shared<Claim>();
  daybook_.submit(unit_of(
      tenant,
      [this, tenant, claim, most](Group& group, Tenant& t) {
        *claim = {};
        const auto actor = Actor::system("jobs");
        const Request request;
        auto tx = group.tx(t, actor, request);
        // Kinds of a newer program are left for it.
        for (auto& row : tx.all<JobRow>(
                 "SELECT {} FROM core_job WHERE tenant = $t AND state = 'waiting' AND due_at <= $1 AND lease_until <= $1 "
                 "AND replace($2, ',' || kind || ',', '') <> $2 ORDER BY due_at LIMIT $3",
                 tx.now(), kinds_, most)) {
          const auto* kind = kind_of(row.kind);
          tx.run("UPDATE core_job SET lease_until = $2, attempts = attempts + 1 WHERE tenant = $t AND id = $1", row.id,
                 tx.now() + kind->lease);
          claim->jobs.push_back({tenant, kind, {row.id, row.key, row.input, row.attempts + 1}, Clock::now()});
        }
        claim->next = tx.all<std::optional<Instant>>(
                            "SELECT min(greatest(due_at, lease_until)) FROM core_job WHERE tenant = $t AND state = 'waiting' "
                            "AND replace($1, ',' || kind || ',', '') <> $1",
                            kinds_)
                          .front();
        group.keep(tx);
      },
      [this, tenant, claim](base::Result<> done) {
        {
          std::scoped_lock lock(mutex_);
          auto& w = waiting_.at(tenant->number);
          w.claiming = false;
          if (!w.woken) w.due = done ? claim->next : daybook_.now() + refused_claim;
          if (done)
            for (auto& job : claim->jobs) queue_.push_back(std::move(job));
        }
        wake_.notify_all();
        if (done) pump_if_started();  // there is room for the next tenant
      }));
}

void Jobs::loop() {
  while (true) {
    Claimed job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;  // what is leased is claimed again after the next start
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    // It waited too long for a thread: its lease might end in the middle. It is claimed again then.
    if (Clock::now() - job.at < job.kind->lease / 2 || job.kind->lease.count() == 0)
      work(job);
    else
      pump_if_started();
  }
}

void Jobs::work(const Claimed& job) {
  base::Result<std::string> outcome;
  try {
    outcome = job.kind->work(job.run, daybook_.outside());
  } catch (const std::exception& bug) {
    outcome = internal(bug.what());
  }
  auto done = daybook_.work_and_wait(job.tenant, [&](Group& group, Tenant& tenant) { settle(group, tenant, job, outcome); });
  if (!done && done.error().code == internal.code)  // the database refused a statement of its settling
    done = daybook_.work_and_wait(job.tenant, [&](Group& group, Tenant& tenant) {
      const auto actor = Actor::system(job.kind->name);
      const Request request;
      auto tx = group.tx(tenant, actor, request);
      put_back(tx, job, job.run.attempt >= job.kind->attempts ? "failed" : "waiting", "its settling failed; see the log");
      group.keep(tx);
    });
  if (!done)
    base::log::error("a job could not be settled; it will run again",
                     {{"job", job.run.id}, {"kind", job.kind->name}, {"error", done.error().title}});
  wake(job.tenant);
}

void Jobs::settle(Group& group, Tenant& tenant, const Claimed& job, const base::Result<std::string>& outcome) const {
  const auto actor = Actor::system(job.kind->name);
  const Request request;
  auto tx = group.tx(tenant, actor, request);
  const auto now = tx.maybe<JobState>("SELECT {} FROM core_job WHERE tenant = $t AND id = $1", job.run.id);
  // Erased, or settled by a run after whose lease this one went on. A failure of such a late one says nothing either.
  if (!now || now->state != "waiting" || (!outcome && now->attempts != job.run.attempt)) return;
  const auto last = job.run.attempt >= job.kind->attempts;
  std::string state = outcome ? "done" : last ? "failed" : "waiting", error;
  if (!outcome) error = outcome.error().detail.empty() ? std::string(outcome.error().title) : outcome.error().detail;
  if (job.kind->settle && (outcome || last)) {
    base::Result<> settled;
    try {
      settled = job.kind->settle(tx, job.run, outcome);
      if (!settled) state = "failed";
    } catch (const db::Error&) {
      throw;
    } catch (const std::exception& bug) {
      settled = internal(bug.what());
      state = last ? "failed" : "waiting";
    }
    if (!settled) {
      tx.undo();
      error = settled.error().detail.empty() ? std::string(settled.error().title) : settled.error().detail;
      base::log::error("a job was refused at its settling", {{"job", job.run.id}, {"kind", job.kind->name}, {"error", error}});
    }
  }
  put_back(tx, job, state, error);
  group.keep(tx);
}

void Jobs::put_back(Tx& tx, const Claimed& job, std::string_view state, const std::string& error) const {
  const auto wait = std::min<std::chrono::seconds>(
      job.kind->first_retry * (std::int64_t{1} << std::min<std::int64_t>(job.run.attempt - 1, 12)), longest_retry);
  const std::string text(state);
  tx.run("UPDATE core_job SET state = $2, due_at = $3, lease_until = 0, error = $4 WHERE tenant = $t AND id = $1", job.run.id,
         text, tx.now() + wait, error);
}

}  // namespace core
