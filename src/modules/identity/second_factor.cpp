#include "modules/identity/second_factor.h"

#include "base/crypto.h"
#include "base/one_time_code.h"
#include "base/password.h"
#include "base/qr.h"
#include "modules/identity/declared.h"
#include "modules/identity/secrets.h"
#include "modules/identity/signing_in.h"

namespace identity {

RECORD_TYPE(Factor, "A second factor.")

namespace {

constexpr core::EventKind user_changed{"user.changed", 1, "There is a new version of a user."};
constexpr std::string_view purpose = "one-time code";
constexpr std::size_t secret_bytes = 20, recovery_bytes = 10, recovery_count = 10;
constexpr std::int64_t resealed_at_once = 50;

Factor factor_of(db::Snapshot& s, const UserId& user) {
  return s.maybe<Factor>("SELECT {} FROM identity_secret WHERE tenant = $t AND person = $1", user).value_or(Factor{});
}

base::Bytes sealed(core::Tx& tx, const UserId& user, std::string_view secret) {
  return base::Bytes(tx.tenant_state().keys->seal(purpose, user.text(), secret));
}
std::optional<std::string> opened(core::Tx& tx, const UserId& user, const std::optional<base::Bytes>& secret) {
  if (!secret) return std::nullopt;
  return tx.tenant_state().keys->unseal(purpose, user.text(), *secret);
}

// Spaces and hyphens are for the eye, and no letter of base 32 needs its case.
std::string plain(std::string_view code) {
  std::string out;
  for (const char c : code)
    if (c != ' ' && c != '-') out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}
// 80 bits of chance: whoever holds the rows and the key cannot try them all.
base::Bytes hash_of(core::Tx& tx, const UserId& user, std::string_view code) {
  return base::Bytes(base::keyed_fingerprint(tx.tenant_state().key, "recovery code\n" + user.text() + '\n' + plain(code)));
}

base::Result<User> self(core::Tx& tx, const core::Actor& actor) {
  const auto id = UserId::parse(actor.id);
  const auto* user = id ? tx.cached<Credentials>(credentials).person(*id) : nullptr;
  if (!user) return people_only();
  return *user;
}

User with_factor(core::Tx& tx, const User& before, bool on) {
  auto after = before;
  after.two_factor = on;
  after.updated_at = tx.now();
  ++after.version;
  tx.update("identity_user", after);
  tx.emit(user_changed, before, after);
  return after;
}

User without_factor(core::Tx& tx, const User& user) {
  tx.run("UPDATE identity_secret SET totp = NULL, totp_pending = NULL WHERE tenant = $t AND person = $1", user.id);
  tx.run("DELETE FROM identity_recovery WHERE tenant = $t AND person = $1", user.id);
  return with_factor(tx, user, false);
}

// "abcd-efgh-ijkl-mnop"
std::string fresh_recovery_code() {
  const auto letters = base::base32(base::random_bytes(recovery_bytes));
  std::string out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i && i % 4 == 0) out += '-';
    out += static_cast<char>(letters[i] >= 'A' ? letters[i] - 'A' + 'a' : letters[i]);
  }
  return out;
}

Attempts own_attempts(core::Tx& tx, const User& user) {
  return attempts_at(tx.tenant_state(), tx.request(),
                     user.email ? std::string_view(*user.email) : std::string_view(user.id.text()), &user);
}

}  // namespace

bool use_code(core::Tx& tx, const UserId& user, const std::string& given) {
  const auto code = plain(given);
  const auto factor = factor_of(tx, user);
  if (const auto secret = opened(tx, user, factor.totp))
    if (const auto step = base::step_of_code(*secret, code, tx.now(), factor.totp_step)) {
      tx.run("UPDATE identity_secret SET totp_step = $2 WHERE tenant = $t AND person = $1", user, *step);
      return true;
    }
  return tx.change("DELETE FROM identity_recovery WHERE tenant = $t AND person = $1 AND hash = $2", user,
                   hash_of(tx, user, code)) == 1;
}

base::Result<CheckedOwn> check_own_password(const core::Preparing& preparing, const SetUpTotp& input) {
  CheckedOwn checked;
  const auto id = UserId::parse(preparing.actor.id);
  if (!id) return people_only();
  base::Result<> open;
  preparing.look([&](core::View& view) {
    const auto* user = view.cached<Credentials>(credentials).person(*id);
    if (!user) return;
    if (user->email) open = attempts_at(*preparing.tenant, preparing.request, *user->email, user).open(view, view.now());
    checked.hash = password_hash(view, *user);
  });
  TRY(open);
  checked.right = base::password_matches(checked.hash, normal_password(input.password));
  return checked;
}

base::Result<TotpSetUp> set_up_totp(core::Tx& tx, const core::Actor& actor, const SetUpTotp&) {
  const auto user = TRY(self(tx, actor));
  if (user.two_factor) return already_set_up();
  const auto& checked = *tx.prepared<CheckedOwn>();
  const auto attempts = own_attempts(tx, user);
  TRY(attempts.open(tx, tx.now()));
  if (!checked.right || password_hash(tx, user) != checked.hash) {
    attempts.failed(tx);
    return tx.keep(core::bad_credentials.problem());
  }
  const auto secret = base::random_bytes(secret_bytes);
  tx.run("UPDATE identity_secret SET totp_pending = $2 WHERE tenant = $t AND person = $1", user.id,
         sealed(tx, user.id, secret));
  const auto account = user.email ? std::string(*user.email) : std::string(user.name);
  TotpSetUp made{.secret = base::base32(secret), .url = base::otpauth_url(tx.tenant_state().name, account, secret)};
  made.qr = base::qr_svg(base::qr_code(made.url).value());
  return made;
}

base::Result<RecoveryCodes> confirm_totp(core::Tx& tx, const core::Actor& actor, const GiveCode& input) {
  const auto user = TRY(self(tx, actor));
  if (user.two_factor) return already_set_up();
  const auto factor = factor_of(tx, user.id);
  const auto secret = opened(tx, user.id, factor.totp_pending);
  if (!secret) return not_set_up();
  const auto step = base::step_of_code(*secret, plain(input.code), tx.now(), 0);
  if (!step) return std::unexpected(wrong_code.problem().at("/code", "format", "Is not the code of this moment."));
  tx.run(
      "UPDATE identity_secret SET totp = totp_pending, totp_pending = NULL, totp_step = $2 WHERE tenant = $t AND person = $1",
      user.id, *step);
  RecoveryCodes codes;
  for (std::size_t i = 0; i < recovery_count; ++i) {
    codes.recovery_codes.push_back(fresh_recovery_code());
    tx.run("INSERT INTO identity_recovery (tenant, person, hash) VALUES ($t, $1, $2)", user.id,
           hash_of(tx, user.id, codes.recovery_codes.back()));
  }
  with_factor(tx, user, true);
  return codes;
}

base::Result<User> remove_totp(core::Tx& tx, const core::Actor& actor, const GiveCode& input) {
  const auto user = TRY(self(tx, actor));
  if (!user.two_factor) return not_set_up();
  const auto attempts = own_attempts(tx, user);
  TRY(attempts.open(tx, tx.now()));
  if (!use_code(tx, user.id, input.code)) {
    attempts.failed(tx);
    return tx.keep(wrong_code.problem().at("/code", "format", "Is not the code of this moment."));
  }
  return without_factor(tx, user);
}

base::Result<User> reset_totp(core::Tx& tx, const core::Actor& actor, const core::ById& input) {
  const auto& known = tx.cached<Credentials>(credentials);
  const auto id = UserId::parse(input.id);
  const auto* found = id ? known.person(*id) : nullptr;
  if (!found) return core::not_found("No user " + input.id + ".");
  const auto user = *found;
  if (const auto role = known.roles.find(user.role); role != known.roles.end())
    TRY(may_grant(actor, *role->second.permissions));
  if (!user.two_factor) return user;  // said once is enough
  return without_factor(tx, user);
}

// ---- a new master key --------------------------------------------------------------------------------------------------

namespace {
struct SealedRow {
  UserId person;
  std::optional<base::Bytes> totp, totp_pending;
};
RECORD(SealedRow, person, totp, totp_pending)
RECORD_TYPE(SealedRow, "Sealed secrets of a person.")

std::vector<SealedRow> sealed_under_older(db::Snapshot& s, const core::Tenant& tenant) {
  // Those that no key opens any more stay as they are: a key that is brought back opens them again.
  const base::Bytes current(tenant.keys->current());
  auto rows = s.all<SealedRow>(
      "SELECT {} FROM identity_secret WHERE tenant = $t AND (substr(totp, 1, 4) <> $1 OR substr(totp_pending, 1, 4) <> $1) "
      "ORDER "
      "BY person",
      current);
  std::erase_if(rows, [&](auto& row) {
    const auto lost = [&](auto& column) { return column && !tenant.keys->unseal(purpose, row.person.text(), *column); };
    return lost(row.totp) || lost(row.totp_pending);
  });
  return rows;
}
}  // namespace

std::optional<base::Instant> next_resealing(core::View& view) {
  if (sealed_under_older(view, view.tenant_state()).empty()) return std::nullopt;
  return view.now();
}

base::Result<> reseal(core::Tx& tx) {
  auto rows = sealed_under_older(tx, tx.tenant_state());
  if (std::ssize(rows) > resealed_at_once) rows.resize(resealed_at_once);
  for (auto& row : rows) {
    const auto again = [&](std::optional<base::Bytes>& column) {
      if (column) column = sealed(tx, row.person, *opened(tx, row.person, column));
    };
    again(row.totp);
    again(row.totp_pending);
    tx.run("UPDATE identity_secret SET totp = $2, totp_pending = $3 WHERE tenant = $t AND person = $1", row.person, row.totp,
           row.totp_pending);
  }
  return {};
}

}  // namespace identity
