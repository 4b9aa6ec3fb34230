#include <algorithm>

#include "base/crypto.h"
#include "base/log.h"
#include "core/log.h"
#include "core/writer.h"

// One group of units: open, run, commit, and what to do when any of it fails (KERNEL §2).
namespace core {

using db::Error;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t missed_at_once = 1000;
const std::string mark_name = "writer.group";  // of the row of core_cursor that a group without events writes

base::Problem problem_of(const Error& error) {
  switch (error.kind) {
    case Error::Kind::full:
      return storage_full.problem();
    case Error::Kind::statement:
      return internal.problem(error.what());
    case Error::Kind::commit_unknown:
      return commit_unknown.problem();
    default:
      return unavailable.problem();
  }
}

// Nothing that is told of a commit may throw: the group is in the database, and running it again would do it twice.
template <class F>
void tell(F f) {
  try {
    f();
  } catch (const std::exception& bug) {
    base::log::error("somebody could not be told of a commit", {{"error", bug.what()}});
  }
}

}  // namespace

Group::Group(db::Connection& c, const std::vector<const CacheKind*>& caches, Instant now, bool savepoints)
    : connection_(c), caches_(caches), now_(now), savepoints_(savepoints) {}

WorkingHead& Group::head(Tenant& tenant) { return heads_.at(&tenant); }

bool Group::wrote() const {
  return dirty_ || !events_.empty() || std::ranges::any_of(heads_, [](auto& of) { return of.second.wrote; });
}

Position Group::position(Tenant& tenant) {
  const auto& h = head(tenant).head;
  return {h.epoch, h.seq};
}

Tx Group::tx(Tenant& tenant, const Actor& actor, const Request& request, std::string fingerprint, Prepared prepared) {
  return Tx({connection_, tenant, head(tenant), caches_, now_, savepoints_}, actor, request, std::move(fingerprint),
            std::move(prepared));
}

void Group::keep(Tx& tx) {
  tx.keep();
  emitted(tx.tenant_state(), std::move(tx.emitted()));
}

void Group::emitted(Tenant& tenant, std::vector<Tx::Emitted>&& events) {
  for (auto& e : events) events_[&tenant].push_back(std::move(e.event));
}

// ---- the usual way -------------------------------------------------------------------------------------------------

Writer::End Writer::attempt(Some units, base::Problem& failure) {
  bool doubted = false, savepoints = false;
  for (int round = 0; round < 2; ++round) {
    std::optional<Group> group;
    bool opened = false;
    try {
      open(group, units, savepoints);
      opened = true;
      run_all(*group, units);
      commit(*group);
    } catch (const UndoNeedsSavepoints&) {
      reset();
      savepoints = true;
      --round;
      continue;
    } catch (const Error& error) {
      failure = note(error, units.size());
      if (error.kind != Error::Kind::commit_unknown) {
        reset();
        const bool closed = !opened && error.kind != Error::Kind::corrupt;  // corrupt: one tenant's head
        if (closed && doubted) failure = commit_unknown.problem();
        return closed ? End::closed : End::failed;
      }
      const auto fate = find_out(*group);
      if (fate == Fate::unknown) {
        for (auto& unit : units) doubted_.insert(unit->tenant);
        return End::unknown;
      }
      doubted = true;
      if (fate == Fate::gone) continue;  // run it again
    }
    finish(*group, units);
    return End::committed;
  }
  return End::failed;
}

// A transaction and the heads of its tenants. A connection that died while it was idle is replaced, once.
void Writer::open(std::optional<Group>& group, Some units, bool savepoints) {
  while (true) {
    const bool fresh = !connection_;
    try {
      settle_doubts();
      auto& c = connection();
      c.begin(db::Access::write);
      group.emplace(c, caches_, clock_(), savepoints);
      lock_heads(*group, units);
      return;
    } catch (const Error& error) {
      group.reset();
      if (fresh || error.kind != Error::Kind::lost) throw;
      connection_.reset();
    }
  }
}

void Writer::lock_heads(Group& group, Some units) {
  std::vector<std::shared_ptr<Tenant>> tenants;
  for (auto& unit : units) tenants.push_back(unit->tenant);
  std::ranges::sort(tenants, {}, &Tenant::number);  // one order for everybody: no deadlock
  const auto repeated = std::ranges::unique(tenants);
  tenants.erase(repeated.begin(), repeated.end());
  for (auto& tenant : tenants) {
    auto& working = group.heads_[tenant.get()];
    // SQLite has one process and one writer: the committed head in memory is the head in the file.
    if (group.connection_.engine() == db::Engine::sqlite) {
      working.head = tenant->head();
    } else {
      working.head = lock_head(group.connection_, tenant->number);
      catch_up(group.connection_, tenant, working.head);
    }
  }
}

void Writer::run_all(Group& group, Some units) {
  for (auto& unit : units) try {
      unit->run(group);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& bug) {  // what the unit has left half done goes with the group; alone, it fails alone
      throw Error(Error::Kind::statement, std::string("a unit failed: ") + bug.what());
    }
}

void Writer::commit(Group& group) {
  auto& c = group.connection_;
  if (!group.wrote()) return c.rollback();
  for (auto& [tenant, working] : group.heads_)
    if (group.events_.contains(tenant)) write_head(c, tenant->number, working.head);
  if (group.events_.empty()) {  // no entry would tell whether it was kept
    group.mark_ = base::hex(base::random_bytes(12));
    const auto at = group.now_;
    const db::Arg args[] = {db::arg(mark_name), db::arg(group.mark_), db::arg(at)};
    c.run(
        "INSERT INTO core_cursor (tenant, name, epoch, seq, at) VALUES ($t, $1, $2, 0, $3) "
        "ON CONFLICT (tenant, name) DO UPDATE SET epoch = excluded.epoch, at = excluded.at",
        group.heads_.begin()->first->number, args);
  }
  const auto start = Clock::now();
  c.commit();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
  std::scoped_lock lock(mutex_);
  stats_.commit_us += static_cast<std::uint64_t>(took);
}

// Everybody who reads the log hears of it before the answers leave: who has an answer finds its event.
void Writer::finish(Group& group, Some units) {
  std::map<Tenant*, std::shared_ptr<Tenant>> owners;
  std::uint64_t refused = 0;
  for (auto& unit : units) {
    owners[unit->tenant.get()] = unit->tenant;
    refused += unit->refused() ? 1 : 0;
  }
  for (auto& [tenant, working] : group.heads_) {
    for (const auto& [kind, seq] : working.stamps) tenant->cache.touch(*kind, seq);
    if (group.events_.contains(tenant)) tenant->set_head(working.head);  // after the stamps: who sees the head sees them
    for (const auto& [kind, entry] : working.loaded) tenant->cache.publish(*kind, entry);
  }
  for (auto& [tenant, events] : group.events_) tell([&] { published_(owners.at(tenant), events); });
  for (auto& unit : units) tell([&] { unit->committed(group.heads_.at(unit->tenant.get()).head); });
  if (on_jobs)
    for (auto& [tenant, working] : group.heads_)
      if (working.enqueued) tell([&] { on_jobs(owners.at(tenant)); });
  std::scoped_lock lock(mutex_);
  stats_.refused += refused;
}

db::Connection& Writer::connection() {
  if (!connection_) {
    auto fresh = database_.connect(db::Access::write);
    // Who still holds our rows (a commit that waits for its standby) is waited for, but not for ever.
    if (fresh->engine() == db::Engine::postgres) fresh->run("SET lock_timeout = '5s'", 0, {});
    connection_ = std::move(fresh);
  }
  return *connection_;
}

// ---- when it fails -------------------------------------------------------------------------------------------------

base::Problem Writer::note(const Error& error, std::size_t units) {
  base::log::error("a group could not be committed", {{"error", error.what()}, {"units", units}});
  std::scoped_lock lock(mutex_);
  ++stats_.failed_groups;
  if (error.kind == Error::Kind::commit_unknown) ++stats_.unknown_commits;
  return problem_of(error);
}

// After any error: no open transaction, and the heads are what the database says.
void Writer::reset() {
  try {
    if (connection_) connection_->rollback();
  } catch (const Error&) {
    connection_.reset();
  }
}

// The outcome of a COMMIT that nobody confirmed: on a fresh connection, behind the lock of the head row.
Writer::Fate Writer::find_out(const Group& group) {
  connection_.reset();
  if (on_reopen) on_reopen();
  const auto deadline = Clock::now() + options_.reconnect_time;
  do {
    try {
      auto& c = connection();
      c.begin(db::Access::write);
      const bool kept = is_there(c, group);
      c.rollback();
      base::log::warning("an unconfirmed commit was looked up", {{"kept", kept}});
      return kept ? Fate::kept : Fate::gone;
    } catch (const Error& error) {
      base::log::warning("the outcome of a commit is not known yet", {{"error", error.what()}});
      connection_.reset();
      std::this_thread::sleep_for(std::min(std::chrono::milliseconds(200), options_.reconnect_time));
    }
  } while (Clock::now() < deadline);
  return Fate::unknown;
}

// Our last entry of each tenant, with its hash; of a group without events, its mark.
bool Writer::is_there(db::Connection& c, const Group& group) const {
  for (auto& [tenant, working] : group.heads_) lock_head(c, tenant->number);
  for (auto& [tenant, events] : group.events_) {
    db::Snapshot snapshot(c, tenant->number);
    const auto entry = read_entry(snapshot, events.back()->seq);
    if (!entry || entry->hash != events.back()->hash) return false;
  }
  if (!group.events_.empty()) return true;
  db::Snapshot snapshot(c, group.heads_.begin()->first->number);
  return snapshot.maybe<std::string>("SELECT epoch FROM core_cursor WHERE tenant = $t AND name = $1", mark_name) == group.mark_;
}

// Before anything new is written: what has become of the groups that nobody confirmed? Throws while nobody can say.
void Writer::settle_doubts() {
  if (doubted_.empty()) return;
  auto& c = connection();
  c.begin(db::Access::write);
  for (auto& tenant : doubted_) {
    catch_up(c, tenant, lock_head(c, tenant->number));
    if (on_jobs) tell([&] { on_jobs(tenant); });
  }
  c.rollback();
  doubted_.clear();
}

// The log holds entries that this program has not published: a commit that landed unseen.
void Writer::catch_up(db::Connection& c, const std::shared_ptr<Tenant>& tenant, const Tenant::Head& stored) {
  const auto known = tenant->head();
  if (stored.seq == known.seq && stored.hash == known.hash) return;
  base::log::warning("the log is not where this program left it",
                     {{"tenant", tenant->slug}, {"left", known.seq}, {"found", stored.seq}});
  std::vector<EventPtr> missed;
  db::Snapshot snapshot(c, tenant->number);
  for (auto after = known.seq; after < stored.seq; after = missed.back()->seq) {
    auto entries = read_log(snapshot, after, missed_at_once);
    if (entries.empty())
      throw Error(Error::Kind::corrupt, "the log ends before its head, tenant " + std::to_string(tenant->number));
    for (auto& e : entries) missed.push_back(std::make_shared<const Event>(std::move(e)));
  }
  if (missed.empty()) tenant->cache.clear();  // it went back: nothing loaded is exact
  for (auto& e : missed)
    for (const auto* kind : caches_)
      if (kind->touched_by(e->type)) tenant->cache.touch(*kind, e->seq);
  tenant->set_head(stored);
  if (!missed.empty()) tell([&] { published_(tenant, missed); });
}

}  // namespace core
