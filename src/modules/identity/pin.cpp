#include "base/crypto.h"
#include "base/password.h"
#include "modules/identity/declared.h"
#include "modules/identity/devices.h"
#include "modules/identity/secrets.h"

namespace identity {

namespace {

constexpr std::string_view purpose = "PIN";

base::Bytes pin_key_under(const core::Tenant& tenant, std::string_view key_id, std::string_view pin) {
  const auto key = tenant.keys->derived(key_id, purpose, tenant.id.text());
  return base::Bytes(base::keyed_fingerprint(*key, pin));
}

std::optional<Device> device_of(db::Snapshot& s, std::string_view token) {
  const base::Bytes hash(std::string(base::as_text(base::sha256(token))));
  return s.maybe<Device>("SELECT {} FROM identity_device WHERE tenant = $t AND hash = $1 AND NOT removed", hash);
}

// With a name the person is closed on this device; without one, all that is guessed at it.
Attempts attempts_of(const core::Tenant& tenant, const Device& device, const PinLogin& input) {
  if (input.user) return {tenant, Attempts::Way::pin, input.user->text(), device.id.text(), input.user};
  return {tenant, Attempts::Way::nameless_pin, "", device.id.text(), std::nullopt};
}

std::string pin_hash(db::Snapshot& s, const UserId& user) {
  const auto secret = secret_of(s, user);
  return secret ? secret->pin.value_or("") : "";
}

}  // namespace

base::Bytes pin_key(const core::Tenant& tenant, std::string_view pin) {
  return pin_key_under(tenant, tenant.keys->current(), pin);
}

std::optional<UserId> owner_of_pin(db::Snapshot& s, const core::Tenant& tenant, std::string_view pin) {
  for (auto& key : tenant.keys->keys()) {
    const auto found = s.all<UserId>("SELECT person FROM identity_secret WHERE tenant = $t AND pin_key = $1",
                                     pin_key_under(tenant, key.id, pin));
    if (found.size() == 1) return found.front();
  }
  return std::nullopt;
}

base::Result<CheckedPin> check_pin(const core::Preparing& preparing, const PinLogin& input) {
  CheckedPin checked;
  bool paired = false;
  if (preparing.tenant) {
    base::Result<> open;
    preparing.look([&](core::View& view) {
      const auto device = device_of(view, input.device_token);
      if (!device) return;
      paired = true;
      open = attempts_of(*preparing.tenant, *device, input).open(view, view.now());
      checked.user = input.user ? input.user : owner_of_pin(view, *preparing.tenant, input.pin);
      if (checked.user) checked.hash = pin_hash(view, *checked.user);
    });
    TRY(open);
  }
  const auto& nobody = nobodys_hash();
  const bool somebody = !checked.hash.empty();
  checked.right = base::password_matches(somebody ? checked.hash : nobody, input.pin) && somebody;
  if (!paired) return core::bad_credentials();
  return checked;
}

base::Result<SignedIn> login_by_pin(core::Tx& tx, const core::Actor&, const PinLogin& input) {
  const auto& checked = *tx.prepared<CheckedPin>();
  const auto device = device_of(tx, input.device_token);
  if (!device) return core::bad_credentials();
  const auto attempts = attempts_of(tx.tenant_state(), *device, input);
  TRY(attempts.open(tx, tx.now()));
  const auto* user = checked.user ? tx.cached<Credentials>(credentials).person(*checked.user) : nullptr;
  if (!user || !user->active || !checked.right || pin_hash(tx, user->id) != checked.hash) {
    attempts.failed(tx);
    return tx.keep(core::bad_credentials.problem());
  }
  attempts.succeeded(tx);
  tx.act_as(user->id.text());
  tx.run("UPDATE identity_device SET last_used = $2 WHERE tenant = $t AND id = $1", device->id, tx.now());
  return tokens_of(tx, start_session(tx, user->id, SignInMethod::pin, device->id), *user);
}

}  // namespace identity
