#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

// Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, 6 digits, steps of 30 s, as every authenticator app takes
// them.
namespace base {

inline constexpr std::int64_t code_step_seconds = 30;
std::int64_t code_step(Instant);  // the step that a moment lies in

// "755224": the code of a counter, here a step.
std::string one_time_code(std::string_view secret, std::int64_t counter);
// The step that this code is of, at most one away from `now`, and later than `used`; none where it is of none.
std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, Instant now, std::int64_t used);

std::string base32(std::string_view bytes);  // RFC 4648 §6, upper case, without padding
// otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER (Key Uri Format of Google Authenticator).
std::string otpauth_url(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace base
