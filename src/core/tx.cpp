#include "core/tx.h"

#include <algorithm>
#include <stdexcept>

#include "base/crypto.h"
#include "core/log.h"
#include "core/resource.h"

namespace core {

Tx::Tx(const Wiring& w, const Actor& actor, const Request& request, std::string fingerprint, Prepared prepared)
    : db::Tx(w.connection, w.tenant.number),
      wiring_(w),
      actor_(actor),
      request_(request),
      fingerprint_(std::move(fingerprint)),
      prepared_(std::move(prepared)),
      now_(std::max(w.now, w.head.head.time)),
      before_(w.head.head),
      stamps_before_(w.head.stamps),
      counters_before_(w.head.counters),
      wrote_before_(w.head.wrote),
      enqueued_before_(w.head.enqueued) {}

base::Result<> Tx::replay(const base::Bytes& stored) {
  if (!base::same_secret(stored, fingerprint_)) return reused();
  replayed_ = true;
  return {};
}

base::Result<> Tx::match(std::int64_t version) {
  matched_ = true;
  if (request_.if_match && *request_.if_match != version)
    return std::unexpected(
        stale.problem("It is at version " + std::to_string(version) + " now. Read it again, then repeat the change.")
            .with("version", version));
  return {};
}

void Tx::about_to_write() {
  if (wrote_) return;
  if (wiring_.savepoints) connection_.savepoint();
  wrote_ = true;
}

void Tx::undo() {
  if (wrote_ && !wiring_.savepoints) throw UndoNeedsSavepoints();
  if (wrote_) connection_.rollback_to();
  wrote_ = false;
  wiring_.head.head = before_;
  wiring_.head.stamps = stamps_before_;
  wiring_.head.counters = counters_before_;
  wiring_.head.wrote = wrote_before_;  // of commands inside this one, in a batch
  wiring_.head.enqueued = enqueued_before_;
  wiring_.head.loaded.clear();  // may show what has just been undone
  emitted_.clear();
  enqueued_ = keeps_refusal_ = false;
}

void Tx::keep() {
  if (wrote_ && wiring_.savepoints) connection_.release();
  wiring_.head.wrote = wiring_.head.wrote || wrote_;
  wiring_.head.enqueued = wiring_.head.enqueued || enqueued_;
}

// Ids of one millisecond sort in the order in which they were made (RFC 9562 §6.2: a counter behind the time), so that a list
// by id is a list by time. They are made on the writer's thread.
base::Bits128 Tx::fresh_bits() {
  constexpr std::uint32_t counted = 1 << 12;
  thread_local std::int64_t last = 0;
  thread_local std::uint32_t made = 0;
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now_).time_since_epoch().count();
  if (ms == last || (ms < last && last - ms < 1000)) {
    if (++made == counted) {  // as if time had moved on
      ++last;
      made = 0;
    }
  } else {
    last = ms;
    made = 0;
  }
  auto random = base::random_bits();
  random[6] = static_cast<std::uint8_t>(made >> 8);
  random[7] = static_cast<std::uint8_t>(made);
  return base::uuid_v7(last, random);
}

const void* Tx::cached_value(const CacheKind& kind) {
  auto& working = wiring_.head;
  const auto touched = working.stamps.find(&kind);
  if (const auto own = working.loaded.find(&kind); own != working.loaded.end())
    if (touched == working.stamps.end() || own->second.loaded_at >= touched->second) return own->second.value.get();
  if (touched == working.stamps.end()) {
    if (auto shared = wiring_.tenant.cache.find(kind, working.head.seq)) {
      working.loaded[&kind] = {shared, working.head.seq};  // held, so that it lives as long as the group
      return shared.get();
    }
  }
  auto& entry = working.loaded[&kind];
  entry = {kind.load(*this), working.head.seq};
  return entry.value.get();
}

void Tx::append(const EventKind& kind, const reflect::Type& type, const void* before, const void* after) {
  Emitted emitted{std::make_shared<Event>(), &type, {}};
  auto& e = *emitted.event;
  reflect::print(type, after, e.body, reflect::Part::open);
  e.changed = base::Json(before ? reflect::changes(type, before, after, reflect::Part::open) : "[]");
  if (reflect::has_personal(type)) {
    std::string personal, changed = "[]";
    reflect::print(type, after, personal, reflect::Part::personal);
    if (before) changed = reflect::changes(type, before, after, reflect::Part::personal);
    if (!personal.empty() || changed != "[]") {
      e.personal_body = std::move(personal);
      e.personal_changed = std::move(changed);
    }
  }
  emitted.whole = e.personal_body && !e.personal_body->empty() ? reflect::to_json_erased(type, after) : std::string(e.body);
  append_body(kind, type, id_of(type, after), version_of(type, after), std::move(emitted));
}

void Tx::append_body(const EventKind& kind, const reflect::Type&, std::string_view id, std::int64_t version, Emitted emitted) {
  about_to_write();
  auto& e = *emitted.event;
  e.time = now_;
  e.type = kind.type;
  e.version = kind.version;
  e.subject = std::string(kind.subject()) + '/' + std::string(id);
  e.subject_version = version;
  e.actor = acting_.empty() ? actor_.id : acting_;
  e.cause = request_.cause;
  e.trace = request_.trace;
  for (auto& earlier : emitted_)
    if (earlier.event->subject == e.subject) throw std::logic_error("a command emitted two events of " + e.subject);
  core::append(connection_, wiring_.tenant, wiring_.head.head, e);
  for (const auto* cache : wiring_.caches)
    if (cache->touched_by(e.type)) wiring_.head.stamps[cache] = e.seq;
  emitted_.push_back(std::move(emitted));
}

void Tx::emit_erased(const EventKind& kind, const reflect::Type& type, const void* before, const void* after) {
  append(kind, type, before, after);
}

void Tx::erase_row(std::string_view table, std::string_view id) {
  about_to_write();
  const std::string key(id);
  const db::Arg args[] = {db::arg(key)};
  connection_.query_built("DELETE FROM " + std::string(table) + " WHERE tenant = $t AND id = $1 RETURNING id", tenant_, args,
                          reflect::type_of<ById>(), nullptr, [](void*) -> void* {
                            thread_local ById row;
                            return &row;
                          });
}

void Tx::emit_deleted(const EventKind& kind, const reflect::Type& type, const void* before) {
  const Deleted gone{id_of(type, before), version_of(type, before) + 1, true};
  Emitted emitted{std::make_shared<Event>(), &reflect::type_of<Deleted>(), reflect::to_json(gone)};
  emitted.event->body = base::Json(emitted.whole);
  emitted.event->changed = base::Json("[]");
  append_body(kind, type, gone.id, gone.version, std::move(emitted));
}

void Tx::enqueue_json(const JobKind& kind, std::string input, std::string key, std::optional<Instant> due) {
  const auto id = base::id_text("job", fresh_bits());
  const std::string name(kind.name);
  run("INSERT INTO core_job (tenant, id, kind, key, input, state, due_at, lease_until, attempts, error, created_at) "
      "VALUES ($t, $1, $2, $3, $4, 'waiting', $5, 0, 0, '', $6) ON CONFLICT (tenant, kind, key) DO NOTHING",
      id, name, key, input, due.value_or(now_), now_);
  enqueued_ = true;
}

}  // namespace core
