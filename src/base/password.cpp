#include "base/password.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace base {

namespace {
void ready() {
  static const bool started = sodium_init() >= 0;
  if (!started) std::abort();
}
}  // namespace

std::string hash_password(std::string_view password, PasswordCost cost) {
  ready();
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, password.data(), password.size(), cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return out;
}

bool password_matches(const std::string& hash, std::string_view password) {
  ready();
  return hash.size() < crypto_pwhash_STRBYTES && crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool wants_rehash(const std::string& hash, PasswordCost cost) {
  ready();
  return hash.size() < crypto_pwhash_STRBYTES && crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory) != 0;
}

}  // namespace base
