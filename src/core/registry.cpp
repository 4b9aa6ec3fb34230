#include "core/registry.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/own_module.h"

namespace core {

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
  const std::string many(r.many), one(r.one), path(r.path), subject(r.subject);
  const auto name = [&](std::string_view verb) { return keep(std::string(m.name) + '.' + std::string(verb) + '_' + subject); };
  const auto* type = &r.type();
  if (reflect::has_personal(*type)) event(subject + ".erased", "The personal data of " + one + " was erased on request.");
  const auto command = [&](Command c) { owners_[&commands_.emplace_back(std::move(c))] = &m; };
  const auto query = [&](Query q) { owners_[&queries_.emplace_back(std::move(q))] = &m; };
  if (r.offers & creates) {
    const auto& created = event(subject + ".created", "There is " + one + ".");
    Command c{{.name = name("create"), .route = keep("POST " + path), .permission = r.write_permission, .summary = keep("Create " + one),
               .rejects = {&reused}, .creates = Creates::resource, .section = r.section}};
    c.input = r.type;
    c.output = type;
    c.call = [&r, &created](Tx& tx, const Actor& actor, const reflect::Value& input) { return core::create(tx, actor, r, created, input); };
    command(std::move(c));
  }
  if (r.offers & reads) {
    Query all{{.name = name("list"), .route = keep("GET " + path), .permission = r.read_permission, .summary = keep("List " + many), .rejects = {&bad_cursor},
               .section = r.section}};
    all.input = &reflect::type_of<ListInput>;
    all.output = type;
    all.resource = &r;
    all.list = true;
    all.call = [&r](View& view, const Actor&, const reflect::Value& input) -> Result<Printed> {
      return Printed{TRY(core::list(view, r, *static_cast<const ListInput*>(input.data())))};
    };
    query(std::move(all));
    Query one_of{{.name = name("get"), .route = keep("GET " + path + "/{id}"), .permission = r.read_permission, .summary = keep("Read " + one), .rejects = {&not_found},
                  .section = r.section}};
    one_of.input = &reflect::type_of<ById>;
    one_of.output = type;
    one_of.resource = &r;
    one_of.point_read = true;
    one_of.call = [&r](View& view, const Actor&, const reflect::Value& input) -> Result<Printed> {
      auto [body, version] = TRY(core::get(view, r, static_cast<const ById*>(input.data())->id));
      return Printed{std::move(body), version};
    };
    query(std::move(one_of));
  }
  if (r.offers & changes) {
    const auto& changed = event(subject + ".changed", "There is a new version of " + one + ".");
    Command c{{.name = name("change"), .route = keep("PATCH " + path + "/{id}"), .permission = r.write_permission, .summary = keep("Change " + one),
               .rejects = {&not_found, &stale}, .if_match = IfMatch::demanded, .body = Body::raw, .section = r.section}};
    c.input = &reflect::type_of<Patch>;
    c.body_type = r.type;
    c.output = type;
    c.call = [&r, &changed](Tx& tx, const Actor& actor, const reflect::Value& input) {
      return core::change(tx, actor, r, changed, *static_cast<const Patch*>(input.data()));
    };
    command(std::move(c));
  }
  if (r.offers & deletes) {
    const auto& deleted = event(subject + ".deleted", "There is no longer " + one + ".");
    Command c{{.name = name("delete"), .route = keep("DELETE " + path + "/{id}"), .permission = r.write_permission, .summary = keep("Delete " + one),
               .rejects = {&not_found, &stale}, .if_match = IfMatch::demanded, .section = r.section}};
    c.input = &reflect::type_of<ById>;
    c.output = &reflect::type_of<Deleted>();
    c.call = [&r, &deleted](Tx& tx, const Actor& actor, const reflect::Value& input) -> Result<reflect::Value> {
      return reflect::Value::of(TRY(core::remove(tx, actor, r, deleted, static_cast<const ById*>(input.data())->id)));
    };
    command(std::move(c));
  }
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
    if (!o.permission.empty() && !granted.contains(o.permission)) fail("operation " + std::string(o.name) + " needs the undeclared permission " + std::string(o.permission));
    if (o.summary.empty()) fail("operation " + std::string(o.name) + " has no summary");
  };
  for (auto& c : commands_) operation(c);
  for (auto& q : queries_) operation(q);
  for (auto& p : procedures_) operation(p);
  std::set<std::string_view> types;
  for (auto& e : events_)
    if (!types.insert(e.type).second) fail("event " + std::string(e.type) + " is declared twice");
  std::set<std::string_view> module_names;
  for (const auto* m : modules_) {
    for (auto need : m->needs)
      if (!module_names.contains(need)) fail("module " + std::string(m->name) + " needs " + std::string(need) + ", which must be listed before it");
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
