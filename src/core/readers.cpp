#include "core/readers.h"

#include <algorithm>

#include "base/log.h"
#include "core/daybook.h"
#include "core/log.h"

namespace core {

inline constexpr base::ProblemKind no_reader{"reader.unknown", 404, "There is no reader of that name."};
inline constexpr base::ProblemKind not_a_projection{"reader.not_a_projection", 409, "A reaction acts on the world and is never replayed; only a projection can be rebuilt."};
inline constexpr base::ProblemKind not_stopped{"reader.not_stopped", 409, "This reader is not stopped."};

namespace {

struct ReaderRow {
  std::string reader;
  std::int64_t seq = 0;
  std::string state;
  std::int64_t failures = 0;
  std::string error;
};
RECORD(ReaderRow, reader, seq, state, failures, error)
RECORD_TYPE(ReaderRow, "How far a reader is.")

void save(db::Connection& c, std::int64_t tenant, const Reader& reader, std::int64_t seq, Readers::State state, std::int64_t failures, const std::string& error, Instant now) {
  const std::string name(reader.name), state_text(text(state));
  const db::Arg args[] = {db::arg(name), db::arg(seq), db::arg(state_text), db::arg(failures), db::arg(error), db::arg(now)};
  c.run("INSERT INTO core_reader (tenant, reader, seq, state, failures, error, at) VALUES ($t, $1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (tenant, reader) DO UPDATE SET seq = excluded.seq, state = excluded.state, failures = excluded.failures, "
        "error = excluded.error, at = excluded.at",
        tenant, args);
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
    case Readers::State::running: return "running";
    case Readers::State::stopped: return "stopped";
    default: return "rebuilding";
  }
}

Readers::Readers(Daybook& daybook, const Registry& registry) : daybook_(daybook), registry_(registry) {}

// A reader that is new to the tenant: a projection begins at event 1, a reaction at the head.
Readers::Followed Readers::load(Tenant& tenant) const {
  Followed f;
  daybook_.read(tenant, [&](View& view) {
    const auto rows = view.all<ReaderRow>("SELECT {} FROM core_reader WHERE tenant = $t");
    for (const auto* reader : registry_.readers()) {
      auto& cursor = f.cursors.emplace_back();
      const auto row = std::ranges::find(rows, std::string(reader->name), &ReaderRow::reader);
      if (row == rows.end()) {
        cursor.seq = reader->kind == ReaderKind::reaction ? view.position().seq : 0;
        continue;
      }
      cursor.seq = row->seq;
      cursor.failures = row->failures;
      cursor.error = row->error;
      cursor.state = row->state == "stopped" ? State::stopped : row->state == "rebuilding" ? State::rebuilding : State::running;
    }
  });
  return f;
}

void Readers::start() {
  for (auto& tenant : daybook_.tenants()) wake(tenant);
}

bool Readers::lagging(const Followed& f, const Tenant& tenant) const {
  const auto head = tenant.head().seq;
  const auto now = daybook_.now();
  return std::ranges::any_of(f.cursors, [&](const Cursor& c) { return c.state != State::stopped && c.seq < head && c.retry_at <= now; });
}

void Readers::wake(const std::shared_ptr<Tenant>& tenant) {
  if (registry_.readers().empty()) return;
  {
    std::scoped_lock lock(mutex_);
    auto found = followed_.find(tenant->number);
    if (found == followed_.end()) found = followed_.emplace(tenant->number, load(*tenant)).first;
    auto& f = found->second;
    if (f.busy) {
      f.again = true;
      return;
    }
    if (!lagging(f, *tenant)) return;
    f.busy = true;
  }
  submit(tenant);
}

void Readers::tick() {
  for (auto& tenant : daybook_.tenants()) wake(tenant);
}

void Readers::submit(const std::shared_ptr<Tenant>& tenant) {
  auto work = std::make_shared<std::vector<Cursor>>();
  daybook_.submit(unit_of(
      tenant,
      [this, work](Group& group, Tenant& t) {
        {
          std::scoped_lock lock(mutex_);
          *work = followed_.at(t.number).cursors;
        }
        advance(group, t, *work);
      },
      [this, tenant, work](base::Result<> done) {
        bool more = false;
        {
          std::scoped_lock lock(mutex_);
          auto& f = followed_.at(tenant->number);
          if (done) f.cursors = *work;
          f.busy = f.again = false;
          more = done && lagging(f, *tenant);
          f.busy = more;
        }
        if (more) submit(tenant);
      }));
}

void Readers::advance(Group& group, Tenant& tenant, std::vector<Cursor>& work) {
  for (std::size_t i = 0; i < work.size(); ++i)
    if (work[i].state != State::stopped && work[i].retry_at <= group.now()) advance(group, tenant, *registry_.readers()[i], work[i]);
}

void Readers::advance(Group& group, Tenant& tenant, const Reader& reader, Cursor& cursor) {
  const auto head = tenant.head().seq;   // committed: what this very group adds is for the next unit
  if (cursor.seq >= head) return;
  const auto before = cursor;
  for (auto& event : daybook_.events_after(tenant, cursor.seq, static_cast<std::size_t>(batch))) {
    if (event->seq > head) break;
    const auto done = apply(group, tenant, reader, *event);
    if (!done) {
      fail(tenant, reader, cursor, *event, done.error().detail.empty() ? done.error().title : done.error().detail, group.now());
      break;
    }
    cursor.seq = event->seq;
    cursor.failures = 0;
    cursor.error.clear();
  }
  if (cursor.state == State::rebuilding && cursor.seq >= head) cursor.state = State::running;
  if (cursor.seq == before.seq && cursor.failures == before.failures) return;
  // Passing over events of other types need not be remembered at once: a restart passes over them again.
  save(group.connection(), tenant.number, reader, cursor.seq, cursor.state, cursor.failures, cursor.error, group.now());
  group.dirty();
}

base::Result<bool> Readers::apply(Group& group, Tenant& tenant, const Reader& reader, const Event& event) {
  if (!type_matches(reader.types, event.type)) return false;
  const auto actor = Actor::system(reader.name);
  const Request request{.trace = event.trace, .cause = "event/" + Position{event.epoch, event.seq}.text()};
  auto tx = group.tx(tenant, actor, request);
  base::Result<> done;
  try {
    if (reader.kind == ReaderKind::reaction && depth_of(tx, event) >= cause_depth)
      done = internal("The chain of causes is deeper than " + std::to_string(cause_depth) + " events; parked.");
    else
      done = reader.apply(tx, event);
    if (done && reader.kind == ReaderKind::projection && !tx.emitted().empty()) throw std::logic_error("a projection emitted an event");
  } catch (const db::Error&) {
    throw;
  } catch (const std::exception& bug) {
    done = internal(bug.what());
  }
  if (!done) {
    tx.undo();
    return std::unexpected(std::move(done).error());
  }
  tx.keep();
  group.emitted(tenant, std::move(tx.emitted()));
  return true;
}

void Readers::fail(Tenant& tenant, const Reader& reader, Cursor& cursor, const Event& event, std::string_view why, Instant now) const {
  ++cursor.failures;
  cursor.error = "event " + std::to_string(event.seq) + " (" + event.type + "): " + std::string(why);
  cursor.retry_at = now + std::chrono::milliseconds(200 * cursor.failures);
  if (cursor.failures >= failures_allowed) cursor.state = State::stopped;
  base::log::error(cursor.state == State::stopped ? "a reader stopped" : "a reader failed",
                   {{"tenant", tenant.slug}, {"reader", reader.name}, {"seq", event.seq}, {"event", event.type}, {"failures", cursor.failures}, {"error", why}});
}

std::vector<Readers::Status> Readers::status() const {
  std::vector<Status> all;
  for (auto& tenant : daybook_.tenants()) {
    std::scoped_lock lock(mutex_);
    const auto found = followed_.find(tenant->number);
    if (found == followed_.end()) continue;
    for (std::size_t i = 0; i < found->second.cursors.size(); ++i) {
      const auto& c = found->second.cursors[i];
      all.push_back({tenant->slug, std::string(registry_.readers()[i]->name), c.state, c.seq, tenant->head().seq, c.failures, c.error});
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
  return index && found != followed_.end() ? found->second.cursors[*index].state : State::running;
}

std::int64_t Readers::cursor(const Tenant& tenant, std::string_view reader) const {
  const auto index = index_of(reader);
  std::scoped_lock lock(mutex_);
  const auto found = followed_.find(tenant.number);
  return index && found != followed_.end() ? found->second.cursors[*index].seq : 0;
}

// Changes one cursor in a transaction of its own, while no unit of this tenant's readers is on its way.
base::Result<> Readers::mend(const std::shared_ptr<Tenant>& tenant, std::size_t index, const std::function<void(Group&, Cursor&)>& change) {
  std::optional<Cursor> mine;
  while (!mine) {
    {
      std::scoped_lock lock(mutex_);
      auto& f = followed_[tenant->number];
      if (f.cursors.empty()) f = load(*tenant);
      if (!f.busy) {
        f.busy = true;
        mine = f.cursors[index];
      }
    }
    if (!mine) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  auto& cursor = *mine;
  const auto done = daybook_.work_and_wait(tenant, [&](Group& group, Tenant& t) {
    change(group, cursor);
    save(group.connection(), t.number, *registry_.readers()[index], cursor.seq, cursor.state, cursor.failures, cursor.error, group.now());
    group.dirty();
  });
  {
    std::scoped_lock lock(mutex_);
    auto& f = followed_.at(tenant->number);
    f.busy = f.again = false;
    if (done) f.cursors[index] = cursor;
  }
  wake(tenant);
  return done;
}

base::Result<> Readers::retry(const std::shared_ptr<Tenant>& tenant, std::string_view reader) {
  const auto index = TRY(index_of(reader));
  if (state(*tenant, reader) != State::stopped) return not_stopped();
  return mend(tenant, index, [](Group&, Cursor& c) { c = {.state = State::running, .seq = c.seq}; });
}

base::Result<> Readers::skip(const std::shared_ptr<Tenant>& tenant, std::string_view reader) {
  const auto index = TRY(index_of(reader));
  if (state(*tenant, reader) != State::stopped) return not_stopped();
  return mend(tenant, index, [](Group&, Cursor& c) { c = {.state = State::running, .seq = c.seq + 1}; });
}

base::Result<> Readers::rebuild(const std::shared_ptr<Tenant>& tenant, std::string_view name) {
  const auto index = TRY(index_of(name));
  const auto& reader = *registry_.readers()[index];
  if (reader.kind != ReaderKind::projection) return not_a_projection();
  return mend(tenant, index, [&](Group& group, Cursor& c) {
    for (auto table : reader.tables)
      group.connection().query_built("DELETE FROM " + std::string(table) + " WHERE tenant = $t", tenant->number, {}, reflect::type_of<ReaderRow>(), nullptr, nullptr);
    c = {.state = State::rebuilding, .seq = 0};
  });
}

}  // namespace core
