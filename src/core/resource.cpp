#include "core/resource.h"

#include <stdexcept>

namespace core {

RECORD_TYPE(ListInput, "Which part of a list.", {"limit", "How many, at most 200.", defaulted},
            {"after", "`next_cursor` of the page before."}, {"updated_after", "Only what has changed since this moment."},
            {"fields", "Only these members of each element, comma-separated."}, {"filters", "Filters by name.", hidden})
RECORD_TYPE(ById, "One resource.", {"id", "Its id."})
RECORD_TYPE(Patch, "A change of one resource.", {"id", "Its id."}, {"patch", "A JSON merge patch (RFC 7396).", hidden})
RECORD_TYPE(Deleted, "What is left after a deletion.", {"id", "The id that was."}, {"version", "The version of the deletion."},
            {"deleted", "Always true."})

namespace {

void* at(const reflect::Type& type, const void* record, std::string_view name) {
  const auto* field = type.field(name);
  return field ? field->at(const_cast<void*>(record)) : nullptr;
}
void* must(const reflect::Type& type, const void* record, std::string_view name) {
  if (auto* place = at(type, record, name)) return place;
  throw std::logic_error(std::string(type.name) + " has no field " + std::string(name));
}
void set_time(const reflect::Type& type, void* record, std::string_view name, Instant now) {
  if (auto* place = at(type, record, name)) *static_cast<Instant*>(place) = now;
}

}  // namespace

std::string id_of(const reflect::Type& type, const void* record) {
  std::string id;
  const auto* field = type.field("id");
  if (!field) throw std::logic_error(std::string(type.name) + " has no field id");
  const auto& id_type = field->type();
  if (id_type.kind == reflect::Kind::text) return *static_cast<const std::string*>(field->at(const_cast<void*>(record)));
  id_type.scalar.print(field->at(const_cast<void*>(record)), id);
  return id;
}
std::int64_t version_of(const reflect::Type& type, const void* record) {
  return *static_cast<std::int64_t*>(must(type, record, "version"));
}
void set_version(const reflect::Type& type, void* record, std::int64_t version) {
  *static_cast<std::int64_t*>(must(type, record, "version")) = version;
}

bool load_row(db::Snapshot& s, const Resource& resource, std::string_view id, void* out) {
  struct Place {
    void* record;
    int rows;
  } place{out, 0};
  const std::string key(id);
  const db::Arg args[] = {db::arg(key)};
  s.connection().query_built("SELECT {} FROM " + std::string(resource.table) + " WHERE tenant = $t AND id = $1", s.tenant(),
                             args, resource.type(), &place, [](void* p) -> void* {
                               auto* to = static_cast<Place*>(p);
                               ++to->rows;
                               return to->record;
                             });
  return place.rows == 1;
}

namespace {

base::Result<> rule(Tx& tx, const Actor& actor, const Resource& resource, const void* before, void* after) {
  if (!resource.check) return {};
  return resource.check(tx, actor, before, after);
}

// A client-made id that is already there: the same content is a replay of the creation, other content is refused.
base::Result<bool> known(Tx& tx, const Resource& resource, std::string_view id, void* out) {
  if (!load_row(tx, resource, id, out)) {
    // A retry that arrives behind the deletion must not bring it back.
    const auto subject = std::string(resource.subject) + '/' + std::string(id);
    if (resource.offers & deletes &&
        !tx.all<std::int64_t>("SELECT seq FROM core_log WHERE tenant = $t AND subject = $1 ORDER BY seq LIMIT 1", subject)
             .empty())
      return reused("The " + std::string(resource.subject) + " " + std::string(id) +
                    " was deleted; its id is not given again.");
    return false;
  }
  if (auto* print = at(resource.type(), out, "fingerprint"))
    TRY(tx.replay(*static_cast<base::Bytes*>(print)));
  else
    return reused("There is already a " + std::string(resource.subject) + " " + std::string(id) + ".");
  return true;
}

bool has_id(const reflect::Type& type, const void* record) {
  const auto text = id_of(type, record);
  return text.find_first_not_of('0', text.find('_') + 1) != text.npos;
}

}  // namespace

base::Result<reflect::Value> create(Tx& tx, const Actor& actor, const Resource& resource, const EventKind& created,
                                    const reflect::Value& input) {
  const auto& type = resource.type();
  reflect::Value record(type);
  type.copy(record.data(), input.data());
  if (has_id(type, record.data())) {
    reflect::Value there(type);
    if (TRY(known(tx, resource, id_of(type, record.data()), there.data()))) return there;
  } else {
    const auto* field = type.field("id");
    const auto id = base::id_text(field->type().name, tx.fresh<base::Id<"any">>().bits());
    field->type().scalar.parse(field->at(record.data()), id);
  }
  TRY(rule(tx, actor, resource, nullptr, record.data()));
  set_version(type, record.data(), 1);
  set_time(type, record.data(), "created_at", tx.now());
  set_time(type, record.data(), "updated_at", tx.now());
  if (auto* print = at(type, record.data(), "fingerprint")) *static_cast<base::Bytes*>(print) = tx.fingerprint();
  tx.insert(resource.table, type, record.data());
  tx.emit_erased(created, type, nullptr, record.data());
  return record;
}

base::Result<reflect::Value> change(Tx& tx, const Actor& actor, const Resource& resource, const EventKind& changed,
                                    const Patch& input) {
  const auto& type = resource.type();
  reflect::Value before(type), after(type);
  if (!load_row(tx, resource, input.id, before.data()))
    return not_found("No " + std::string(resource.subject) + " " + input.id + ".");
  TRY(tx.match(version_of(type, before.data())));
  type.copy(after.data(), before.data());
  TRY(reflect::merge(type, after.data(), input.patch));
  TRY(rule(tx, actor, resource, before.data(), after.data()));
  if (reflect::changes(type, before.data(), after.data(), reflect::Part::whole) == "[]") return before;  // nothing to say
  set_version(type, after.data(), version_of(type, before.data()) + 1);
  set_time(type, after.data(), "updated_at", tx.now());
  tx.update(resource.table, type, after.data());
  tx.emit_erased(changed, type, before.data(), after.data());
  return after;
}

base::Result<Deleted> remove(Tx& tx, const Actor& actor, const Resource& resource, const EventKind& deleted,
                             std::string_view id) {
  const auto& type = resource.type();
  reflect::Value before(type);
  if (!load_row(tx, resource, id, before.data()))
    return not_found("No " + std::string(resource.subject) + " " + std::string(id) + ".");
  TRY(tx.match(version_of(type, before.data())));
  TRY(rule(tx, actor, resource, before.data(), nullptr));
  tx.erase_row(resource.table, id);
  tx.emit_deleted(deleted, type, before.data());
  return Deleted{std::string(id), version_of(type, before.data()) + 1, true};
}

Forms::Text form_of(View& view, const Resource& resource, std::string_view id, std::int64_t version) {
  const auto& tenant = view.tenant_state();
  if (auto known = tenant.forms->find(tenant.number, id, version)) return known;
  reflect::Value record(resource.type());
  if (!load_row(view, resource, id, record.data())) throw std::logic_error("a row has gone within a snapshot");
  auto text = std::make_shared<const std::string>(reflect::to_json_erased(resource.type(), record.data()));
  tenant.forms->put(tenant.number, id, version, text);
  return text;
}

base::Result<std::pair<std::string, std::int64_t>> get(View& view, const Resource& resource, std::string_view id) {
  const std::string key(id);
  const db::Arg args[] = {db::arg(key)};
  std::vector<std::int64_t> versions;
  view.connection().query_built("SELECT version FROM " + std::string(resource.table) + " WHERE tenant = $t AND id = $1",
                                view.tenant(), args, reflect::type_of<std::int64_t>(), &versions,
                                [](void* to) -> void* { return &static_cast<std::vector<std::int64_t>*>(to)->emplace_back(); });
  if (versions.empty()) return not_found("No " + std::string(resource.subject) + " " + std::string(id) + ".");
  return std::pair(*form_of(view, resource, id, versions.front()), versions.front());
}

}  // namespace core
