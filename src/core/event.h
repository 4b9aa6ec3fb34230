#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reflect/type.h"

namespace core {

using base::Instant;

// A declared kind of event: `inline constexpr EventKind opened{"order.opened", 1, "An order was opened."};`
// The subject's kind is what stands before the dot; old versions are read for ever.
struct EventKind {
  std::string_view type;
  std::int64_t version;
  std::string_view summary;
  std::string_view subject() const { return type.substr(0, type.find('.')); }
};

// An entry of the log as it is stored. `personal_*` come from core_log_personal and are "" where there are none or they are
// erased.
struct Event {
  std::int64_t seq = 0;
  std::string epoch;
  Instant time{};
  std::string type;
  std::int64_t version = 1;
  std::string subject;
  std::int64_t subject_version = 0;
  std::string actor, cause, trace;
  base::Json changed, body;
  base::Bytes hash;
  std::optional<std::string> personal_changed, personal_body;

  std::string data() const;         // the subject's whole public form after the change
  std::string all_changed() const;  // changed, personal ones included
  std::string_view subject_id() const { return std::string_view(subject).substr(subject.find('/') + 1); }
  std::string id() const;  // "evt_" + epoch and seq: the same on every surface
};
RECORD(Event, seq, epoch, time, type, version, subject, subject_version, actor, cause, trace, changed, body, hash,
       personal_changed, personal_body)
using EventPtr = std::shared_ptr<const Event>;

// Where a history stands. "epoch:seq" on the wire.
struct Position {
  std::string epoch;
  std::int64_t seq = 0;
  std::string text() const { return epoch + ':' + std::to_string(seq); }
  // "epoch:seq" or a bare seq (the epoch is then empty: the current one).
  static std::optional<Position> parse(std::string_view);
};

// "order.*", "order.opened", "*": does a comma list of type names match? An empty list matches everything.
bool type_matches(std::string_view comma_list, std::string_view type);

// The public form of an entry: {"seq","epoch","id","type","version","time","subject","subject_version","actor":{kind,id,name},
// "cause","trace","changed","data"}. The same by poll, stream and audit.
std::string print_event(const Event&, std::string_view actor_name);

}  // namespace core
