#pragma once
#include "core/call.h"

// Idempotency-Key (KERNEL §4): (actor, hash of the key) -> fingerprint, status and the seq of the event whose data is the
// answer. Refusals are not remembered. Kept for 30 days.
namespace core {

inline constexpr std::chrono::days idempotency_kept{30};

// The first answer under this key; none when it is new; idempotency.reused when the content differs.
base::Result<std::optional<Answer>> find_answer(Tx&, const std::string& key, const std::string& fingerprint);
// `seq` 0: the answer is in no event of the command, and is stored itself.
void keep_answer(Tx&, const std::string& key, const Answer&, std::int64_t seq);
// Drops what is older than 30 days, at most 500 rows; the number dropped.
std::int64_t forget_old_keys(Tx&);

}  // namespace core
