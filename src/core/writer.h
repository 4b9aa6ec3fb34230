#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/tx.h"

// The one writer (KERNEL §2): units of work of many tenants, in groups; one transaction a group, one savepoint a command;
// nothing leaves before the commit, and a failed group never forks the log.
namespace core {

inline constexpr base::ProblemKind internal{"internal", 500, "Something went wrong inside Daybook; it has been logged."};
inline constexpr base::ProblemKind unavailable{"storage.unavailable", 503, "The database cannot be written at the moment. Nothing was changed; try again."};
inline constexpr base::ProblemKind storage_full{"storage.full", 503, "The disk is full. Nothing was changed; free some space, then try again."};
inline constexpr base::ProblemKind commit_unknown{"storage.commit_unknown", 503,
                                                  "The database did not say whether the change was kept. Repeat it with the same id or key to find out."};
inline constexpr base::ProblemKind overloaded{"server.overloaded", 503, "Too much is waiting to be written. Try again in a moment."};

class Group;

// Something to do in a group. `run` may be called again when the group before failed: it starts from nothing each time.
struct Unit {
  explicit Unit(std::shared_ptr<Tenant> t) : tenant(std::move(t)) {}
  virtual ~Unit() = default;
  virtual bool wanted() const { return true; }             // false: its client has gone; dropped before it starts
  virtual void run(Group&) = 0;
  virtual void committed(const Tenant::Head&) = 0;         // after the commit
  virtual void failed(const base::Problem&) = 0;           // the group, or this unit alone, could not be committed
  std::shared_ptr<Tenant> tenant;
  base::Instant queued_at{};
};

// What a unit sees while it runs.
class Group {
 public:
  Group(db::Connection&, const std::vector<const CacheKind*>&, Instant now);
  Tx tx(Tenant&, const Actor&, const Request&, std::string fingerprint = {});
  void emitted(Tenant&, std::vector<Tx::Emitted>&&);       // the events of a kept command, in order
  void dirty() { dirty_ = true; }
  db::Connection& connection() { return connection_; }
  Instant now() const { return now_; }

 private:
  friend class Writer;
  WorkingHead& head(Tenant&);
  db::Connection& connection_;
  const std::vector<const CacheKind*>& caches_;
  Instant now_;
  bool dirty_ = false;
  std::map<Tenant*, WorkingHead> heads_;
  std::map<Tenant*, std::vector<EventPtr>> events_;
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
  void stop();                     // runs what is queued, then ends
  WriterStats stats() const;
  std::size_t queued() const;
  // Called when connections must be opened again (after an unknown commit): the program's readers do the same.
  std::function<void()> on_reopen;

 private:
  using Units = std::vector<std::unique_ptr<Unit>>;
  void loop();
  Units take();
  void execute(Units&);
  bool attempt(std::span<std::unique_ptr<Unit>>, base::Problem& failure);   // true: committed
  void run_all(Group&, std::span<std::unique_ptr<Unit>>);
  void lock_heads(Group&, std::span<std::unique_ptr<Unit>>);
  enum class Fate : std::uint8_t { kept, gone, unknown };
  Fate find_out(Group&);
  void finish(Group&, std::span<std::unique_ptr<Unit>>);
  void reset();
  db::Connection& connection();

  db::Database& database_;
  std::vector<const CacheKind*> caches_;
  std::function<Instant()> clock_;
  Options options_;
  Published published_;
  std::unique_ptr<db::Connection> connection_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  struct Lane {
    std::map<Tenant*, std::deque<std::unique_ptr<Unit>>> waiting;  // tenants take turns
    std::deque<Tenant*> turns;
    std::size_t size = 0;
  };
  Lane lanes_[2];
  bool stopping_ = false;
  WriterStats stats_;
  std::thread thread_;
};

}  // namespace core
