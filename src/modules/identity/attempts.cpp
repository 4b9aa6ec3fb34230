#include "modules/identity/attempts.h"

#include <algorithm>

#include "base/crypto.h"
#include "modules/identity/sessions.h"

namespace identity {

RECORD_TYPE(SecurityNote, "What was noticed of an attack.", {"id", "Its id."},
            {"user", "Whom it concerns, where that is known."}, {"session", "The session."}, {"device", "The device."},
            {"address", "Where it came from.", personal},
            {"scope", "What was closed: `pair` (a person from one address), `person` (from anywhere), `place` (an address)."},
            {"failures", "How many wrong guesses."}, {"until", "How long it is closed."}, {"version", "Always 1."})

namespace {

using namespace std::chrono_literals;

struct AttemptRow {
  base::Bytes key;
  std::string kind;
  std::int64_t failures = 0;
  base::Instant last_at{}, until{};
};
RECORD(AttemptRow, key, kind, failures, last_at, until)
RECORD_TYPE(AttemptRow, "Wrong guesses.")

constexpr AttemptPolicy pair{"pair", 4, 30s, 1h}, person{"person", 24, 60s, 1h}, place{"place", 49, 60s, 1h};
// Nobody's own PIN makes good what was guessed at everybody's, so here time alone forgets.
constexpr AttemptPolicy device{"device", 9, 30s, 1h};
constexpr std::string_view all_kind = "all";
constexpr std::chrono::minutes telling{1};

std::chrono::seconds closed_for(const AttemptPolicy& policy, std::int64_t failures) {
  const auto over = failures - policy.free;
  if (over <= 0) return 0s;
  return std::min<std::chrono::seconds>(policy.most, policy.first * (std::int64_t{1} << std::min<std::int64_t>(over - 1, 20)));
}

}  // namespace

const AttemptPolicy& Attempts::nearest() const { return way_ == Way::nameless_pin ? device : pair; }

struct Attempts::Counter {
  const AttemptPolicy* policy = nullptr;  // null: what counts for telling
  AttemptRow row;
};

base::Bytes Attempts::key_of(std::string_view kind, std::string_view rest) const {
  return base::Bytes(base::keyed_fingerprint(derived_, std::string(kind) + '\n' + std::string(rest)));
}

Attempts::Attempts(const core::Tenant& tenant, Way way, std::string_view whom, std::string where, std::optional<UserId> user)
    : tenant_(tenant),
      way_(way),
      where_(std::move(where)),
      user_(user),
      derived_(*tenant.keys->derived(tenant.keys->current(), "attempts", tenant.id.text())) {
  const std::string name(whom), from = way == Way::password ? "password" : way == Way::pin ? "pin" : "device";
  pair_ = key_of("pair", from + '\n' + name + '\n' + where_);
  person_ = key_of("person", from + '\n' + name);
  place_ = key_of("place", where_);
  all_ = key_of(all_kind, "");
}

std::vector<Attempts::Counter> Attempts::counters(db::Snapshot& s) const {
  const auto rows = s.all<AttemptRow>("SELECT {} FROM identity_attempt WHERE tenant = $t AND key IN ($1, $2, $3, $4)", pair_,
                                      person_, place_, all_);
  std::vector<Counter> all;
  const auto add = [&](const AttemptPolicy* policy, std::string_view kind, const base::Bytes& key) {
    const auto found = std::ranges::find(rows, key, &AttemptRow::key);
    all.push_back({policy, found != rows.end() ? *found : AttemptRow{.key = key, .kind = std::string(kind)}});
  };
  add(&nearest(), nearest().kind, pair_);
  if (way_ == Way::password) {  // a device is paired by somebody who may, and has no strangers
    add(&person, person.kind, person_);
    add(&place, place.kind, place_);
  }
  add(nullptr, all_kind, all_);
  return all;
}

bool Attempts::known_here(db::Snapshot& s) const { return user_ && known_network(s, *user_, where_); }

base::Result<> Attempts::open(db::Snapshot& s, base::Instant now) const {
  base::Instant until{};
  bool asked = false, known = false;
  for (auto& counter : counters(s)) {
    if (!counter.policy || counter.row.until <= now) continue;
    if (counter.policy != &nearest()) {
      if (!std::exchange(asked, true)) known = known_here(s);
      if (known) continue;
    }
    until = std::max(until, counter.row.until);
  }
  if (until <= now) return {};
  return std::unexpected(
      too_many_attempts.problem().with("retry_after", std::chrono::ceil<std::chrono::seconds>(until - now).count()));
}

void Attempts::count(core::Tx& tx, Counter& counter) const {
  auto& row = counter.row;
  if (tx.now() - row.last_at >= attempts_kept) row.failures = 0;
  ++row.failures;
  row.last_at = tx.now();
  const auto closed = closed_for(*counter.policy, row.failures);
  if (closed == 0s) return;
  row.until = tx.now() + closed;
  const SecurityNote note{.id = tx.fresh<base::Id<"sec">>(),
                          .user = user_,
                          .address = tx.request().peer,
                          .scope = row.kind,
                          .failures = row.failures,
                          .until = row.until};
  if (way_ == Way::password)
    tx.emit(login_locked, note);
  else
    tx.emit(pin_locked, note);
}

void Attempts::tell_failures(core::Tx& tx, Counter& counter) const {
  auto& row = counter.row;
  ++row.failures;
  row.last_at = tx.now();
  if (row.until > tx.now()) return;
  tx.emit(login_failed, SecurityNote{.id = tx.fresh<base::Id<"sec">>(), .scope = row.kind, .failures = row.failures});
  row.failures = 0;
  row.until = tx.now() + telling;
}

void Attempts::failed(core::Tx& tx) const {
  for (auto& counter : counters(tx)) {
    counter.policy ? count(tx, counter) : tell_failures(tx, counter);
    tx.run(
        "INSERT INTO identity_attempt (tenant, key, kind, failures, last_at, until) VALUES ($t, $1, $2, $3, $4, $5) ON "
        "CONFLICT "
        "(tenant, key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, until = excluded.until",
        counter.row.key, counter.row.kind, counter.row.failures, counter.row.last_at, counter.row.until);
  }
}

void Attempts::succeeded(core::Tx& tx) const {
  if (way_ != Way::nameless_pin) tx.run("DELETE FROM identity_attempt WHERE tenant = $t AND key = $1", pair_);
}

}  // namespace identity
