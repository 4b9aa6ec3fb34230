#pragma once
#include <optional>
#include <string>
#include <vector>

#include "modules/identity/attempts.h"

// The second factor: one-time codes of an app (base/one_time_code.h), set up with a QR code, confirmed by a code, and ten
// recovery codes for the day on which the app is gone. The app's secret is sealed under the master key; recovery codes are
// hashed.
namespace identity {

inline constexpr base::ProblemKind totp_required{"auth.totp_required", 401, "Send the code of the second factor as totp, too."};
inline constexpr base::ProblemKind already_set_up{"auth.totp_active", 409, "The second factor is set up; remove it first."};
inline constexpr base::ProblemKind not_set_up{"auth.totp_inactive", 409, "No second factor is being set up or active."};
inline constexpr base::ProblemKind people_only{"auth.people_only", 409,
                                               "This is for people who have signed in, not for machines."};

inline constexpr base::ProblemKind wrong_code{"auth.wrong_code", 422, "This code is wrong, too old, or was used before."};

// What signing in needs to know of a person's second factor.
struct Factor {
  std::optional<base::Bytes> totp, totp_pending;  // sealed
  std::int64_t totp_step = 0;                     // the last one that was used
};
RECORD(Factor, totp, totp_pending, totp_step)

// Uses up a code of the app or a recovery code of this person. False: it is wrong, or was used.
bool use_code(core::Tx&, const UserId&, const std::string& code);

struct SetUpTotp {
  base::Text<1, 1000> password;
};
RECORD(SetUpTotp, password)
struct TotpSetUp {
  std::string secret, url, qr;
};
RECORD(TotpSetUp, secret, url, qr)
struct GiveCode {
  base::Text<1, 40> code;
};
RECORD(GiveCode, code)
struct RecoveryCodes {
  std::vector<std::string> recovery_codes;
};
RECORD(RecoveryCodes, recovery_codes)
struct CheckedOwn {
  bool right = false;
  std::string hash;
};
base::Result<CheckedOwn> check_own_password(const core::Preparing&, const SetUpTotp&);
base::Result<TotpSetUp> set_up_totp(core::Tx&, const core::Actor&, const SetUpTotp&);
base::Result<RecoveryCodes> confirm_totp(core::Tx&, const core::Actor&, const GiveCode&);
base::Result<User> remove_totp(core::Tx&, const core::Actor&, const GiveCode&);
base::Result<User> reset_totp(core::Tx&, const core::Actor&, const core::ById&);  // somebody else's

// Seals again, under the key of today, what lies under older ones.
std::optional<base::Instant> next_resealing(core::View&);
base::Result<> reseal(core::Tx&);

}  // namespace identity
