#pragma once
#include <string>
#include <vector>

#include "core/tx.h"
#include "core/view.h"

// The end of the log, signed once a day (Ed25519). Kept elsewhere it proves the past: a chain alone proves nothing
// against somebody who holds the database.
namespace core {

struct SignedHead {
  TenantId tenant;
  std::string epoch;
  std::int64_t seq = 0;
  base::Bytes hash;
  Instant signed_at{};
  base::Bytes public_key, signature;
  // What is signed: "daybook head v1", tenant, epoch, seq, hash in hex, signed_at, one a line.
  std::string message() const;
  bool genuine() const;
};
RECORD(SignedHead, tenant, epoch, seq, hash, signed_at, public_key, signature)
struct SignedHeads {
  std::vector<SignedHead> data;
  std::optional<std::string> next_cursor;
};
RECORD(SignedHeads, data, next_cursor)

std::vector<SignedHead> signed_heads(View&);  // the newest 100, newest first
std::optional<Instant> next_signing(View&);   // when the head of this tenant is to be signed again
base::Result<> sign_head(Tx&);

}  // namespace core
