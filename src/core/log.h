#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/tenant.h"
#include "db/tx.h"

// The log's rows and its chain (KERNEL §1). Writing is the writer's alone; reading is everybody's.
namespace core {

// hash_n = SHA-256(hash_{n-1} ‖ SHA-256(header) ‖ SHA-256(length-prefixed body and changed) ‖ personal hash);
// header = tenant id, epoch, seq, time, type, version, actor, cause, trace, subject, subject_version, each length-prefixed.
std::string chain_hash(std::string_view previous, std::string_view tenant_id, const Event&, std::string_view personal_hash);
// SHA-256(salt ‖ personal body and personal changes); "" where there is nothing personal.
std::string personal_hash(std::string_view salt, std::string_view body, std::string_view changed);

// Appends an event behind `head`: gives it seq, epoch, hash, and moves the head.
void append(db::Connection&, const Tenant&, Tenant::Head& head, Event&);

// Entries with seq > after, ascending, at most `limit`; personal parts merged in.
std::vector<Event> read_log(db::Snapshot&, std::int64_t after, std::int64_t limit);
std::optional<Event> read_entry(db::Snapshot&, std::int64_t seq);

Tenant::Head read_head(db::Snapshot&);
// The same, and nobody else may write this tenant until the transaction ends (PostgreSQL: FOR UPDATE, first statement).
Tenant::Head lock_head(db::Connection&, std::int64_t tenant);
void write_head(db::Connection&, std::int64_t tenant, const Tenant::Head&);
std::string new_epoch(Instant);

}  // namespace core
