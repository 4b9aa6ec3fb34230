#include "core/daybook.h"

#include <future>

#include "base/address.h"
#include "base/crypto.h"
#include "base/log.h"
#include "core/erasure.h"
#include "core/log.h"
#include "core/own_module.h"

namespace core {

struct TenantRow {
  std::int64_t tenant = 0;
  TenantId id;
  std::string slug, name;
  base::Bytes key;
};
RECORD(TenantRow, tenant, id, slug, name, key)
RECORD_TYPE(TenantRow, "A tenant.")

namespace {

// Raised with each release whose migrations an older program cannot live with.
constexpr std::int64_t program_schema = 1;

bool good_slug(std::string_view slug) {
  if (slug.empty() || slug.size() > 40 || slug.front() < 'a' || slug.front() > 'z' || slug.back() == '-') return false;
  return slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == slug.npos;
}

}  // namespace

Daybook::Daybook(Options options, std::span<const Module* const> modules)
    : options_(std::move(options)), registry_(modules), database_(options_.open(options_.database)) {
  if (!options_.keys) options_.keys = std::make_shared<const base::Keyring>(base::Keyring::fresh());
  {
    auto connection = database_->connect(db::Access::write);
    const auto migrations = registry_.migrations();
    migrated_ = db::migrate(*connection, migrations, program_schema, now().time_since_epoch().count()).applied;
  }
  snapshots_ = std::make_unique<Snapshots>(*database_, options_.clock, options_.snapshot_threads);
  load_tenants();
  writer_ = std::make_unique<Writer>(
      *database_, registry_.caches(), options_.clock, options_.writer,
      [this](const std::shared_ptr<Tenant>& tenant, const std::vector<EventPtr>& events) { published(tenant, events); });
  slow_lane_ = std::make_unique<SlowLane>();
  writer_->on_reopen = [this] { snapshots_->reopen(); };
  readers_ = std::make_unique<Readers>(*this, registry_);
  jobs_ = std::make_unique<Jobs>(*this, registry_, options_.job_threads);
  clockwork_ = std::make_unique<Clockwork>(*this, registry_);
  checkpoints_ = std::make_unique<Checkpoints>(*database_, *writer_);
  writer_->on_jobs = [this](const std::shared_ptr<Tenant>& tenant) { jobs_->wake(tenant); };
}

Daybook::~Daybook() { stop(); }

void Daybook::start() {
  repeat_erasures(*this);
  readers_->start();
  jobs_->start();
  clockwork_->start();
  checkpoints_->start();
}

void Daybook::stop() {
  clockwork_->stop();
  checkpoints_->stop();
  jobs_->stop();
  slow_lane_->stop();
  snapshots_->stop();
  writer_->stop();
}

std::shared_ptr<Tenant> Daybook::known(const TenantRow& row) const {
  auto t = std::make_shared<Tenant>();
  t->number = row.tenant;
  t->id = row.id;
  t->slug = row.slug;
  t->name = row.name;
  t->key = row.key;
  t->forms = forms_;
  t->keys = options_.keys;
  return t;
}

void Daybook::load_tenants() {
  auto connection = database_->connect(db::Access::read);
  std::vector<TenantRow> rows;
  connection->begin(db::Access::read);
  connection->query("SELECT {} FROM core_tenant", 0, {}, reflect::type_of<TenantRow>(), &rows,
                    [](void* to) -> void* { return &static_cast<std::vector<TenantRow>*>(to)->emplace_back(); });
  for (auto& row : rows) {
    auto tenant = known(row);
    db::Snapshot snapshot(*connection, tenant->number);
    tenant->set_head(read_head(snapshot));
    tenants_[tenant->slug] = tenant;
  }
  connection->rollback();
}

std::shared_ptr<Tenant> Daybook::tenant(std::string_view slug) const {
  std::shared_lock lock(tenants_mutex_);
  const auto found = tenants_.find(std::string(slug));
  return found == tenants_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Tenant>> Daybook::tenants() const {
  std::shared_lock lock(tenants_mutex_);
  std::vector<std::shared_ptr<Tenant>> all;
  for (auto& [slug, tenant] : tenants_) all.push_back(tenant);
  return all;
}

base::Result<std::shared_ptr<Tenant>> Daybook::add_tenant(std::string_view slug, std::string_view name) try {
  auto connection = database_->connect(db::Access::write);
  connection->begin(db::Access::write);
  std::vector<TenantRow> rows, there;
  const std::string wanted(slug);
  const db::Arg key_of_slug[] = {db::arg(wanted)};
  connection->query("SELECT {} FROM core_tenant WHERE slug = $1", 0, key_of_slug, reflect::type_of<TenantRow>(), &there,
                    [](void* to) -> void* { return &static_cast<std::vector<TenantRow>*>(to)->emplace_back(); });
  if (!there.empty()) {  // a commit of before that nobody confirmed
    auto tenant = known(there.front());
    db::Snapshot snapshot(*connection, tenant->number);
    tenant->set_head(read_head(snapshot));
    connection->rollback();
    return tenant;
  }
  connection->query("SELECT {} FROM core_tenant ORDER BY tenant DESC LIMIT 1", 0, {}, reflect::type_of<TenantRow>(), &rows,
                    [](void* to) -> void* { return &static_cast<std::vector<TenantRow>*>(to)->emplace_back(); });
  const auto created = now();
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(created).time_since_epoch().count();
  auto tenant = known({rows.empty() ? 1 : rows.front().tenant + 1, TenantId(base::uuid_v7(ms, base::random_bits())),
                       std::string(slug), std::string(name), base::Bytes(base::random_bytes(32))});
  const Tenant::Head head{.epoch = new_epoch(created), .seq = 0, .hash = std::string(32, '\0'), .time = {}};
  const base::Bytes key(tenant->key), hash(head.hash);
  const db::Arg row[] = {db::arg(tenant->id), db::arg(tenant->slug), db::arg(tenant->name), db::arg(key), db::arg(created)};
  connection->change("INSERT INTO core_tenant (tenant, id, slug, name, key, created_at) VALUES ($t, $1, $2, $3, $4, $5)",
                     tenant->number, row);
  const db::Arg head_row[] = {db::arg(head.epoch), db::arg(hash)};
  connection->change("INSERT INTO core_head (tenant, epoch, seq, hash, time) VALUES ($t, $1, 0, $2, 0)", tenant->number,
                     head_row);
  connection->commit();
  tenant->set_head(head);
  return tenant;
} catch (const db::Error& error) {
  base::log::error("a business could not be set up", {{"slug", slug}, {"error", error.what()}});
  if (error.kind == db::Error::Kind::full) return storage_full();
  return unavailable();
}

// Two transactions: the tenant and its empty log first, without which no unit of it can run, then what its modules found
// it with. A crash between them leaves an empty tenant, which a second call completes.
base::Result<std::shared_ptr<Tenant>> Daybook::create_tenant(std::string_view slug, std::string_view name) {
  if (!good_slug(slug)) return bad_slug();
  std::scoped_lock one_at_a_time(creating_);
  auto tenant = this->tenant(slug);
  if (tenant && tenant->head().seq > 0) return slug_taken();
  if (!tenant) tenant = TRY(add_tenant(slug, name));
  base::Result<> founded;
  const auto done = work_and_wait(tenant, [&](Group& group, Tenant& t) {
    const auto actor = Actor::system("setup");
    const Request request;
    auto tx = group.tx(t, actor, request);
    founded = registry_.found(tx, actor);
    if (!founded) return tx.undo();
    group.keep(tx);
    readers_->begin(group, t);
  });
  if (!done) return std::unexpected(done.error());
  if (!founded) return std::unexpected(founded.error());
  std::unique_lock lock(tenants_mutex_);  // nobody sees it before it has what its modules expect
  tenants_[tenant->slug] = tenant;
  return tenant;
}

void Daybook::execute(Call call, Writer::Priority priority) {
  const auto& command = *call.command;
  if (!command.prepare || (command.wants_preparing && !command.wants_preparing(call.input)))
    return writer_->submit(unit_of(std::move(call)), priority);
  auto waiting = std::make_shared<Call>(std::move(call));
  const bool queued = slow_lane_->post(base::network_of(waiting->request.peer),
                                       [this, waiting, priority] { prepare(std::move(*waiting), priority); });
  if (!queued) waiting->answer(std::unexpected(overloaded.problem().with("retry_after", std::int64_t{1})));
}

// On the slow lane. Whoever has gone meanwhile costs nothing.
void Daybook::prepare(Call call, Writer::Priority priority) {
  if (call.alive && !call.alive()) return call.answer(std::unexpected(overloaded.problem()));
  base::Result<Prepared> prepared;
  try {
    const auto look = [&](const std::function<void(View&)>& f) { read(*call.tenant, f); };
    prepared = call.command->prepare({call.actor, call.request, call.tenant.get(), look}, call.input);
    if (prepared && !call.tenant) throw std::logic_error("a preparation without a business has no answer");
  } catch (const db::Error& error) {
    base::log::error("a preparation failed", {{"command", call.command->name}, {"error", error.what()}});
    prepared = unavailable();
  } catch (const std::exception& bug) {
    base::log::error("a preparation failed",
                     {{"command", call.command->name}, {"error", bug.what()}, {"trace", call.request.trace}});
    prepared = internal();
  }
  if (!prepared) return call.answer(std::unexpected(std::move(prepared).error()));
  call.prepared = *std::move(prepared);
  writer_->submit(unit_of(std::move(call)), priority);
}

base::Result<Answer> Daybook::execute_and_wait(Call call) {
  std::promise<base::Result<Answer>> promise;
  call.answer = [&](base::Result<Answer> answer) { promise.set_value(std::move(answer)); };
  execute(std::move(call));
  return promise.get_future().get();
}

base::Result<> Daybook::work_and_wait(std::shared_ptr<Tenant> tenant, Work work) {
  std::promise<base::Result<>> promise;
  submit(unit_of(std::move(tenant), std::move(work), [&](base::Result<> done) {
    if (!done) done.error().detail.clear();  // the words of the database are for the log, not for a client
    promise.set_value(std::move(done));
  }));
  return promise.get_future().get();
}

void Daybook::answer_query(QueryCall& call) {
  base::Result<Answer> result;
  try {
    if (!call.actor.may(call.query->permission)) {
      result = std::unexpected(forbidden.problem("This needs the permission " + std::string(call.query->permission) + ".")
                                   .with("permission", std::string(call.query->permission)));
    } else {
      snapshots_->with(*call.tenant, [&](View& view) {
        if (!call.query->projection.empty()) {  // how far it is in this very snapshot
          const auto [state, seq] = Readers::stored(view, call.query->projection);
          if (state == Readers::State::rebuilding) {
            result = rebuilding();
            return;
          }
          view.answer_at({view.position().epoch, seq});
        }
        auto printed = call.query->call(view, call.actor, call.input);
        if (!printed) {
          result = std::unexpected(std::move(printed).error());
          return;
        }
        result = Answer{.body = std::move(printed->body),
                        .version = printed->version,
                        .empty = printed->empty,
                        .position = view.position()};
      });
    }
  } catch (const db::Error& error) {
    base::log::error("a query failed", {{"query", call.query->name}, {"error", error.what()}});
    result = unavailable();
  } catch (const std::exception& bug) {
    base::log::error("a query failed", {{"query", call.query->name}, {"error", bug.what()}});
    result = internal();
  }
  call.answer(std::move(result));
}

void Daybook::query(QueryCall call) {
  if (call.query->point_read) return answer_query(call);
  auto shared = std::make_shared<QueryCall>(std::move(call));
  if (!snapshots_->post([this, shared] { answer_query(*shared); })) shared->answer(overloaded());
}

base::Result<Answer> Daybook::query_and_wait(QueryCall call) {
  std::promise<base::Result<Answer>> promise;
  call.answer = [&](base::Result<Answer> answer) { promise.set_value(std::move(answer)); };
  query(std::move(call));
  return promise.get_future().get();
}

std::vector<EventPtr> Daybook::events_after(Tenant& tenant, std::int64_t after, std::size_t limit) {
  const auto head = tenant.head().seq;
  if (after >= head) return {};
  // Between a commit and its announcement the tail ends before the head.
  if (auto newest = tail_.read(tenant, after, limit))
    if (newest->size() == limit || (!newest->empty() && newest->back()->seq >= head)) return *std::move(newest);
  std::vector<EventPtr> events;
  read(tenant, [&](View& view) {
    for (auto& e : read_log(view, after, static_cast<std::int64_t>(limit)))
      events.push_back(std::make_shared<const Event>(std::move(e)));
  });
  return events;
}

// What is not personal is shared with the event itself.
void Daybook::remember(const Tenant& tenant, const EventPtr& e) {
  auto text = e->personal_body ? std::make_shared<const std::string>(e->data()) : Forms::Text(e, &e->body);
  const auto subject = std::string_view(e->subject).substr(0, e->subject.find('/'));
  if (registry_.resource(subject)) forms_->put(tenant.number, e->subject_id(), e->subject_version, std::move(text));
}

void Daybook::published(const std::shared_ptr<Tenant>& tenant, const std::vector<EventPtr>& events) {
  tail_.push(*tenant, events);
  for (auto& e : events) remember(*tenant, e);
  for (auto& listener : listeners_) listener(tenant, events);
  readers_->wake(tenant);
  clockwork_->wake(*tenant, events);
}

}  // namespace core
