#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"

// Hashes, signatures and randomness: thin names over libsodium and OpenSSL. Failing to get randomness is fatal.
namespace base {

using Hash256 = std::array<std::uint8_t, 32>;

std::string_view as_text(const Hash256&);  // its 32 bytes, not printed
Hash256 sha256(std::string_view);
Hash256 sha256(std::initializer_list<std::string_view> parts);  // of the concatenation
// 16 bytes of keyed BLAKE2b (crypto_generichash) of the text.
std::string keyed_fingerprint(std::string_view key, std::string_view text);

// 32 bytes of keyed BLAKE2b: nobody makes one without the key (16 to 64 bytes).
std::string mac(std::string_view key, std::string_view text);

std::string random_bytes(std::size_t n);
Bits128 random_bits();  // for ids, not for secrets: drawn from a thread's stock, so that it costs no system call
std::string hex(std::string_view bytes);
std::optional<std::string> unhex(std::string_view);
std::string base64url(std::string_view bytes);  // RFC 4648 §5, no padding
std::optional<std::string> unbase64url(std::string_view);
bool same_secret(std::string_view a, std::string_view b);  // constant time for equal lengths

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): 24 bytes of nonce and the sealed text; `context` must be the same to open it,
// so that nobody exchanges one sealed column for another. A key has 32 bytes. unseal: none where it was not sealed so.
std::string seal(std::string_view key, std::string_view text, std::string_view context);
std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view context);
std::string hmac_sha1(std::string_view key, std::string_view text);  // RFC 2104, for one-time codes alone

// Ed25519 (RFC 8032). A secret is 64 bytes, a public key 32, a signature 64.
struct SigningKey {
  std::string secret, public_key;
};
SigningKey make_signing_key();
std::string sign(std::string_view secret, std::string_view message);
bool verify(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace base
