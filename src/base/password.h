#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Passwords and PINs at rest: Argon2id (RFC 9106), through libsodium. One hash takes some 25 ms and 19 MiB, on purpose: never
// on the writer's thread.
namespace base {

// OWASP's second recommendation: 19 MiB, two passes, one lane. The parameters stand in each hash, so they may change.
struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t memory = std::size_t{19} * 1024 * 1024;  // bytes
};

// "$argon2id$v=19$m=…,t=…,p=1$salt$hash" with a fresh salt. Throws std::bad_alloc when there is not enough memory.
std::string hash_password(std::string_view password, PasswordCost = {});
// Takes as long for a wrong password as for the right one. A hash that is none matches nothing.
bool password_matches(const std::string& hash, std::string_view password);
// Was it made with other parameters than these?
bool wants_rehash(const std::string& hash, PasswordCost = {});

}  // namespace base
