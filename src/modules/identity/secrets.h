#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "modules/identity/identity.h"

// What people sign in with, hashed (base/password.h). It lies beside the people, so that no event and no answer holds it.
namespace identity {

struct Secret {
  std::optional<std::string> password, pin;  // hashes
  std::optional<base::Bytes> pin_key;        // by which a PIN alone is found (devices.h)
};
RECORD(Secret, password, pin, pin_key)
std::optional<Secret> secret_of(db::Snapshot&, const UserId&);

// A password as it is hashed and compared: in Unicode Normalization Form C, as RFC 8265 has it for opaque strings.
std::string normal_password(std::string_view);
// Is it in the list of common ones (data/NOTICE), whatever its case, or of fewer than four different characters?
bool common_password(std::string_view);
// A hash that no password has, made with the parameters of today: what is compared where there is nobody to compare with.
const std::string& nobodys_hash();

// The preparation of a user's creation or change, and what check_user does with it.
base::Result<core::Prepared> prepare_user(const void* given, std::string_view patch);
base::Result<> set_secrets(core::Tx&, const core::Actor&, const User* before, User& after);
void forget_secrets(core::Tx&, const UserId&);
// In place of an older hash of the same password.
void store_password(core::Tx&, const UserId&, const std::string& hash);

}  // namespace identity
