#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/log_routes.h"
#include "modules/identity/signing_in.h"

// Shared devices: a till is paired once, with a code from somebody who may; people then sign in at it with their PIN.
namespace identity {

inline constexpr std::string_view device_prefix = "dbd_";
inline constexpr std::chrono::minutes pairing_time{10};

struct Device {
  DeviceId id;
  base::Text<1, 100> name;
  settings::LocationId location;
  std::optional<base::Text<1, 60>> station;
  bool removed = false;
  base::Bytes hash;
  std::optional<base::Instant> last_used;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
};
RECORD(Device, id, name, location, station, removed, hash, last_used, version, created_at, updated_at)
inline constexpr core::EventKind device_paired{"device.paired", 1, "A device was paired."};
inline constexpr core::EventKind device_removed{"device.removed", 1, "A device was removed; its sessions are over."};
inline constexpr base::ProblemKind pin_taken{"identity.pin_taken", 409, "This PIN cannot be used; choose another one."};

struct MakePairingCode {
  base::Text<1, 100> name;
  settings::LocationId location;
  std::optional<base::Text<1, 60>> station;
};
RECORD(MakePairingCode, name, location, station)
struct PairingCode {
  std::string code;
  base::Instant expires_at{};
};
RECORD(PairingCode, code, expires_at)
struct Pair {
  base::Text<1, 80> code;
};
RECORD(Pair, code)
struct ShownDevice {
  DeviceId id;
  std::string name;
  settings::LocationId location;
  std::optional<std::string> station;
  std::optional<base::Instant> last_used;
  bool removed = false;
  std::int64_t version = 0;
  base::Instant created_at{};
};
RECORD(ShownDevice, id, name, location, station, last_used, removed, version, created_at)
struct Paired {
  ShownDevice device;
  std::string device_token;
};
RECORD(Paired, device, device_token)
struct DeviceList {
  std::vector<ShownDevice> data;
  std::optional<std::string> next_cursor;
};
RECORD(DeviceList, data, next_cursor)

base::Result<PairingCode> make_pairing_code(core::Tx&, const core::Actor&, const MakePairingCode&);
base::Result<Paired> pair_device(core::Tx&, const core::Actor&, const Pair&);
base::Result<Device> remove_device(core::Tx&, const core::Actor&, const core::ById&);
base::Result<DeviceList> list_devices(core::View&, const core::Actor&, const core::Nothing&);
base::Result<ShownDevice> get_device(core::View&, const core::Actor&, const core::ById&);

struct PinLogin {
  base::Text<1, 200> device_token;
  base::Text<4, 8> pin;
  std::optional<UserId> user;
};
RECORD(PinLogin, device_token, pin, user)
// What comparing a PIN has found.
struct CheckedPin {
  std::optional<UserId> user;
  std::string hash;  // that was compared
  bool right = false;
};
base::Result<CheckedPin> check_pin(const core::Preparing&, const PinLogin&);
base::Result<SignedIn> login_by_pin(core::Tx&, const core::Actor&, const PinLogin&);

// By what a PIN alone is found: keyed, outside the database, so that rows say nothing of it. Of the key of today…
base::Bytes pin_key(const core::Tenant&, std::string_view pin);
// …and of every key that is obeyed: whose PIN is this?
std::optional<UserId> owner_of_pin(db::Snapshot&, const core::Tenant&, std::string_view pin);

}  // namespace identity
