#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "core/tx.h"

// The one writer (KERNEL §2): units of work of many tenants, in groups; one transaction a group; nothing leaves before the
// commit, and a failed group never forks the log. A command that is refused after it has written is rare, and a savepoint for
// each makes the engine keep what it could be undone with: a group runs without them, and again with them where one is needed.
namespace core {

inline constexpr base::ProblemKind internal{"internal", 500, "Something went wrong inside Daybook; it has been logged."};
inline constexpr base::ProblemKind unavailable{"storage.unavailable", 503,
                                               "The database cannot be written at the moment. Nothing was changed; try again."};
inline constexpr base::ProblemKind storage_full{"storage.full", 503,
                                                "The disk is full. Nothing was changed; free some space, then try again."};
inline constexpr base::ProblemKind commit_unknown{
    "storage.commit_unknown", 503,
    "The database did not say whether the change was kept. Repeat it with the same id or key to find out."};
inline constexpr base::ProblemKind overloaded{"server.overloaded", 503,
                                              "Too much is waiting to be written. Try again in a moment."};

class Group;

// Something to do in a group. `run` may be called again when the group before failed: it starts from nothing each time.
struct Unit {
  explicit Unit(std::shared_ptr<Tenant> t) : tenant(std::move(t)) {}
  virtual ~Unit() = default;
  virtual bool wanted() const { return true; }  // false: its client has gone; dropped before it starts
  virtual void run(Group&) = 0;
  virtual void committed(const Tenant::Head&) = 0;  // after the commit
  // The group, or this unit alone, could not be committed. `internal` says that it was rolled back for what it did itself;
  // its detail is the database's own words.
  virtual void failed(const base::Problem&) = 0;
  virtual bool refused() const { return false; }  // after run: a refusal, for the statistics
  std::shared_ptr<Tenant> tenant;
  base::Instant queued_at{};
};

// What a unit sees while it runs.
class Group {
 public:
  Group(db::Connection&, const std::vector<const CacheKind*>&, Instant now, bool savepoints);
  Tx tx(Tenant&, const Actor&, const Request&, std::string fingerprint = {}, Prepared prepared = {});
  void keep(Tx&);                                     // what the command did becomes the group's: rows, events, jobs
  void emitted(Tenant&, std::vector<Tx::Emitted>&&);  // the events of a kept command, in order
  void dirty() { dirty_ = true; }                     // something was written beside a Tx
  Position position(Tenant&);                         // of the tenant's log, as far as the group is
  db::Connection& connection() { return connection_; }
  Instant now() const { return now_; }

 private:
  friend class Writer;
  WorkingHead& head(Tenant&);
  bool wrote() const;
  db::Connection& connection_;
  const std::vector<const CacheKind*>& caches_;
  Instant now_;
  bool savepoints_;
  bool dirty_ = false;
  std::map<Tenant*, WorkingHead> heads_;
  std::map<Tenant*, std::vector<EventPtr>> events_;
  std::string mark_;  // what a group without events is known by
};

struct WriterStats {
  std::uint64_t groups = 0, units = 0, refused = 0, failed_groups = 0, unknown_commits = 0;
  std::uint64_t busy_us = 0, commit_us = 0;
};

class Writer {
 public:
  struct Options {
    std::size_t group_units = 60;
    std::size_t queue_units = 4096;
    std::chrono::milliseconds reconnect_time{5000};
  };
  // After each commit, on the writer's thread: the tenant's new events, in order.
  using Published = std::function<void(const std::shared_ptr<Tenant>&, const std::vector<EventPtr>&)>;
  Writer(db::Database&, std::vector<const CacheKind*>, std::function<Instant()> clock, Options, Published);
  ~Writer();
  enum class Priority : std::uint8_t { command, background };
  // Queues a unit; when the queue is full it fails at once with `overloaded`.
  void submit(std::unique_ptr<Unit>, Priority = Priority::command);
  void stop();  // runs what is queued, then ends
  // Has it done on the writer's thread while no transaction is open, soon, however much is queued; waits for that and throws
  // what it throws. Does nothing once the writer stops. One caller at a time.
  void between_groups(std::function<void()>);
  WriterStats stats() const;
  std::size_t queued() const;
  // Called when connections must be opened again (after an unknown commit): the program's readers do the same.
  std::function<void()> on_reopen;
  // Called after a commit that enqueued jobs, and when jobs may have been enqueued that nobody heard of.
  std::function<void(const std::shared_ptr<Tenant>&)> on_jobs;

 private:
  using Units = std::vector<std::unique_ptr<Unit>>;
  using Some = std::span<std::unique_ptr<Unit>>;
  struct Lane {  // tenants take turns
    std::map<Tenant*, std::deque<std::unique_ptr<Unit>>> waiting;
    std::deque<Tenant*> turns;
    std::size_t size = 0;
    std::chrono::steady_clock::time_point since{};  // something has been waiting
    void move_to(Units&, std::size_t most);
  };
  enum class End : std::uint8_t {
    committed,
    failed,   // rolled back; a unit of it may do better alone
    closed,   // no transaction could be opened: nothing was started
    unknown,  // the database does not say whether it was committed
  };
  enum class Fate : std::uint8_t { kept, gone, unknown };
  // writer.cpp: the queue and its thread
  void loop();
  void do_between();
  Units take();
  void execute(Units&);
  // group.cpp: one transaction
  End attempt(Some, base::Problem& failure);
  void open(std::optional<Group>&, Some, bool savepoints);
  void lock_heads(Group&, Some);
  static void run_all(Group&, Some);
  void commit(Group&);
  Fate find_out(const Group&);
  bool is_there(db::Connection&, const Group&) const;
  void finish(Group&, Some);
  base::Problem note(const db::Error&, std::size_t units);
  void reset();
  db::Connection& connection();
  void settle_doubts();
  void catch_up(db::Connection&, const std::shared_ptr<Tenant>&, const Tenant::Head& stored);

  db::Database& database_;
  std::vector<const CacheKind*> caches_;
  std::function<Instant()> clock_;
  Options options_;
  Published published_;
  std::unique_ptr<db::Connection> connection_;
  std::set<std::shared_ptr<Tenant>> doubted_;  // their logs may hold a group that nobody has confirmed

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Lane lanes_[2];
  std::packaged_task<void()> between_;
  bool stopping_ = false;
  WriterStats stats_;
  std::thread thread_;
};

}  // namespace core
