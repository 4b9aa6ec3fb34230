#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/call.h"
#include "core/checkpoints.h"
#include "core/clockwork.h"
#include "core/jobs.h"
#include "core/outside.h"
#include "core/readers.h"
#include "core/registry.h"
#include "core/slow_lane.h"
#include "core/snapshots.h"
#include "core/tail.h"

namespace core {

inline constexpr base::ProblemKind slug_taken{"tenant.slug_taken", 409, "There is already a business of that name."};
inline constexpr base::ProblemKind bad_slug{
    "tenant.slug", 422, "A slug has 1 to 40 lower-case letters, digits and hyphens, and starts with a letter."};
inline constexpr base::ProblemKind rebuilding{"projection.rebuilding", 503,
                                              "These figures are being built anew; try again in a moment."};

struct QueryCall {
  std::shared_ptr<Tenant> tenant;
  const Query* query = nullptr;
  Actor actor;
  reflect::Value input;
  AnswerTo answer;  // on this thread for a point read, on a pool thread otherwise
};

struct TenantRow;

// The running daybook: database, writer, readers, jobs and schedules of all tenants. Everything above talks to this.
class Daybook {
 public:
  struct Options {
    db::Options database;
    std::function<Instant()> clock;
    std::size_t snapshot_threads = 2;
    std::size_t job_threads = 2;
    Writer::Options writer = {};
    std::shared_ptr<Outside> outside = std::make_shared<Outside>();                     // what jobs reach
    std::shared_ptr<const base::Keyring> keys = {};                                     // none: one of this run alone
    std::function<std::unique_ptr<db::Database>(const db::Options&)> open = &db::open;  // tests put faults in between
  };
  // Opens, migrates and loads the tenants; readers, jobs and schedules start with start(). Throws db::Error with what to do.
  Daybook(Options, std::span<const Module* const>);
  ~Daybook();
  void start();
  void stop();  // finishes what is queued

  const Registry& registry() const { return registry_; }
  db::Database& database() { return *database_; }
  std::filesystem::path erasure_file() const { return std::filesystem::path(options_.database.url) / "erasures"; }
  Outside& outside() { return *options_.outside; }
  Instant now() const { return options_.clock(); }
  std::vector<std::string> migrated() const { return migrated_; }

  std::shared_ptr<Tenant> tenant(std::string_view slug) const;  // null when there is none
  std::vector<std::shared_ptr<Tenant>> tenants() const;
  // A new business with everything its modules found it with. Waits for the commit.
  base::Result<std::shared_ptr<Tenant>> create_tenant(std::string_view slug, std::string_view name);

  // A command with a preparation goes through the slow lane first. There a call may be of no business: then its preparation
  // finds the answer.
  void execute(Call, Writer::Priority = Writer::Priority::command);
  base::Result<Answer> execute_and_wait(Call);
  void query(QueryCall);
  base::Result<Answer> query_and_wait(QueryCall);
  // A view of the tenant on this thread.
  void read(Tenant& tenant, const std::function<void(View&)>& f) { snapshots_->with(tenant, f); }
  bool post_read(std::function<void()> f) { return snapshots_->post(std::move(f)); }
  void submit(std::unique_ptr<Unit> unit, Writer::Priority p = Writer::Priority::background) {
    writer_->submit(std::move(unit), p);
  }
  base::Result<> work_and_wait(std::shared_ptr<Tenant>, Work);

  Tail& tail() { return tail_; }
  // Entries behind `after` in order, from memory or the database.
  std::vector<EventPtr> events_after(Tenant&, std::int64_t after, std::size_t limit);
  // Called on the writer's thread after each commit with events. Set before start().
  void on_events(std::function<void(const std::shared_ptr<Tenant>&, const std::vector<EventPtr>&)> listener) {
    listeners_.push_back(std::move(listener));
  }
  Writer& writer() { return *writer_; }
  SlowLane& slow_lane() { return *slow_lane_; }
  Readers& readers() { return *readers_; }
  Jobs& jobs() { return *jobs_; }

 private:
  std::shared_ptr<Tenant> known(const TenantRow&) const;
  void load_tenants();
  void published(const std::shared_ptr<Tenant>&, const std::vector<EventPtr>&);
  void remember(const Tenant&, const EventPtr&);
  void answer_query(QueryCall&);
  void prepare(Call, Writer::Priority);
  base::Result<std::shared_ptr<Tenant>> add_tenant(std::string_view slug, std::string_view name);

  Options options_;
  Registry registry_;
  std::shared_ptr<Forms> forms_ = std::make_shared<Forms>();
  std::unique_ptr<db::Database> database_;
  std::vector<std::string> migrated_;
  mutable std::shared_mutex tenants_mutex_;
  std::unordered_map<std::string, std::shared_ptr<Tenant>> tenants_;
  std::mutex creating_;  // one new tenant at a time
  Tail tail_;
  std::vector<std::function<void(const std::shared_ptr<Tenant>&, const std::vector<EventPtr>&)>> listeners_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<SlowLane> slow_lane_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Clockwork> clockwork_;
  std::unique_ptr<Checkpoints> checkpoints_;
};

}  // namespace core
