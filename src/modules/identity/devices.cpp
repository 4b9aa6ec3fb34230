#include "modules/identity/devices.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/one_time_code.h"
#include "modules/identity/declared.h"

namespace identity {

namespace {

struct PairingRow {
  base::Bytes hash;
  base::Text<1, 100> name;
  settings::LocationId location;
  std::optional<base::Text<1, 60>> station;
  base::Instant expires_at{};
};
RECORD(PairingRow, hash, name, location, station, expires_at)
RECORD_TYPE(PairingRow, "A code that a device may be paired with.")

constexpr std::size_t code_bytes = 5;  // 40 bits, for ten minutes

ShownDevice shown(const Device& d) {
  ShownDevice out{d.id, d.name, d.location, std::nullopt, d.last_used, d.removed, d.version, d.created_at};
  if (d.station) out.station = *d.station;
  return out;
}

std::optional<Device> find(db::Snapshot& s, std::string_view id) {
  const std::string wanted(id);
  return s.maybe<Device>("SELECT {} FROM identity_device WHERE tenant = $t AND id = $1", wanted);
}
std::unexpected<base::Problem> missing(std::string_view id) { return core::not_found("No device " + std::string(id) + "."); }

base::Bytes code_hash(const core::Tenant& tenant, std::string_view code) {
  std::string plain = folded(code);
  std::erase(plain, '-');
  return base::Bytes(base::mac(tenant.key, "pairing code\n" + plain));
}

}  // namespace

base::Result<PairingCode> make_pairing_code(core::Tx& tx, const core::Actor&, const MakePairingCode& input) {
  TRY(check_location(tx, input.location));
  const auto letters = base::base32(base::random_bytes(code_bytes));
  const PairingCode made{tx.tenant_state().slug + '.' + letters.substr(0, 4) + '-' + letters.substr(4),
                         tx.now() + pairing_time};
  tx.run("DELETE FROM identity_pairing WHERE tenant = $t AND expires_at <= $1", tx.now());
  tx.insert("identity_pairing",
            PairingRow{code_hash(tx.tenant_state(), made.code), input.name, input.location, input.station, made.expires_at});
  return made;
}

base::Result<Paired> pair_device(core::Tx& tx, const core::Actor&, const Pair& input) {
  const auto hash = code_hash(tx.tenant_state(), input.code);
  const auto row = tx.maybe<PairingRow>("SELECT {} FROM identity_pairing WHERE tenant = $t AND hash = $1", hash);
  if (!row || row->expires_at <= tx.now()) return core::bad_credentials();
  tx.run("DELETE FROM identity_pairing WHERE tenant = $t AND hash = $1", hash);  // it is good once
  const auto token = std::string(device_prefix) + tx.tenant_state().slug + '.' + base::base64url(base::random_bytes(32));
  const Device device{.id = tx.fresh<DeviceId>(),
                      .name = row->name,
                      .location = row->location,
                      .station = row->station,
                      .hash = base::Bytes(std::string(base::as_text(base::sha256(token)))),
                      .version = 1,
                      .created_at = tx.now(),
                      .updated_at = tx.now()};
  tx.act_as(device.id.text());
  tx.insert("identity_device", device);
  tx.emit(device_paired, device);
  return Paired{shown(device), token};
}

base::Result<Device> remove_device(core::Tx& tx, const core::Actor&, const core::ById& input) {
  const auto before = find(tx, input.id);
  if (!before) return missing(input.id);
  if (before->removed) return *before;
  auto after = *before;
  after.removed = true;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("identity_device", after);
  for (auto& session : tx.all<Session>("SELECT {} FROM identity_session WHERE tenant = $t AND device = $1 AND ended_at IS NULL "
                                       "AND expires_at > $2 ORDER BY id",
                                       after.id, tx.now()))
    end_session(tx, session, SessionEnd::device_removed);
  tx.emit(device_removed, *before, after);
  return after;
}

base::Result<DeviceList> list_devices(core::View& view, const core::Actor&, const core::Nothing&) {
  DeviceList list;
  for (auto& device : view.all<Device>("SELECT {} FROM identity_device WHERE tenant = $t ORDER BY id"))
    list.data.push_back(shown(device));
  return list;
}

base::Result<ShownDevice> get_device(core::View& view, const core::Actor&, const core::ById& input) {
  const auto device = find(view, input.id);
  if (!device) return missing(input.id);
  return shown(*device);
}

}  // namespace identity
