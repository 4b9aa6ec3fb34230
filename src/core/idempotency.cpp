#include "core/idempotency.h"

#include <string>

#include "base/crypto.h"
#include "core/log.h"

namespace core {

namespace {
struct KeyRow {
  base::Bytes fingerprint;
  std::int64_t status = 0;
  std::optional<std::int64_t> seq;
  std::optional<std::string> answer;
};
RECORD(KeyRow, fingerprint, status, seq, answer)
RECORD_TYPE(KeyRow, "What was answered under a key.")

base::Bytes hash_of(const std::string& key) { return base::Bytes(std::string(base::as_text(base::sha256(key)).substr(0, 16))); }
}  // namespace

base::Result<std::optional<Answer>> find_answer(Tx& tx, const std::string& key, const std::string& fingerprint) {
  const auto row = tx.maybe<KeyRow>("SELECT {} FROM core_idempotency WHERE tenant = $t AND actor = $1 AND key = $2",
                                    tx.actor().id, hash_of(key));
  if (!row) return std::optional<Answer>{};
  if (!base::same_secret(row->fingerprint, fingerprint)) return reused();
  Answer answer{.status = static_cast<int>(row->status), .replayed = true};
  if (row->seq) {
    const auto entry = read_entry(tx, *row->seq);
    if (!entry) throw db::Error(db::Error::Kind::corrupt, "the log misses entry " + std::to_string(*row->seq));
    answer.body = entry->data();
    answer.version = entry->subject_version;
    answer.id = entry->subject_id();
  } else {
    answer.body = row->answer.value_or("{}");
    answer.id = reflect::member(answer.body, "id");
    if (const auto version = reflect::member(answer.body, "version"); !version.empty()) answer.version = std::stoll(version);
  }
  return std::optional(std::move(answer));
}

void keep_answer(Tx& tx, const std::string& key, const Answer& answer, std::int64_t seq) {
  const std::optional<std::int64_t> event = seq ? std::optional(seq) : std::nullopt;
  const std::optional<std::string> body = seq ? std::nullopt : std::optional(answer.body);
  tx.run(
      "INSERT INTO core_idempotency (tenant, actor, key, fingerprint, status, seq, answer, at) VALUES ($t, $1, $2, $3, $4, $5, "
      "$6, $7)",
      tx.actor().id, hash_of(key), tx.fingerprint(), std::int64_t{answer.status}, event, body, tx.now());
}

std::int64_t forget_old_keys(Tx& tx) {
  return tx.change(
      "DELETE FROM core_idempotency WHERE tenant = $t AND at <= $1 AND (actor, key) IN "
      "(SELECT actor, key FROM core_idempotency WHERE tenant = $t AND at <= $1 ORDER BY at LIMIT 500)",
      tx.now() - idempotency_kept);
}

}  // namespace core
