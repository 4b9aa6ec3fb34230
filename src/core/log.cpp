#include "core/log.h"

#include "base/crypto.h"
#include "reflect/json.h"

namespace core {

namespace {

struct HeadRow {
  std::string epoch;
  std::int64_t seq = 0;
  base::Bytes hash;
  Instant time{};
};
RECORD(HeadRow, epoch, seq, hash, time)
RECORD_TYPE(HeadRow, "The end of a tenant's log.")

struct PersonalRow {
  std::int64_t seq = 0;
  base::Bytes salt;
  std::string changed, body;
  base::Bytes hash;
};
RECORD(PersonalRow, seq, salt, changed, body, hash)
RECORD_TYPE(PersonalRow, "The personal part of an entry.")

void field(std::string& out, std::string_view value) {
  const auto n = static_cast<std::uint32_t>(value.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
  out += value;
}

// An entry without its personal part, which has a table of its own.
const reflect::Type& log_row() {
  static const auto type = [] {
    auto t = reflect::type_of<Event>();
    t.fields = t.fields.first(t.fields.size() - 2);
    return t;
  }();
  return type;
}

Tenant::Head to_head(HeadRow row) {
  return {.epoch = std::move(row.epoch), .seq = row.seq, .hash = std::move(row.hash), .time = row.time};
}

constexpr const char* select_log =
    "SELECT l.seq, l.epoch, l.time, l.type, l.version, l.subject, l.subject_version, l.actor, l.cause, l.trace, l.changed, "
    "l.body, l.hash, "
    "p.changed, p.body FROM core_log l LEFT JOIN core_log_personal p ON p.tenant = l.tenant AND p.seq = l.seq "
    "WHERE l.tenant = $t AND l.seq > $1 ORDER BY l.seq LIMIT $2";

}  // namespace

std::string personal_hash(std::string_view salt, std::string_view body, std::string_view changed) {
  std::string text;
  field(text, body);
  field(text, changed);
  return std::string(base::as_text(base::sha256({salt, text})));
}

std::string chain_hash(std::string_view previous, std::string_view tenant_id, const Event& e, std::string_view personal) {
  thread_local std::string header, content;
  header.clear();
  field(header, tenant_id);
  field(header, e.epoch);
  field(header, std::to_string(e.seq));
  field(header, std::to_string(e.time.time_since_epoch().count()));
  field(header, e.type);
  field(header, std::to_string(e.version));
  field(header, e.actor);
  field(header, e.cause);
  field(header, e.trace);
  field(header, e.subject);
  field(header, std::to_string(e.subject_version));
  content.clear();
  field(content, e.body);
  field(content, e.changed);
  const auto header_hash = base::sha256(header), content_hash = base::sha256(content);
  return std::string(
      base::as_text(base::sha256({previous, base::as_text(header_hash), base::as_text(content_hash), personal})));
}

void append(db::Connection& c, const Tenant& tenant, Tenant::Head& head, Event& e) {
  e.seq = head.seq + 1;
  e.epoch = head.epoch;
  std::string personal;
  if (e.personal_body) {
    const auto salt = base::random_bytes(16);
    personal = personal_hash(salt, *e.personal_body, *e.personal_changed);
    const PersonalRow row{e.seq, base::Bytes(salt), *e.personal_changed, *e.personal_body, base::Bytes(personal)};
    c.insert("core_log_personal", tenant.number, reflect::type_of<PersonalRow>(), &row);
  }
  e.hash = base::Bytes(chain_hash(head.hash, tenant.id.text(), e, personal));
  c.insert("core_log", tenant.number, log_row(), &e);
  head = {.epoch = e.epoch, .seq = e.seq, .hash = e.hash, .time = e.time};
}

std::vector<Event> read_log(db::Snapshot& s, std::int64_t after, std::int64_t limit) {
  std::vector<Event> events;
  const db::Arg args[] = {db::arg(after), db::arg(limit)};
  s.connection().query(select_log, s.tenant(), args, reflect::type_of<Event>(), &events,
                       [](void* to) -> void* { return &static_cast<std::vector<Event>*>(to)->emplace_back(); });
  for (auto& e : events) {  // an erased personal part is as good as none
    if (e.personal_body && e.personal_body->empty()) e.personal_body.reset();
    if (e.personal_changed && e.personal_changed->empty()) e.personal_changed.reset();
  }
  return events;
}

std::optional<Event> read_entry(db::Snapshot& s, std::int64_t seq) {
  auto events = read_log(s, seq - 1, 1);
  if (events.empty() || events.front().seq != seq) return std::nullopt;
  return std::move(events.front());
}

Tenant::Head read_head(db::Snapshot& s) {
  auto row = s.maybe<HeadRow>("SELECT epoch, seq, hash, time FROM core_head WHERE tenant = $t");
  if (!row) throw db::Error(db::Error::Kind::corrupt, "core_head has no row of tenant " + std::to_string(s.tenant()));
  return to_head(std::move(*row));
}

Tenant::Head lock_head(db::Connection& c, std::int64_t tenant) {
  std::vector<HeadRow> rows;
  // FOR UPDATE has no meaning in SQLite, where BEGIN IMMEDIATE has already locked the file.
  static constexpr const char* postgres = "SELECT epoch, seq, hash, time FROM core_head WHERE tenant = $t FOR UPDATE";
  static constexpr const char* sqlite = "SELECT epoch, seq, hash, time FROM core_head WHERE tenant = $t";
  c.query(c.engine() == db::Engine::postgres ? postgres : sqlite, tenant, {}, reflect::type_of<HeadRow>(), &rows,
          [](void* to) -> void* { return &static_cast<std::vector<HeadRow>*>(to)->emplace_back(); });
  if (rows.size() != 1) throw db::Error(db::Error::Kind::corrupt, "core_head has no row of tenant " + std::to_string(tenant));
  return to_head(std::move(rows.front()));
}

void write_head(db::Connection& c, std::int64_t tenant, const Tenant::Head& head) {
  const base::Bytes hash(head.hash);
  const db::Arg args[] = {db::arg(head.epoch), db::arg(head.seq), db::arg(hash), db::arg(head.time)};
  c.run("UPDATE core_head SET epoch = $1, seq = $2, hash = $3, time = $4 WHERE tenant = $t", tenant, args);
}

std::string new_epoch(Instant now) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  return base::id_text("", base::uuid_v7(ms, base::random_bits())).substr(1);
}

}  // namespace core
