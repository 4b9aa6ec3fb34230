#include "core/registry.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/own_module.h"

namespace core {

namespace {
// Does the record hold one of the members that are prepared? They are optional.
bool gives_prepared(const Resource& r, const void* record) {
  return std::ranges::any_of(r.prepared, [&](auto name) {
    const auto* field = r.type().field(name);
    return field->type().size(field->at(const_cast<void*>(record))) != 0;
  });
}
}  // namespace

Registry::Registry(std::span<const Module* const> modules) {
  modules_.push_back(&own_module);
  modules_.insert(modules_.end(), modules.begin(), modules.end());
  for (const auto* module : modules_) add(*module);
  std::ranges::sort(permissions_, {}, &Permission::name);
  check();
}

const EventKind& Registry::event(std::string type, std::string summary) {
  return events_.emplace_back(EventKind{keep(std::move(type)), 1, keep(std::move(summary))});
}

void Registry::add(const Module& m) {
  for (auto& e : m.events) events_.push_back(e);
  for (auto& r : m.resources) add(m, r);
  for (auto& c : m.commands) owners_[&commands_.emplace_back(c)] = &m;
  for (auto& q : m.queries) owners_[&queries_.emplace_back(q)] = &m;
  for (auto& p : m.procedures) owners_[&procedures_.emplace_back(p)] = &m;
  for (auto& r : m.readers) readers_.push_back(&r);
  for (auto& s : m.schedules) schedules_.push_back(&s);
  for (auto& j : m.jobs) jobs_.push_back(&j);
  caches_.insert(caches_.end(), m.caches.begin(), m.caches.end());
  permissions_.insert(permissions_.end(), m.permissions.begin(), m.permissions.end());
}

// A resource is up to five operations and three kinds of event.
void Registry::add(const Module& m, const Resource& r) {
  resources_[r.subject] = &r;
  if (reflect::has_personal(r.type())) {
    event(std::string(r.subject) + ".erased", "The personal data of " + std::string(r.one) + " was erased on request.");
  }
  if (r.offers & creates) add_creation(m, r);
  if (r.offers & reads) add_reading(m, r);
  if (r.offers & changes) add_change(m, r);
  if (r.offers & deletes) add_deletion(m, r);
}

// "catalog.create_item", "POST /items", "Create an item".
Operation Registry::operation(const Module& m, const Resource& r, std::string_view verb, std::string_view method,
                              std::string_view rest_of_path, std::string_view permission, std::string summary) {
  return {.name = keep(std::string(m.name) + '.' + std::string(verb) + '_' + std::string(r.subject)),
          .route = keep(std::string(method) + ' ' + std::string(r.path) + std::string(rest_of_path)),
          .permission = permission,
          .summary = keep(std::move(summary)),
          .section = r.section};
}

void Registry::add_creation(const Module& m, const Resource& r) {
  const auto& created = event(std::string(r.subject) + ".created", "There is " + std::string(r.one) + ".");
  Command c{operation(m, r, "create", "POST", "", r.write_permission, "Create " + std::string(r.one))};
  c.rejects = {&reused};
  c.creates = Creates::resource;
  c.input = r.type;
  c.output = &r.type();
  c.call = [&r, &created](Tx& tx, const Actor& actor, const reflect::Value& input) {
    return core::create(tx, actor, r, created, input);
  };
  if (r.prepare) {
    c.wants_preparing = [&r](const reflect::Value& input) { return gives_prepared(r, input.data()); };
    c.prepare = [&r](const Preparing&, const reflect::Value& input) { return r.prepare(input.data(), {}); };
  }
  owners_[&commands_.emplace_back(std::move(c))] = &m;
}

void Registry::add_reading(const Module& m, const Resource& r) {
  Query all{operation(m, r, "list", "GET", "", r.read_permission, "List " + std::string(r.many))};
  all.rejects = {&bad_cursor};
  all.input = &reflect::type_of<ListInput>;
  all.output = &r.type();
  all.resource = &r;
  all.list = true;
  all.call = [&r](View& view, const Actor&, const reflect::Value& input) -> Result<Printed> {
    return Printed{TRY(core::list(view, r, *static_cast<const ListInput*>(input.data())))};
  };
  owners_[&queries_.emplace_back(std::move(all))] = &m;

  Query one{operation(m, r, "get", "GET", "/{id}", r.read_permission, "Read " + std::string(r.one))};
  one.rejects = {&not_found};
  one.input = &reflect::type_of<ById>;
  one.output = &r.type();
  one.resource = &r;
  one.point_read = true;
  one.call = [&r](View& view, const Actor&, const reflect::Value& input) -> Result<Printed> {
    auto [body, version] = TRY(core::get(view, r, static_cast<const ById*>(input.data())->id));
    return Printed{std::move(body), version};
  };
  owners_[&queries_.emplace_back(std::move(one))] = &m;
}

void Registry::add_change(const Module& m, const Resource& r) {
  const auto& changed = event(std::string(r.subject) + ".changed", "There is a new version of " + std::string(r.one) + ".");
  Command c{operation(m, r, "change", "PATCH", "/{id}", r.write_permission, "Change " + std::string(r.one))};
  c.rejects = {&not_found, &stale};
  c.if_match = IfMatch::demanded;
  c.body = Body::raw;
  c.input = &reflect::type_of<Patch>;
  c.body_type = r.type;
  c.output = &r.type();
  c.call = [&r, &changed](Tx& tx, const Actor& actor, const reflect::Value& input) {
    return core::change(tx, actor, r, changed, *static_cast<const Patch*>(input.data()));
  };
  if (r.prepare) {
    c.wants_preparing = [&r](const reflect::Value& input) {
      const auto& patch = static_cast<const Patch*>(input.data())->patch;
      return std::ranges::any_of(r.prepared, [&](auto name) { return !reflect::member(patch, name).empty(); });
    };
    c.prepare = [&r](const Preparing&, const reflect::Value& input) -> Result<Prepared> {
      reflect::Value given(r.type());
      const auto& patch = static_cast<const Patch*>(input.data())->patch;
      TRY(reflect::merge(given.type(), given.data(), patch));
      return r.prepare(given.data(), patch);
    };
  }
  owners_[&commands_.emplace_back(std::move(c))] = &m;
}

void Registry::add_deletion(const Module& m, const Resource& r) {
  const auto& deleted = event(std::string(r.subject) + ".deleted", "There is no longer " + std::string(r.one) + ".");
  Command c{operation(m, r, "delete", "DELETE", "/{id}", r.write_permission, "Delete " + std::string(r.one))};
  c.rejects = {&not_found, &stale};
  c.if_match = IfMatch::demanded;
  c.input = &reflect::type_of<ById>;
  c.output = &reflect::type_of<Deleted>();
  c.call = [&r, &deleted](Tx& tx, const Actor& actor, const reflect::Value& input) -> Result<reflect::Value> {
    return reflect::Value::of(TRY(core::remove(tx, actor, r, deleted, static_cast<const ById*>(input.data())->id)));
  };
  owners_[&commands_.emplace_back(std::move(c))] = &m;
}

// What a typing mistake in a declaration would otherwise show only when somebody calls it.
void Registry::check() const {
  const auto fail = [](std::string what) { throw std::logic_error("declaration: " + what); };
  std::set<std::string_view> names, routes, granted, tables;
  for (auto& p : permissions_)
    if (!granted.insert(p.name).second) fail("permission " + std::string(p.name) + " is declared twice");
  const auto operation = [&](const Operation& o) {
    if (!names.insert(o.name).second) fail("operation " + std::string(o.name) + " is declared twice");
    if (!o.route.empty() && !routes.insert(o.route).second) fail("route " + std::string(o.route) + " is declared twice");
    if (!o.permission.empty() && !granted.contains(o.permission))
      fail("operation " + std::string(o.name) + " needs the undeclared permission " + std::string(o.permission));
    if (o.summary.empty()) fail("operation " + std::string(o.name) + " has no summary");
  };
  for (auto& c : commands_) {
    operation(c);
    if (!c.tenant_from.empty() && !c.permission.empty())
      fail("operation " + std::string(c.name) + " takes no token, so it has no permission");
    if (!c.tenant_from.empty() && !c.input().field(c.tenant_from))
      fail("operation " + std::string(c.name) + " has no member " + std::string(c.tenant_from));
  }
  for (auto& q : queries_) operation(q);
  for (auto& p : procedures_) operation(p);
  std::set<std::string_view> types;
  for (auto& e : events_)
    if (!types.insert(e.type).second) fail("event " + std::string(e.type) + " is declared twice");
  std::set<std::string_view> module_names;
  for (const auto* m : modules_) {
    for (auto need : m->needs)
      if (!module_names.contains(need))
        fail("module " + std::string(m->name) + " needs " + std::string(need) + ", which must be listed before it");
    module_names.insert(m->name);
  }
}

std::vector<db::Migration> Registry::migrations() const {
  std::vector<db::Migration> all;
  for (const auto* m : modules_) all.insert(all.end(), m->migrations.begin(), m->migrations.end());
  return all;
}

const Resource* Registry::resource(std::string_view subject) const {
  const auto found = resources_.find(subject);
  return found == resources_.end() ? nullptr : found->second;
}
const EventKind* Registry::erased_event(std::string_view subject) const {
  const auto found = std::ranges::find(events_, std::string(subject) + ".erased", &EventKind::type);
  return found == events_.end() ? nullptr : &*found;
}
const Command& Registry::command(std::string_view name) const {
  const auto found = std::ranges::find(commands_, name, &Command::name);
  if (found == commands_.end()) throw std::logic_error("no command " + std::string(name));
  return *found;
}
const Query* Registry::query(std::string_view name) const {
  const auto found = std::ranges::find(queries_, name, &Query::name);
  return found == queries_.end() ? nullptr : &*found;
}
std::string_view Registry::module_of(const Operation& o) const { return owners_.at(&o)->name; }

std::optional<Actor> Registry::authenticate(View& view, std::string_view token) const {
  for (const auto* m : modules_)
    if (m->authenticate)
      if (auto actor = m->authenticate(view, token)) return actor;
  return std::nullopt;
}
std::string Registry::actor_name(View& view, std::string_view actor) const {
  for (const auto* m : modules_)
    if (m->actor_name) return m->actor_name(view, actor);
  return {};
}
Result<> Registry::found(Tx& tx, const Actor& actor) const {
  for (const auto* m : modules_)
    if (m->found) TRY(m->found(tx, actor));
  return {};
}

}  // namespace core
