#include "base/one_time_code.h"

#include "base/crypto.h"

namespace base {

namespace {

// RFC 3986: all but letters, digits and "-._~".
std::string percent_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace

std::int64_t code_step(Instant now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / code_step_seconds;
}

std::string one_time_code(std::string_view secret, std::int64_t counter) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(static_cast<std::uint64_t>(counter) >> shift);
  const auto hash = hmac_sha1(secret, text);
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(hash[i])}; };
  const auto at = byte(hash.size() - 1) & 15;  // "dynamic truncation"
  const auto number = (byte(at) & 0x7f) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
  auto digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, Instant now, std::int64_t used) {
  std::optional<std::int64_t> found;
  for (auto step = code_step(now) - 1; step <= code_step(now) + 1; ++step)
    if (same_secret(one_time_code(secret, step), code) && step > used && !found) found = step;
  return found;
}

std::string base32(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) out += letters[bits >> (held - 5) & 31];
  }
  if (held > 0) out += letters[bits << (5 - held) & 31];
  return out;
}

std::string otpauth_url(std::string_view issuer, std::string_view account, std::string_view secret) {
  const auto name = percent_encoded(issuer);
  return "otpauth://totp/" + name + ':' + percent_encoded(account) + "?secret=" + base32(secret) + "&issuer=" + name;
}

}  // namespace base
