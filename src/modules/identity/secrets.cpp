#include "modules/identity/secrets.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/crypto.h"
#include "base/password.h"
#include "base/text.h"
#include "modules/identity/data_files.h"
#include "modules/identity/declared.h"
#include "modules/identity/devices.h"
#include "modules/identity/sessions.h"

namespace identity {

RECORD_TYPE(Secret, "What a person signs in with, hashed.")

namespace {

constexpr std::size_t fewest_characters = 10;  // different ones: four

// What a new password or PIN is to become; the inner one is empty where it is to be taken away.
struct NewSecrets {
  std::optional<std::optional<std::string>> password, pin;
};

const std::unordered_set<std::string_view>& common_ones() {
  static const auto all = [] {
    std::unordered_set<std::string_view> words;
    for (auto& asset : assets) {
      if (asset.path != "common_passwords.txt") continue;
      for (auto rest = asset.bytes; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        words.insert(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    return words;
  }();
  return all;
}

// The same digit again and again, or digits that follow each other.
bool plain_pin(std::string_view pin) {
  const auto steps_by = [&](int step) {
    for (std::size_t i = 1; i < pin.size(); ++i)
      if (pin[i] - pin[i - 1] != step) return false;
    return true;
  };
  return steps_by(0) || steps_by(1) || steps_by(-1);
}

base::Result<std::string> hash_of_password(const User& given) {
  const auto password = normal_password(*given.password);
  const auto refuse = [](std::string_view code, std::string sentence) {
    return std::unexpected(reflect::invalid.problem().at("/password", code, std::move(sentence)));
  };
  if (base::code_points(password) < fewest_characters) return refuse("length", "Must have at least 10 characters.");
  if (common_password(password)) return refuse("common", "Is one of those that are tried first.");
  return base::hash_password(password);
}

// A patch brings the password alone, so that this is asked when the person is at hand.
base::Result<> check_unlike(const User& user) {
  if (!user.password) return {};
  const auto password = folded(normal_password(*user.password));
  if ((!user.email || folded(*user.email) != password) && folded(user.name) != password) return {};
  return std::unexpected(reflect::invalid.problem().at("/password", "common", "Must not be the name or the mail address."));
}

base::Result<std::string> hash_of_pin(std::string_view pin) {
  const auto refuse = [](std::string_view code, std::string sentence) {
    return std::unexpected(reflect::invalid.problem().at("/pin", code, std::move(sentence)));
  };
  if (pin.find_first_not_of("0123456789") != pin.npos) return refuse("format", "Must be 4 to 8 digits.");
  if (plain_pin(pin)) return refuse("common", "Is one of those that are tried first.");
  return base::hash_password(pin);
}

}  // namespace

std::optional<Secret> secret_of(db::Snapshot& s, const UserId& user) {
  return s.maybe<Secret>("SELECT {} FROM identity_secret WHERE tenant = $t AND person = $1", user);
}

std::string normal_password(std::string_view text) { return base::nfc(text); }

bool common_password(std::string_view password) {
  return common_ones().contains(folded(password)) || std::set<char>(password.begin(), password.end()).size() < 4;
}

const std::string& nobodys_hash() {
  static const auto hash = base::hash_password(base::random_bytes(32));
  return hash;
}

base::Result<core::Prepared> prepare_user(const void* record, std::string_view patch) {
  const auto& given = *static_cast<const User*>(record);
  NewSecrets secrets;
  if (given.password) secrets.password = TRY(hash_of_password(given));
  if (given.pin) secrets.pin = TRY(hash_of_pin(*given.pin));
  if (reflect::member(patch, "password") == "null") secrets.password.emplace();
  if (reflect::member(patch, "pin") == "null") secrets.pin.emplace();
  return std::make_shared<const NewSecrets>(std::move(secrets));
}

base::Result<> set_secrets(core::Tx& tx, const core::Actor& actor, const User* before, User& after) {
  if (before && before->active && !after.active) end_sessions(tx, after.id, SessionEnd::deactivated);
  const auto* news = tx.prepared<NewSecrets>();
  if (!news || (!news->password && !news->pin)) return {};
  auto secret = before ? secret_of(tx, after.id).value_or(Secret{}) : Secret{};
  if (news->password) {
    TRY(check_unlike(after));
    secret.password = *news->password;
    after.password_set_at = secret.password ? std::optional(tx.now()) : std::nullopt;
    // Whoever knew the old one is out; who changes their own stays where they do it.
    if (before && after.active) end_sessions(tx, after.id, SessionEnd::password_changed, SessionId::parse(actor.session));
  }
  if (news->pin) {
    if (after.pin) {
      const auto owner = owner_of_pin(tx, tx.tenant_state(), *after.pin);
      if (owner && *owner != after.id) return std::unexpected(pin_taken.problem().at("/pin", "taken", "Choose another one."));
    }
    secret.pin = *news->pin;
    secret.pin_key = after.pin ? std::optional(pin_key(tx.tenant_state(), *after.pin)) : std::nullopt;
    if (before && after.active && !news->password) end_sessions(tx, after.id, SessionEnd::pin_changed, {}, SignInMethod::pin);
    after.pin_set_at = secret.pin ? std::optional(tx.now()) : std::nullopt;
  }
  tx.run(
      "INSERT INTO identity_secret (tenant, person, password, pin, pin_key) VALUES ($t, $1, $2, $3, $4) ON CONFLICT (tenant, "
      "person) "
      "DO UPDATE SET password = excluded.password, pin = excluded.pin, pin_key = excluded.pin_key",
      after.id, secret.password, secret.pin, secret.pin_key);
  return {};
}

void forget_secrets(core::Tx& tx, const UserId& user) {
  tx.run("DELETE FROM identity_secret WHERE tenant = $t AND person = $1", user);
  tx.run("DELETE FROM identity_recovery WHERE tenant = $t AND person = $1", user);
}

void store_password(core::Tx& tx, const UserId& user, const std::string& hash) {
  tx.run("UPDATE identity_secret SET password = $2 WHERE tenant = $t AND person = $1", user, hash);
}

}  // namespace identity
