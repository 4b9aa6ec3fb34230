#include "core/readers.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "core/daybook.h"
#include "core/log.h"

namespace core {

inline constexpr base::ProblemKind no_reader{"reader.unknown", 404, "There is no reader of that name."};
inline constexpr base::ProblemKind not_a_projection{
    "reader.not_a_projection", 409, "A reaction acts on the world and is never replayed; only a projection can be rebuilt."};
inline constexpr base::ProblemKind not_stopped{"reader.not_stopped", 409, "This reader is not stopped."};

namespace {

constexpr std::chrono::seconds longest_wait{5};  // after a failure

struct ReaderRow {
  std::string reader;
  std::int64_t seq = 0;
  std::string state;
  std::int64_t failures = 0;
  std::string error;
};
RECORD(ReaderRow, reader, seq, state, failures, error)
RECORD_TYPE(ReaderRow, "How far a reader is.")

void save(db::Connection& c, std::int64_t tenant, const Reader& reader, std::int64_t seq, Readers::State state,
          std::int64_t failures, const std::string& error, Instant now) {
  const std::string name(reader.name), state_text(text(state));
  const db::Arg args[] = {db::arg(name), db::arg(seq), db::arg(state_text), db::arg(failures), db::arg(error), db::arg(now)};
  c.run(
      "INSERT INTO core_reader (tenant, reader, seq, state, failures, error, at) VALUES ($t, $1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (tenant, reader) DO UPDATE SET seq = excluded.seq, state = excluded.state, failures = excluded.failures, "
      "error = excluded.error, at = excluded.at",
      tenant, args);
}

Readers::State state_of(std::string_view stored) {
  if (stored == "stopped") return Readers::State::stopped;
  return stored == "rebuilding" ? Readers::State::rebuilding : Readers::State::running;
}

// How many events led to this one, one causing the next.
int depth_of(db::Snapshot& s, const Event& e) {
  int depth = 0;
  std::string cause = e.cause;
  while (cause.starts_with("event/") && depth <= Readers::cause_depth) {
    ++depth;
    const auto position = Position::parse(std::string_view(cause).substr(6));
    const auto earlier = position ? read_entry(s, position->seq) : std::nullopt;
    if (!earlier) break;
    cause = earlier->cause;
  }
  return depth;
}

}  // namespace

std::string_view text(Readers::State state) {
  switch (state) {
    case Readers::State::running:
      return "running";
    case Readers::State::stopped:
      return "stopped";
    default:
      return "rebuilding";
  }
}

Readers::Readers(Daybook& daybook, const Registry& registry) : daybook_(daybook), registry_(registry) {}

// A reader that is new to the tenant: a projection begins at event 1, a reaction at the head.
std::vector<Readers::Cursor> Readers::load(db::Snapshot& snapshot, std::int64_t head) const {
  std::vector<Cursor> cursors;
  const auto rows = snapshot.all<ReaderRow>("SELECT {} FROM core_reader WHERE tenant = $t");
  for (const auto* reader : registry_.readers()) {
    auto& cursor = cursors.emplace_back();
    const auto row = std::ranges::find(rows, std::string(reader->name), &ReaderRow::reader);
    if (row == rows.end()) {
      cursor.seq = reader->kind == ReaderKind::reaction ? head : 0;
      continue;
    }
    cursor = {.state = state_of(row->state), .seq = row->seq, .failures = row->failures, .error = row->error, .saved = true};
  }
  return cursors;
}

std::pair<Readers::State, std::int64_t> Readers::stored(db::Snapshot& snapshot, std::string_view reader) {
  const std::string name(reader);
  const auto row = snapshot.maybe<ReaderRow>("SELECT {} FROM core_reader WHERE tenant = $t AND reader = $1", name);
  return row ? std::pair(state_of(row->state), row->seq) : std::pair(State::running, std::int64_t{0});
}

void Readers::start() {
  if (registry_.readers().empty()) return;
  for (auto& tenant : daybook_.tenants()) {
    std::vector<Cursor> cursors;
    daybook_.read(*tenant, [&](View& view) { cursors = load(view, view.position().seq); });
    {
      std::scoped_lock lock(mutex_);
      auto& f = followed_[tenant->number];
      if (!f.busy && !f.loaded) {
        f.cursors = std::move(cursors);
        f.loaded = true;
      }
    }
    wake(tenant);
  }
}

// Where a reaction begins is written down before anything can happen behind it.
void Readers::begin(Group& group, Tenant& tenant) {
  const auto head = group.position(tenant).seq;
  for (const auto* reader : registry_.readers())
    save(group.connection(), tenant.number, *reader, reader->kind == ReaderKind::reaction ? head : 0, State::running, 0, {},
         group.now());
  group.dirty();
}

// The wall clock may have been set back since: then it is due too.
bool Readers::Cursor::due(Instant now) const { return retry_at <= now || retry_at > now + longest_wait; }

bool Readers::lagging(const Followed& f, const Tenant& tenant) const {
  if (!f.loaded) return true;
  const auto head = tenant.head().seq;
  const auto now = daybook_.now();
  return std::ranges::any_of(
      f.cursors, [&](const Cursor& c) { return !c.saved || (c.state != State::stopped && c.seq < head && c.due(now)); });
}

void Readers::wake(const std::shared_ptr<Tenant>& tenant) {
  if (registry_.readers().empty()) return;
  {
    std::scoped_lock lock(mutex_);
    auto& f = followed_[tenant->number];
    if (f.busy || !lagging(f, *tenant)) return;  // who is busy looks at the head again when it has ended
    f.busy = true;
  }
  submit(tenant);
}

void Readers::tick() {
  for (auto& tenant : daybook_.tenants()) wake(tenant);
}

void Readers::submit(const std::shared_ptr<Tenant>& tenant) {
  auto work = std::make_shared<Work>();
  daybook_.submit(unit_of(
      tenant, [this, work](Group& group, Tenant& t) { run(group, t, *work); },
      [this, tenant, work](base::Result<> done) { ended(tenant, *work, done); }));
}

void Readers::run(Group& group, Tenant& tenant, Work& work) {
  work = {};
  {
    std::scoped_lock lock(mutex_);
    const auto& f = followed_.at(tenant.number);
    if (f.loaded) work.cursors = f.cursors;
    work.suspect = f.suspect;
    work.careful = f.careful;
  }
  if (work.cursors.empty()) {  // behind the lock of the head: a unit of before that nobody confirmed has ended by now
    db::Snapshot snapshot(group.connection(), tenant.number);
    work.cursors = load(snapshot, tenant.head().seq);
  }
  work.start = work.cursors;
  if (work.suspect) {
    auto& [reader, event] = *work.suspect;
    const auto& cursor = work.cursors[reader];
    if (cursor.seq >= event->seq || cursor.state == State::stopped)
      work.suspect.reset();
    else
      work.trial = cursor.seq + 1 == event->seq && cursor.due(group.now());
  }
  if (work.trial) return advance(group, tenant, work, work.suspect->reader);
  for (std::size_t i = 0; i < work.cursors.size(); ++i) advance(group, tenant, work, i);
}

void Readers::ended(const std::shared_ptr<Tenant>& tenant, const Work& work, const base::Result<>& done) {
  bool more = false;
  {
    std::scoped_lock lock(mutex_);
    auto& f = followed_.at(tenant->number);
    const bool undone = !done && done.error().code == internal.code && work.current;  // for what the reader did itself
    if (done || undone) {
      f.cursors = done ? work.cursors : work.start;
      // What PostgreSQL refuses shows a few statements later; only a careful unit knows the event.
      f.suspect = undone ? (work.careful ? work.current : std::nullopt) : work.trial ? std::nullopt : work.suspect;
      f.careful = undone || f.suspect;
      if (undone && work.trial) {
        auto& cursor = f.cursors[work.current->reader];
        fail(*tenant, *registry_.readers()[work.current->reader], cursor, *work.current->event, done.error().detail,
             daybook_.now());
        cursor.saved = false;
      }
      more = f.mends == 0 && lagging(f, *tenant);
    }
    f.loaded = done || undone;  // otherwise read again what is there
    f.busy = more;
  }
  if (more) submit(tenant);
}

void Readers::advance(Group& group, Tenant& tenant, Work& work, std::size_t index) const {
  const auto& reader = *registry_.readers()[index];
  auto& cursor = work.cursors[index];
  const auto head = tenant.head().seq;  // committed: what this very group adds is for the next unit
  const auto before = cursor;
  auto last = head;
  if (work.suspect && work.suspect->reader == index) last = work.suspect->event->seq - (work.trial ? 0 : 1);
  if (cursor.state != State::stopped && cursor.seq < last && cursor.due(group.now())) {
    auto events = daybook_.events_after(tenant, cursor.seq, static_cast<std::size_t>(batch));
    std::erase_if(events, [&](const EventPtr& e) { return e->seq > last; });
    if (!work.careful && events.size() > 1 && reader.kind == ReaderKind::projection) {
      work.current = Suspect{index, events.front()};
      if (project(group, tenant, reader, events)) {
        cursor = {.state = cursor.state, .seq = events.back()->seq, .saved = cursor.saved};
        events.clear();
      }
    }
    for (auto& event : events) {
      work.current = Suspect{index, event};
      const auto done = apply(group, tenant, reader, event);
      if (!done) {
        fail(tenant, reader, cursor, *event, done.error().detail.empty() ? done.error().title : done.error().detail,
             group.now());
        break;
      }
      if (work.careful)
        db::Snapshot(group.connection(), tenant.number).maybe<std::int64_t>("SELECT seq FROM core_head WHERE tenant = $t");
      cursor.seq = event->seq;
      cursor.failures = 0;
      cursor.error.clear();
    }
  }
  if (cursor.state == State::rebuilding && cursor.seq >= head) cursor.state = State::running;
  if (cursor.saved && cursor.seq == before.seq && cursor.failures == before.failures && cursor.state == before.state) return;
  save(group.connection(), tenant.number, reader, cursor.seq, cursor.state, cursor.failures, cursor.error, group.now());
  cursor.saved = true;
  group.dirty();
}

// All events of a projection under one savepoint, which costs as much as an event does. False: one of them was refused, and
// nothing is done; event by event it is found.
bool Readers::project(Group& group, Tenant& tenant, const Reader& reader, const std::vector<EventPtr>& events) const {
  const auto actor = Actor::system(reader.name);
  const Request request;
  auto tx = group.tx(tenant, actor, request);
  try {
    std::vector<EventPtr> its_own;
    std::ranges::copy_if(events, std::back_inserter(its_own),
                         [&](const EventPtr& e) { return type_matches(reader.types, e->type); });
    base::Result<> done;
    if (reader.fold && !its_own.empty()) done = reader.fold(tx, its_own);
    for (std::size_t i = 0; done && !reader.fold && i < its_own.size(); ++i) done = reader.apply(tx, *its_own[i]);
    if (!done || !tx.emitted().empty()) return tx.undo(), false;
  } catch (const db::Error&) {
    throw;
  } catch (const std::exception&) {
    return tx.undo(), false;
  }
  group.keep(tx);
  return true;
}

base::Result<bool> Readers::apply(Group& group, Tenant& tenant, const Reader& reader, const EventPtr& one) const {
  const auto& event = *one;
  if (!type_matches(reader.types, event.type)) return false;
  const auto actor = Actor::system(reader.name);
  const Request request{.trace = event.trace, .cause = "event/" + Position{event.epoch, event.seq}.text()};
  auto tx = group.tx(tenant, actor, request);
  base::Result<> done;
  try {
    if (reader.kind == ReaderKind::reaction && depth_of(tx, event) >= cause_depth)
      done = internal("The chain of causes is deeper than " + std::to_string(cause_depth) + " events; parked.");
    else
      done = reader.fold ? reader.fold(tx, {&one, 1}) : reader.apply(tx, event);
    if (done && reader.kind == ReaderKind::projection && !tx.emitted().empty())
      throw std::logic_error("a projection emitted an event");
  } catch (const db::Error&) {
    throw;
  } catch (const std::exception& bug) {
    done = internal(bug.what());
  }
  if (!done) {
    tx.undo();
    return std::unexpected(std::move(done).error());
  }
  group.keep(tx);
  return true;
}

void Readers::fail(Tenant& tenant, const Reader& reader, Cursor& cursor, const Event& event, std::string_view why,
                   Instant now) const {
  ++cursor.failures;
  cursor.error = "event " + std::to_string(event.seq) + " (" + event.type + "): " + std::string(why);
  cursor.retry_at = now + std::chrono::milliseconds(200 * cursor.failures);
  if (cursor.failures >= failures_allowed) cursor.state = State::stopped;
  base::log::error(cursor.state == State::stopped ? "a reader stopped" : "a reader failed", {{"tenant", tenant.slug},
                                                                                             {"reader", reader.name},
                                                                                             {"seq", event.seq},
                                                                                             {"event", event.type},
                                                                                             {"failures", cursor.failures},
                                                                                             {"error", why}});
}

std::vector<Readers::Status> Readers::status() const {
  std::vector<Status> all;
  for (auto& tenant : daybook_.tenants()) {
    std::scoped_lock lock(mutex_);
    const auto found = followed_.find(tenant->number);
    if (found == followed_.end()) continue;
    for (std::size_t i = 0; i < found->second.cursors.size(); ++i) {
      const auto& c = found->second.cursors[i];
      all.push_back(
          {tenant->slug, std::string(registry_.readers()[i]->name), c.state, c.seq, tenant->head().seq, c.failures, c.error});
    }
  }
  return all;
}

base::Result<std::size_t> Readers::index_of(std::string_view name) const {
  const auto& readers = registry_.readers();
  const auto found = std::ranges::find(readers, name, [](const Reader* r) { return r->name; });
  if (found == readers.end()) return no_reader("No reader " + std::string(name) + ".");
  return static_cast<std::size_t>(found - readers.begin());
}

Readers::State Readers::state(const Tenant& tenant, std::string_view reader) const {
  const auto index = index_of(reader);
  std::scoped_lock lock(mutex_);
  const auto found = followed_.find(tenant.number);
  return index && found != followed_.end() && !found->second.cursors.empty() ? found->second.cursors[*index].state
                                                                             : State::running;
}

std::int64_t Readers::cursor(const Tenant& tenant, std::string_view reader) const {
  const auto index = index_of(reader);
  std::scoped_lock lock(mutex_);
  const auto found = followed_.find(tenant.number);
  return index && found != followed_.end() && !found->second.cursors.empty() ? found->second.cursors[*index].seq : 0;
}

// Changes one cursor in a transaction of its own, while no unit of this tenant's readers is on its way.
base::Result<> Readers::mend(const std::shared_ptr<Tenant>& tenant, std::size_t index, const Change& change) {
  for (bool mine = false, waiting = false; !mine;) {
    {
      std::scoped_lock lock(mutex_);
      auto& f = followed_[tenant->number];
      if (!waiting) ++f.mends;
      waiting = true;
      mine = !f.busy;
      if (mine) f.busy = true;
    }
    if (!mine) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::vector<Cursor> cursors;
  base::Result<> changed;
  const auto done = daybook_.work_and_wait(tenant, [&](Group& group, Tenant& t) {
    db::Snapshot snapshot(group.connection(), t.number);
    cursors = load(snapshot, t.head().seq);
    auto& cursor = cursors[index];
    changed = change(group, cursor);
    if (!changed) return;
    save(group.connection(), t.number, *registry_.readers()[index], cursor.seq, cursor.state, cursor.failures, cursor.error,
         group.now());
    cursor.saved = true;
    group.dirty();
  });
  {
    std::scoped_lock lock(mutex_);
    auto& f = followed_.at(tenant->number);
    f.busy = false;
    --f.mends;
    f.loaded = done.has_value();
    if (done) f.cursors = std::move(cursors);
  }
  wake(tenant);
  return done ? changed : done;
}

base::Result<> Readers::retry(const std::shared_ptr<Tenant>& tenant, std::string_view reader) {
  return mend(tenant, TRY(index_of(reader)), [](Group&, Cursor& c) -> base::Result<> {
    if (c.state != State::stopped) return not_stopped();
    c = {.state = State::running, .seq = c.seq};
    return {};
  });
}

base::Result<> Readers::skip(const std::shared_ptr<Tenant>& tenant, std::string_view reader) {
  return mend(tenant, TRY(index_of(reader)), [](Group&, Cursor& c) -> base::Result<> {
    if (c.state != State::stopped) return not_stopped();
    c = {.state = State::running, .seq = c.seq + 1};
    return {};
  });
}

base::Result<> Readers::rebuild(const std::shared_ptr<Tenant>& tenant, std::string_view name) {
  const auto index = TRY(index_of(name));
  const auto& reader = *registry_.readers()[index];
  if (reader.kind != ReaderKind::projection) return not_a_projection();
  return mend(tenant, index, [&](Group& group, Cursor& c) -> base::Result<> {
    for (auto table : reader.tables)
      group.connection().query_built("DELETE FROM " + std::string(table) + " WHERE tenant = $t", tenant->number, {},
                                     reflect::type_of<ReaderRow>(), nullptr, nullptr);
    c = {.state = State::rebuilding, .seq = 0};
    return {};
  });
}

}  // namespace core
