#include "core/heads.h"

#include "base/crypto.h"

namespace core {

RECORD_TYPE(SignedHead, "The end of a log at a moment, signed by this installation.", {"tenant", "The business."},
            {"epoch", "The history."}, {"seq", "The last entry."}, {"hash", "Its hash, which covers all entries before it."},
            {"signed_at", "When it was signed."}, {"public_key", "Ed25519 public key, in hex."},
            {"signature",
             "Ed25519 signature, in hex, over: `daybook head v1`, tenant, epoch, seq, hash, signed_at, one a line."})
RECORD_TYPE(SignedHeads, "Signed heads, newest first.", {"data", "At most 100."}, {"next_cursor", "Always null."})

namespace {

struct HeadRow {
  std::string epoch;
  std::int64_t seq = 0;
  base::Bytes hash;
  Instant signed_at{};
  base::Bytes public_key, signature;
};
RECORD(HeadRow, epoch, seq, hash, signed_at, public_key, signature)
RECORD_TYPE(HeadRow, "A signed head.")

struct KeyRow {
  base::Bytes secret, public_key;
};
RECORD(KeyRow, secret, public_key)
RECORD_TYPE(KeyRow, "A key of the installation.")

// The installation's signing key, made when it is first needed.
KeyRow signing_key(Tx& tx) {
  std::vector<KeyRow> rows;
  tx.connection().query("SELECT {} FROM core_key WHERE name = 'signing'", tx.tenant(), {}, reflect::type_of<KeyRow>(), &rows,
                        [](void* to) -> void* { return &static_cast<std::vector<KeyRow>*>(to)->emplace_back(); });
  if (!rows.empty()) return rows.front();
  const auto made = base::make_signing_key();
  const KeyRow key{base::Bytes(made.secret), base::Bytes(made.public_key)};
  const db::Arg args[] = {db::arg(key.secret), db::arg(key.public_key)};
  tx.connection().run("INSERT INTO core_key (name, secret, public_key) VALUES ('signing', $1, $2)", tx.tenant(), args);
  return key;
}

}  // namespace

std::string SignedHead::message() const {
  return "daybook head v1\n" + tenant.text() + '\n' + epoch + '\n' + std::to_string(seq) + '\n' + base::hex(hash) + '\n' +
         base::print_instant(signed_at) + '\n';
}
bool SignedHead::genuine() const { return base::verify(public_key, message(), signature); }

std::vector<SignedHead> signed_heads(View& view) {
  std::vector<SignedHead> heads;
  for (auto& row : view.all<HeadRow>("SELECT {} FROM core_signed_head WHERE tenant = $t ORDER BY signed_at DESC LIMIT 100"))
    heads.push_back({view.tenant_state().id, row.epoch, row.seq, row.hash, row.signed_at, row.public_key, row.signature});
  return heads;
}

std::optional<Instant> next_signing(View& view) {
  const auto heads = signed_heads(view);
  return heads.empty() ? view.now() : heads.front().signed_at + std::chrono::days(1);
}

base::Result<> sign_head(Tx& tx) {
  const auto head = tx.tenant_state().head();
  tx.begin_writing();
  const auto key = signing_key(tx);
  // Whole milliseconds: what is printed is what was signed.
  SignedHead signed_head{tx.tenant_state().id,
                         head.epoch,
                         head.seq,
                         base::Bytes(head.hash),
                         std::chrono::floor<std::chrono::milliseconds>(tx.now()),
                         key.public_key,
                         {}};
  signed_head.signature = base::Bytes(base::sign(key.secret, signed_head.message()));
  tx.run(
      "INSERT INTO core_signed_head (tenant, epoch, seq, hash, signed_at, public_key, signature) VALUES ($t, $1, $2, $3, $4, "
      "$5, $6)",
      signed_head.epoch, signed_head.seq, signed_head.hash, signed_head.signed_at, signed_head.public_key,
      signed_head.signature);
  return {};
}

}  // namespace core
