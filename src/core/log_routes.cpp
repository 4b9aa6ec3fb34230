#include "core/log_routes.h"

#include <map>

#include "core/log.h"

namespace core {

RECORD_TYPE(Nothing, "No input.", {"nothing", "", hidden})
RECORD_TYPE(ListedAt, "A moment of a row.")
RECORD_TYPE(ReadLog, "Which entries.",
            {"after", "A seq, or epoch:seq as Daybook-Position gives it; the entries behind it. Left out: from the first."},
            {"types", "Comma-separated types; `*` at the end matches any rest: `order.*,ticket.created`."},
            {"limit", "How many, at most 1000.", defaulted},
            {"wait", "Seconds to wait for the next entry when there is none yet, at most 30.", defaulted})
RECORD_TYPE(Audit, "Which entries.", {"subject", "Of one thing: `order/ord_…`."}, {"actor", "By one actor's id."},
            {"since", "Not before this moment."}, {"after", "`next_cursor` of the page before."},
            {"limit", "How many, at most 200.", defaulted})
RECORD_TYPE(LogActor, "Who did it.", {"kind", "user, token or system."}, {"id", "Its id."},
            {"name", "Its name as it is today."})
RECORD_TYPE(LogEntry, "An entry of the daybook.", {"seq", "1, 2, 3 … without a gap."}, {"epoch", "The history it belongs to."},
            {"id", "The same on every surface."}, {"type", "What happened."}, {"version", "Of the type's schema."},
            {"time", "When."}, {"subject", "To what: kind/id."}, {"subject_version", "Its version after the change."},
            {"actor", "Who did it."}, {"cause", "The event that led to it: event/epoch:seq."},
            {"trace", "The request's trace id."}, {"changed", "What differs: [{pointer, from, to}]."},
            {"data", "The subject after the change."})

namespace {

struct EpochRow {
  std::string epoch;
  std::int64_t last_seq = 0;
};
RECORD(EpochRow, epoch, last_seq)
RECORD_TYPE(EpochRow, "An older history and where it ended.")

struct AuditSeq {
  std::int64_t seq = 0;
};
RECORD(AuditSeq, seq)
RECORD_TYPE(AuditSeq, "A place in the log.")

constexpr std::int64_t scan_chunk = 500;  // entries of a filtered read that are fetched at once

class Names {
 public:
  explicit Names(View& view) : view_(view) {}
  const std::string& of(const std::string& actor) {
    auto found = names_.find(actor);
    if (found == names_.end()) found = names_.emplace(actor, actor_name(view_, actor)).first;
    return found->second;
  }

 private:
  View& view_;
  std::map<std::string, std::string> names_;
};

std::string (*names_hook)(View&, std::string_view) = nullptr;

}  // namespace

void set_actor_names(std::string (*names)(View&, std::string_view)) { names_hook = names; }
std::string actor_name(View& view, std::string_view actor) {
  if (actor.starts_with("system/")) return std::string(actor.substr(7));
  return names_hook ? names_hook(view, actor) : std::string();
}

Result<std::int64_t> resolve(db::Snapshot& s, const Position& position, const Tenant::Head& head) {
  if (position.epoch.empty() || position.epoch == head.epoch) return position.seq;
  const auto old = s.maybe<EpochRow>("SELECT epoch, last_seq FROM core_epoch WHERE tenant = $t AND epoch = $1", position.epoch);
  if (!old || position.seq > old->last_seq) return foreign_epoch();
  return position.seq;
}

Result<Printed> read_daybook(View& view, const ReadLog& input, std::int64_t scan_most) {
  std::int64_t after = 0;
  if (input.after) {
    const auto position = Position::parse(*input.after);
    if (!position) return bad_position();
    after = TRY(resolve(view, *position, read_head(view)));
  }
  const std::string types = input.types ? std::string(*input.types) : std::string();
  std::vector<std::string> rows;
  Names names(view);
  std::int64_t last = after, looked = 0;
  const auto head = view.position().seq;
  // An empty page means the head, however far away the next entry of these types is.
  while (std::ssize(rows) < input.limit && last < head && (looked < scan_most || rows.empty())) {
    const auto entries = read_log(view, last, types.empty() ? std::min<std::int64_t>(input.limit, scan_chunk) : scan_chunk);
    if (entries.empty()) break;
    for (auto& e : entries) {
      if (std::ssize(rows) == input.limit) break;
      last = e.seq;
      ++looked;
      if (type_matches(types, e.type)) rows.push_back(print_event(e, names.of(e.actor)));
    }
  }
  // Null at the head; elsewhere the seq that the page has reached, which a filter may have carried past its last entry.
  const std::string next = last < head ? std::to_string(last) : std::string();
  const bool nothing = rows.empty() && next.empty();
  return Printed{.body = print_page(std::vector<std::string_view>(rows.begin(), rows.end()), next), .empty = nothing};
}

Result<Printed> audit(View& view, const Audit& input) {
  std::int64_t before = view.position().seq + 1;
  if (input.after) {
    const auto position = Position::parse(*input.after);
    if (!position) return bad_cursor();
    before = position->seq;
  }
  const std::int64_t limit = input.limit + 1;
  const std::optional<std::string> subject = input.subject ? std::optional(std::string(*input.subject)) : std::nullopt;
  const std::optional<std::string> actor = input.actor ? std::optional(std::string(*input.actor)) : std::nullopt;
  auto found = view.all<AuditSeq>(
      "SELECT seq FROM core_log WHERE tenant = $t AND seq < $1 AND ($2 IS NULL OR subject = $2) AND ($3 IS NULL OR actor = $3) "
      "AND ($4 IS NULL OR time >= $4) ORDER BY seq DESC LIMIT $5",
      before, subject, actor, input.since, limit);
  std::string next;
  if (std::ssize(found) > input.limit) {
    found.pop_back();
    next = std::to_string(found.back().seq);
  }
  std::vector<std::string> rows;
  Names names(view);
  for (auto& row : found)
    if (const auto e = read_entry(view, row.seq)) rows.push_back(print_event(*e, names.of(e->actor)));
  return Printed{.body = print_page(std::vector<std::string_view>(rows.begin(), rows.end()), next)};
}

}  // namespace core
