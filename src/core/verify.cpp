#include "core/verify.h"

#include <algorithm>

#include "base/crypto.h"
#include "core/log.h"

namespace core {

namespace {

constexpr std::int64_t chunk = 2000;

struct TenantRow {
  std::int64_t tenant = 0;
  TenantId id;
  std::string slug;
  base::Bytes key;
};
RECORD(TenantRow, tenant, id, slug, key)
RECORD_TYPE(TenantRow, "A tenant.")
struct PersonalHash {
  std::int64_t seq = 0;
  base::Bytes salt;
  std::string changed, body;
  base::Bytes hash;
};
RECORD(PersonalHash, seq, salt, changed, body, hash)
RECORD_TYPE(PersonalHash, "A personal part and its hash.")

class Walk {
 public:
  Walk(db::Snapshot& s, const TenantRow& row, const std::vector<SignedHead>& kept, Verdict& verdict)
      : snapshot_(s), row_(row), kept_(kept), verdict_(verdict), hash_(32, '\0') {}

  // What cannot even be read (no head, a column of another kind) is broken too.
  bool run() try { return walk(); } catch (const db::Error& error) {
    if (error.kind != db::Error::Kind::corrupt) throw;
    return fail(seq_ + 1, error.what());
  }

 private:
  bool walk() {
    const auto head = read_head(snapshot_);
    while (true) {
      const auto entries = read_log(snapshot_, seq_, chunk);
      if (entries.empty()) break;
      const auto personal = snapshot_.all<PersonalHash>(
          "SELECT {} FROM core_log_personal WHERE tenant = $t AND seq > $1 AND seq <= $2 ORDER BY seq", seq_,
          entries.back().seq);
      auto next = personal.begin();
      for (auto& e : entries) {
        if (e.seq != seq_ + 1) return fail(seq_ + 1, "is missing");
        if (next != personal.end() && next->seq < e.seq) return fail(next->seq, "a personal part without its entry");
        const auto* part = next != personal.end() && next->seq == e.seq ? &*next++ : nullptr;
        if (!check(e, part)) return false;
      }
    }
    if (const auto stray = snapshot_.all<std::int64_t>(
            "SELECT seq FROM core_log_personal WHERE tenant = $t AND seq > $1 ORDER BY seq LIMIT 1", seq_);
        !stray.empty())
      return fail(stray.front(), "a personal part without its entry");
    if (head.seq != seq_)
      return fail(seq_, "the head says " + std::to_string(head.seq) + ", the log ends at " + std::to_string(seq_));
    if (head.hash != hash_) return fail(seq_, "the head's hash is not the last entry's");
    for (auto& k : kept_)
      if (k.tenant == row_.id && k.seq > seq_) return fail(k.seq, "a kept head names an entry that is not there");
    return true;
  }

  bool check(const Event& e, const PersonalHash* part) {
    std::string personal;
    if (part) {
      personal = part->hash;
      if (part->salt.empty() && part->body.empty() && part->changed.empty())
        ++verdict_.erased;
      else if (personal_hash(part->salt, part->body, part->changed) != personal)
        return fail(e.seq, "the personal part is not what was written");
    }
    hash_ = chain_hash(hash_, row_.id.text(), e, personal);
    if (hash_ != e.hash) return fail(e.seq, "the entry is not what was written: its hash differs");
    seq_ = e.seq;
    ++verdict_.entries;
    for (auto& k : kept_) {
      if (k.tenant != row_.id || k.seq != e.seq) continue;
      if (!k.genuine()) return fail(e.seq, "the kept head's signature is wrong");
      if (k.hash != hash_) return fail(e.seq, "the log was rewritten: a kept head has another hash here");
      ++verdict_.heads;
    }
    return true;
  }
  bool fail(std::int64_t seq, const std::string& what) {
    verdict_.whole = false;
    verdict_.broken = "tenant " + row_.slug + ", entry " + std::to_string(seq) + ": " + what;
    return false;
  }

  db::Snapshot& snapshot_;
  const TenantRow& row_;
  const std::vector<SignedHead>& kept_;
  Verdict& verdict_;
  std::string hash_;
  std::int64_t seq_ = 0;
};

bool invariants_hold(db::Connection& c, const Registry& registry, const TenantRow& row, Verdict& verdict) {
  Tenant tenant;
  tenant.number = row.tenant;
  tenant.id = row.id;
  tenant.slug = row.slug;
  tenant.key = row.key;
  db::Snapshot snapshot(c, row.tenant);
  const auto head = read_head(snapshot);
  tenant.set_head(head);
  View view(c, tenant, {head.epoch, head.seq}, head.time);
  for (const auto* module : registry.modules())
    for (auto& invariant : module->invariants) {
      ++verdict.invariants;
      if (auto broken = invariant.broken(view)) {
        verdict.whole = false;
        verdict.broken = "tenant " + row.slug + ", " + std::string(invariant.name) + ": " + *broken;
        return false;
      }
    }
  return true;
}

}  // namespace

Verdict verify(db::Connection& c, const Registry& registry, const std::vector<SignedHead>& kept) {
  Verdict verdict;
  c.begin(db::Access::read);
  std::vector<TenantRow> rows;
  c.query("SELECT {} FROM core_tenant ORDER BY tenant", 0, {}, reflect::type_of<TenantRow>(), &rows,
          [](void* to) -> void* { return &static_cast<std::vector<TenantRow>*>(to)->emplace_back(); });
  for (auto& row : rows) {
    ++verdict.tenants;
    db::Snapshot snapshot(c, row.tenant);
    if (!Walk(snapshot, row, kept, verdict).run() || !invariants_hold(c, registry, row, verdict)) break;
  }
  for (auto& k : kept)
    if (verdict.whole && std::ranges::find(rows, k.tenant, &TenantRow::id) == rows.end()) {
      verdict.whole = false;
      verdict.broken = "tenant " + k.tenant.text() + ": a kept head names a tenant that is not there";
    }
  c.rollback();
  return verdict;
}

}  // namespace core
