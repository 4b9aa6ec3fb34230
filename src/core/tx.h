#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/actor.h"
#include "core/cache.h"
#include "core/event.h"
#include "core/job.h"
#include "core/tenant.h"
#include "db/tx.h"
#include "reflect/json.h"

namespace core {

inline constexpr base::ProblemKind bad_credentials{"auth.invalid", 401, "These credentials are wrong, expired or revoked."};
inline constexpr base::ProblemKind forbidden{"auth.forbidden", 403, "You do not have the permission for this."};
inline constexpr base::ProblemKind reused{"idempotency.reused", 422, "This id or key was used before with other content."};
inline constexpr base::ProblemKind stale{"version.stale", 412, "The resource has changed since the version in If-Match."};

// What came with the request besides the input.
struct Request {
  std::string trace = {};                     // W3C trace id
  std::string cause = {};                     // the event or request that led to this
  std::string key = {};                       // Idempotency-Key as given, "" when none
  std::optional<std::int64_t> if_match = {};  // version
  bool any_version = false;                   // If-Match: *
  std::string peer = {};                      // the address that it came from, "" when it came from inside
  std::string agent = {};                     // User-Agent, as the client calls itself
};

// What the preparation of a command has found out, of a type that only the two know.
using Prepared = std::shared_ptr<const void>;

// The working head of a group: what the tenant's log will be once it commits.
struct WorkingHead {
  Tenant::Head head;
  std::map<const CacheKind*, std::int64_t> stamps;  // touched in this group
  std::map<const CacheKind*, Cache::Entry> loaded;  // loaded in this group, published after the commit
  std::map<std::string, std::int64_t> counters;     // the last that was given out
  bool wrote = false, enqueued = false;             // a kept command did
};

// Thrown by undo() in a group that has no savepoints: the group starts again with them. Not an std::exception, so that nobody
// takes it for a failure.
struct UndoNeedsSavepoints {};

// One command's transaction: reads, writes, events, jobs. Everything in it becomes true together or not at all.
class Tx : public db::Tx {
 public:
  struct Wiring {
    db::Connection& connection;
    Tenant& tenant;
    WorkingHead& head;
    const std::vector<const CacheKind*>& caches;
    Instant now;
    bool savepoints;  // one for each command, at its first write
  };
  Tx(const Wiring&, const Actor&, const Request&, std::string fingerprint, Prepared prepared = {});

  Instant now() const { return now_; }  // fixed; never behind the tenant's last event
  template <class IdT>
  IdT fresh() {
    return IdT(fresh_bits());
  }
  template <class IdT>
  IdT fresh(const std::optional<IdT>& given) {
    return given ? *given : fresh<IdT>();
  }

  // The subject's public form after the change goes to the log; `changed` is made from before and after.
  // The record has the fields `id` and `version`. At most one event per subject and command: a second is a bug.
  template <class T>
  void emit(const EventKind& kind, const T& after) {
    append(kind, reflect::type_of<T>(), nullptr, &after);
  }
  template <class T>
  void emit(const EventKind& kind, const T& before, const T& after) {
    append(kind, reflect::type_of<T>(), &before, &after);
  }
  void emit_erased(const EventKind&, const reflect::Type&, const void* before, const void* after);  // the same, type-erased
  void begin_writing() { about_to_write(); }                    // before writing through connection() (kernel only)
  void erase_row(std::string_view table, std::string_view id);  // a resource's row; `table` from its declaration
  void emit_deleted(const EventKind&, const reflect::Type&, const void* before);

  // Work outside the transaction, to be done at least once after the commit. `key` makes it one job, for ever.
  template <class In>
  void enqueue(const JobKind& kind, const In& input, std::string key, std::optional<Instant> due = {}) {
    enqueue_json(kind, reflect::to_json(input), std::move(key), due);
  }

  // Identity of facts. The keyed fingerprint of this input, for the row that a client-made id names…
  base::Bytes fingerprint() const { return base::Bytes(fingerprint_); }
  // …and the check when the id is already there: same content -> the answer is a replay; other content -> idempotency.reused.
  base::Result<> replay(const base::Bytes& stored);
  // Is this the version that the client saw (If-Match)? Commands that demand it must ask.
  base::Result<> match(std::int64_t version);
  // What the command's preparation found out; null where there was nothing to prepare (module.h).
  template <class T>
  const T* prepared() const {
    return static_cast<const T*>(prepared_.get());
  }
  // From here on the events are this actor's: of a command that began as a stranger's and has found out who it is.
  void act_as(std::string actor) { acting_ = std::move(actor); }
  // A refusal whose facts must survive (a wrong PIN counts): rows and events stay, the problem is the answer. The command
  // declares `.keeps`.
  [[nodiscard]] std::unexpected<base::Problem> keep(base::Problem problem) {
    keeps_refusal_ = true;
    return std::unexpected(std::move(problem));
  }

  // The next number of a counter: one more than `last`, which reads the tenant's row (0 when there is none) once in a group,
  // because its commands run one after another. The command writes the number to that row.
  template <class Last>
  std::int64_t next(const std::string& counter, Last last) {
    const auto [at, first] = wiring_.head.counters.try_emplace(counter, 0);
    if (first) at->second = last();
    return ++at->second;
  }

  template <class T>
  const T& cached(const CacheKind& kind) {
    return *static_cast<const T*>(cached_value(kind));
  }
  const Actor& actor() const { return actor_; }
  const Request& request() const { return request_; }
  Tenant& tenant_state() { return wiring_.tenant; }

  // For the writer.
  struct Emitted {
    std::shared_ptr<Event> event;
    const reflect::Type* type;
    std::string whole;  // the printed public form
  };
  std::vector<Emitted>& emitted() { return emitted_; }
  bool replayed() const { return replayed_; }
  bool matched() const { return matched_; }
  bool keeps_refusal() const { return keeps_refusal_; }
  bool wrote() const { return wrote_; }
  bool enqueued() const { return enqueued_; }
  void undo();  // back to before the command; UndoNeedsSavepoints where it wrote without one
  void keep();  // its writes join the group

 private:
  void about_to_write() override;
  void append(const EventKind&, const reflect::Type&, const void* before, const void* after);
  void append_body(const EventKind&, const reflect::Type&, std::string_view id, std::int64_t version, Emitted);
  void enqueue_json(const JobKind&, std::string input, std::string key, std::optional<Instant> due);
  base::Bits128 fresh_bits();
  const void* cached_value(const CacheKind&);

  Wiring wiring_;
  const Actor& actor_;
  const Request& request_;
  std::string fingerprint_;
  Prepared prepared_;
  std::string acting_;  // "": the actor's own
  Instant now_;
  Tenant::Head before_;  // the head before this command, for undo
  std::map<const CacheKind*, std::int64_t> stamps_before_;
  std::map<std::string, std::int64_t> counters_before_;
  bool wrote_before_, enqueued_before_;
  std::vector<Emitted> emitted_;
  bool wrote_ = false, replayed_ = false, matched_ = false, enqueued_ = false, keeps_refusal_ = false;
};

}  // namespace core
