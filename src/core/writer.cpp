#include "core/writer.h"

#include <algorithm>

#include "base/log.h"
#include "core/log.h"

namespace core {

using db::Error;
using Clock = std::chrono::steady_clock;

namespace {

std::uint64_t micros_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

base::Problem problem_of(const Error& error) {
  switch (error.kind) {
    case Error::Kind::full: return storage_full.problem();
    case Error::Kind::statement: return internal.problem();
    case Error::Kind::commit_unknown: return commit_unknown.problem();
    default: return unavailable.problem();
  }
}

}  // namespace

Group::Group(db::Connection& c, const std::vector<const CacheKind*>& caches, Instant now) : connection_(c), caches_(caches), now_(now) {}

WorkingHead& Group::head(Tenant& tenant) { return heads_.at(&tenant); }

Tx Group::tx(Tenant& tenant, const Actor& actor, const Request& request, std::string fingerprint) {
  return Tx({connection_, tenant, head(tenant), caches_, now_}, actor, request, std::move(fingerprint));
}

void Group::emitted(Tenant& tenant, std::vector<Tx::Emitted>&& events) {
  for (auto& e : events) events_[&tenant].push_back(std::move(e.event));
  if (!events.empty()) dirty_ = true;
}

Writer::Writer(db::Database& database, std::vector<const CacheKind*> caches, std::function<Instant()> clock, Options options, Published published)
    : database_(database), caches_(std::move(caches)), clock_(std::move(clock)), options_(options), published_(std::move(published)),
      thread_([this] { loop(); }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(std::unique_ptr<Unit> unit, Priority priority) {
  {
    std::scoped_lock lock(mutex_);
    auto& lane = lanes_[static_cast<std::size_t>(priority)];
    if (lane.size < options_.queue_units && !stopping_) {
      unit->queued_at = clock_();
      auto& queue = lane.waiting[unit->tenant.get()];
      if (queue.empty()) lane.turns.push_back(unit->tenant.get());
      queue.push_back(std::move(unit));
      ++lane.size;
    }
  }
  if (!unit) {
    wake_.notify_one();
    return;
  }
  unit->failed(overloaded.problem().with("retry_after", std::int64_t{1}));
}

// Commands first; what is in the background joins when there is room. One unit a tenant and turn.
Writer::Units Writer::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || lanes_[0].size + lanes_[1].size > 0; });
  Units units;
  for (auto& lane : lanes_)
    while (lane.size > 0 && units.size() < options_.group_units) {
      auto* tenant = lane.turns.front();
      lane.turns.pop_front();
      auto& queue = lane.waiting[tenant];
      if (queue.front()->wanted()) units.push_back(std::move(queue.front()));
      queue.pop_front();
      --lane.size;
      if (queue.empty())
        lane.waiting.erase(tenant);
      else
        lane.turns.push_back(tenant);
    }
  return units;
}

void Writer::loop() {
  while (true) {
    auto units = take();
    if (units.empty()) {
      std::scoped_lock lock(mutex_);
      if (stopping_ && lanes_[0].size + lanes_[1].size == 0) return;
      continue;
    }
    const auto start = Clock::now();
    execute(units);
    std::scoped_lock lock(mutex_);
    ++stats_.groups;
    stats_.units += units.size();
    stats_.busy_us += micros_since(start);
  }
}

// The whole group; when it cannot be committed, one by one, so that the unit which broke it stands alone.
void Writer::execute(Units& units) {
  base::Problem failure;
  if (attempt(units, failure)) return;
  for (auto& unit : units) {
    if (units.size() > 1 && attempt(std::span(&unit, 1), failure)) continue;
    unit->failed(failure);
  }
}

bool Writer::attempt(std::span<std::unique_ptr<Unit>> units, base::Problem& failure) {
  for (int round = 0; round < 2; ++round) {
    std::optional<Group> group;
    try {
      group.emplace(connection(), caches_, clock_());
      group->connection_.begin(db::Access::write);
      lock_heads(*group, units);
      run_all(*group, units);
      if (!group->dirty_) {
        group->connection_.rollback();
      } else {
        for (auto& [tenant, working] : group->heads_)
          if (group->events_.contains(tenant)) write_head(group->connection_, tenant->number, working.head);
        const auto start = Clock::now();
        group->connection_.commit();
        std::scoped_lock lock(mutex_);
        stats_.commit_us += micros_since(start);
      }
      finish(*group, units);
      return true;
    } catch (const Error& error) {
      base::log::error("a group could not be committed", {{"error", error.what()}, {"units", units.size()}});
      failure = problem_of(error);
      std::scoped_lock lock(mutex_);
      ++stats_.failed_groups;
      if (error.kind == Error::Kind::commit_unknown) ++stats_.unknown_commits;
    }
    const bool unknown = failure.code == commit_unknown.code;
    if (!unknown) {
      reset();
      return false;
    }
    switch (find_out(*group)) {
      case Fate::kept: finish(*group, units); return true;
      case Fate::gone: continue;                     // run it again
      case Fate::unknown: return false;
    }
  }
  return false;
}

void Writer::lock_heads(Group& group, std::span<std::unique_ptr<Unit>> units) {
  std::vector<Tenant*> tenants;
  for (auto& unit : units) tenants.push_back(unit->tenant.get());
  std::ranges::sort(tenants, {}, &Tenant::number);   // one order for everybody: no deadlock
  const auto repeated = std::ranges::unique(tenants);
  tenants.erase(repeated.begin(), repeated.end());
  // SQLite has one process and one writer: the committed head in memory is the head in the file.
  for (auto* tenant : tenants)
    group.heads_[tenant].head = group.connection_.engine() == db::Engine::sqlite ? tenant->head() : lock_head(group.connection_, tenant->number);
}

void Writer::run_all(Group& group, std::span<std::unique_ptr<Unit>> units) {
  for (auto& unit : units) unit->run(group);
}

// Everybody who reads the log hears of it before the answers leave: who has an answer finds its event.
void Writer::finish(Group& group, std::span<std::unique_ptr<Unit>> units) {
  std::map<Tenant*, std::shared_ptr<Tenant>> owners;
  for (auto& unit : units) owners[unit->tenant.get()] = unit->tenant;
  for (auto& [tenant, working] : group.heads_) {
    const auto events = group.events_.find(tenant);
    if (events != group.events_.end())
      for (const auto& [kind, seq] : working.stamps) tenant->cache.touch(*kind, seq);
    for (const auto& [kind, entry] : working.loaded) tenant->cache.publish(*kind, entry);
    if (events == group.events_.end()) continue;
    tenant->set_head(working.head);
    published_(owners.at(tenant), events->second);
  }
  for (auto& unit : units) unit->committed(group.heads_.at(unit->tenant.get()).head);
}

db::Connection& Writer::connection() {
  if (!connection_) connection_ = database_.connect(db::Access::write);
  return *connection_;
}

// After any error: no open transaction, and the heads are what the database says.
void Writer::reset() {
  try {
    if (connection_) connection_->rollback();
  } catch (const Error&) {
    connection_.reset();
  }
}

// The outcome of a COMMIT that nobody confirmed: on a fresh connection, behind the lock of the head row, is our last event there?
Writer::Fate Writer::find_out(Group& group) {
  connection_.reset();
  if (on_reopen) on_reopen();
  const auto deadline = Clock::now() + options_.reconnect_time;
  while (Clock::now() < deadline) {
    try {
      auto& c = connection();
      c.begin(db::Access::write);
      bool kept = true;
      for (auto& [tenant, events] : group.events_) {
        lock_head(c, tenant->number);
        db::Snapshot snapshot(c, tenant->number);
        const auto entry = read_entry(snapshot, events.back()->seq);
        kept = kept && entry && entry->hash == events.back()->hash;
      }
      c.rollback();
      base::log::warning("an unconfirmed commit was looked up", {{"kept", kept}});
      return kept && !group.events_.empty() ? Fate::kept : Fate::gone;
    } catch (const Error& error) {
      base::log::warning("the outcome of a commit is not known yet", {{"error", error.what()}});
      connection_.reset();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
  return Fate::unknown;
}

WriterStats Writer::stats() const {
  std::scoped_lock lock(mutex_);
  return stats_;
}

std::size_t Writer::queued() const {
  std::scoped_lock lock(mutex_);
  return lanes_[0].size + lanes_[1].size;
}

}  // namespace core
