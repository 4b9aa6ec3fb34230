#pragma once
#include "core/module.h"

// Reading the log from outside: by poll (GET /daybook) and as an audit trail (GET /audit).
namespace core {

struct Nothing {
  std::optional<bool> nothing;  // an input without members
};
RECORD(Nothing, nothing)
struct ListedAt {
  Instant at{};
};
RECORD(ListedAt, at)

struct ReadLog {
  std::optional<base::Text<1, 64>> after;  // a seq or epoch:seq
  std::optional<base::Text<1, 1000>> types;
  base::Count<1, 1000> limit = 100;
  base::Count<0, 30> wait = 0;  // seconds
};
RECORD(ReadLog, after, types, limit, wait)
struct Audit {
  std::optional<base::Text<1, 120>> subject, actor;
  std::optional<Instant> since;
  std::optional<base::Text<1, 64>> after;
  base::Count<1, 200> limit = 50;
};
RECORD(Audit, subject, actor, since, after, limit)

struct LogActor {
  std::string kind, id, name;
};
RECORD(LogActor, kind, id, name)
// The public form of an entry, for the documentation; print_event prints it.
struct LogEntry {
  std::int64_t seq = 0;
  std::string epoch, id, type;
  std::int64_t version = 1;
  Instant time{};
  std::string subject;
  std::int64_t subject_version = 0;
  LogActor actor;
  std::string cause, trace;
  base::Json changed, data;
};
RECORD(LogEntry, seq, epoch, id, type, version, time, subject, subject_version, actor, cause, trace, changed, data)

inline constexpr base::ProblemKind bad_position{"position.malformed", 422,
                                                "A position is a number, or epoch:number, as Daybook-Position gives it."};
inline constexpr base::ProblemKind foreign_epoch{
    "position.foreign_epoch", 409,
    "This position belongs to another history; read the lists again and go on from their position."};

// Where a position of any known epoch stands in the present one: an older epoch's, at or below its last seq, simply goes
// on; another is foreign_epoch.
Result<std::int64_t> resolve(db::Snapshot&, const Position&, const Tenant::Head&);

// A page of a filtered read looks at about `scan_most` entries, and at more until it has found one.
Result<Printed> read_daybook(View&, const ReadLog&, std::int64_t scan_most = 20'000);
Result<Printed> audit(View&, const Audit&);
// Name of an actor for entries; set once by the program from its registry.
void set_actor_names(std::string (*)(View&, std::string_view actor));
std::string actor_name(View&, std::string_view actor);

}  // namespace core
