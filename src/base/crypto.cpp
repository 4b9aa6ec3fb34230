#include "base/crypto.h"

#include <sodium.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

// The low-level SHA256_* of OpenSSL 3 are marked deprecated, yet they are what makes a hash of a short text cheap:
// EVP_Digest looks the algorithm up at every call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace base {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Randomness that is not there must never become a weak key.
void ready() {
  static const bool started = sodium_init() >= 0;
  if (!started) std::abort();
}

}  // namespace

std::string_view as_text(const Hash256& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

Hash256 sha256(std::string_view text) { return sha256({text}); }

Hash256 sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (auto part : parts) SHA256_Update(&context, part.data(), part.size());
  Hash256 hash;
  SHA256_Final(hash.data(), &context);
  return hash;
}

namespace {
std::string keyed(std::string_view key, std::string_view text, std::size_t size) {
  ready();
  if (key.size() < crypto_generichash_KEYBYTES_MIN || key.size() > crypto_generichash_KEYBYTES_MAX)
    throw std::logic_error("crypto: a fingerprint's key has 16 to 64 bytes");
  std::string out(size, '\0');
  crypto_generichash(bytes(out), out.size(), bytes(text), text.size(), bytes(key), key.size());
  return out;
}
}  // namespace

std::string keyed_fingerprint(std::string_view key, std::string_view text) {
  return keyed(key, text, crypto_generichash_BYTES_MIN);
}
std::string mac(std::string_view key, std::string_view text) { return keyed(key, text, crypto_generichash_BYTES); }

std::string random_bytes(std::size_t n) {
  ready();
  std::string out(n, '\0');
  randombytes_buf(out.data(), n);
  return out;
}

Bits128 random_bits() {
  constexpr std::size_t kept = 256;
  thread_local std::array<Bits128, kept> bits;
  thread_local std::size_t left = 0;
  if (left == 0) {
    ready();
    randombytes_buf(bits.data(), sizeof bits);
    left = kept;
  }
  return std::exchange(bits[--left], {});
}

std::string hex(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size() * 2);
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  std::size_t written = 0;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(bytes(out), out.size(), text.data(), text.size(), nullptr, &written, nullptr) != 0 ||
      written != out.size())
    return std::nullopt;
  return out;
}

std::string base64url(std::string_view text) {
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_ENCODED_LEN(text.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes(text), text.size(), variant);
  out.pop_back();  // its terminating zero
  return out;
}

std::optional<std::string> unbase64url(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t written = 0;
  if (sodium_base642bin(bytes(out), out.size(), text.data(), text.size(), nullptr, &written, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return std::nullopt;
  out.resize(written);
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {
void check_key(std::string_view key) {
  if (key.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) throw std::logic_error("crypto: a sealing key has 32 bytes");
}
}  // namespace

std::string seal(std::string_view key, std::string_view text, std::string_view context) {
  ready();
  check_key(key);
  auto out = random_bytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  const auto nonce = out;
  out.resize(nonce.size() + text.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(out) + nonce.size(), nullptr, bytes(text), text.size(), bytes(context),
                                             context.size(), nullptr, bytes(nonce), bytes(key));
  return out;
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view context) {
  ready();
  check_key(key);
  constexpr std::size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, tag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
  if (sealed.size() < nonce + tag) return std::nullopt;
  std::string out(sealed.size() - nonce - tag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(out), nullptr, nullptr, bytes(sealed.substr(nonce)),
                                                 sealed.size() - nonce, bytes(context), context.size(), bytes(sealed),
                                                 bytes(key)) != 0)
    return std::nullopt;
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::string out(SHA_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), bytes(out), &length))
    throw std::runtime_error("crypto: no HMAC");
  return out;
}

SigningKey make_signing_key() {
  ready();
  SigningKey key{std::string(crypto_sign_SECRETKEYBYTES, '\0'), std::string(crypto_sign_PUBLICKEYBYTES, '\0')};
  crypto_sign_keypair(bytes(key.public_key), bytes(key.secret));
  return key;
}

std::string sign(std::string_view secret, std::string_view message) {
  ready();
  if (secret.size() != crypto_sign_SECRETKEYBYTES) throw std::logic_error("crypto: a signing key has 64 bytes");
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes(signature), nullptr, bytes(message), message.size(), bytes(secret));
  return signature;
}

bool verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  ready();
  return public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes(signature), bytes(message), message.size(), bytes(public_key)) == 0;
}

}  // namespace base
