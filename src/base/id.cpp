#include "base/id.h"

#include <cstring>

namespace base {
namespace {

// Crockford's base 32: no i, l, o, u, so that a spoken or hand-copied id has one reading.
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t digits = 26;  // 26 · 5 = 130 bits hold 128

constexpr auto values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

// Two digits at a time.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 1024> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {alphabet[i >> 5], alphabet[i & 31]};
  return table;
}();

__extension__ using Wide = unsigned __int128;

}  // namespace

void print_id(std::string_view prefix, const Bits128& bits, std::string& out) {
  char text[1 + digits];
  text[0] = '_';
  Wide n = 0;
  for (auto byte : bits) n = n << 8 | byte;
  // Twelve digits of a word: shifting 64 bits is twice as fast as shifting 128.
  char* at = text + sizeof text;
  for (int group = 0; group < 3; ++group, n >>= 60) {
    auto low = static_cast<std::uint64_t>(n);
    for (const char* const end = group < 2 ? at - 12 : text + 1; at > end; low >>= 10)
      std::memcpy(at -= 2, pairs[low & 1023].data(), 2);
  }
  out.append(prefix).append(text, sizeof text);
}

std::string id_text(std::string_view prefix, const Bits128& bits) {
  std::string out;
  out.reserve(prefix.size() + 1 + digits);
  print_id(prefix, bits, out);
  return out;
}

std::optional<Bits128> id_bits(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 1 + digits || !text.starts_with(prefix) || text[prefix.size()] != '_') return std::nullopt;
  Wide n = 0;
  for (char c : text.substr(prefix.size() + 1)) {
    const auto digit = values[static_cast<unsigned char>(c)];
    if (digit < 0 || n >> 123) return std::nullopt;  // the first digit has only three bits
    n = n << 5 | static_cast<unsigned>(digit);
  }
  Bits128 bits{};
  for (auto at = bits.size(); at-- > 0; n >>= 8) bits[at] = static_cast<std::uint8_t>(n);
  return bits;
}

Bits128 uuid_v7(std::int64_t unix_ms, const Bits128& random) {
  Bits128 bits = random;
  for (std::size_t i = 0; i < 6; ++i) bits[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  bits[6] = static_cast<std::uint8_t>(0x70 | (random[6] & 0x0f));
  bits[8] = static_cast<std::uint8_t>(0x80 | (random[8] & 0x3f));
  return bits;
}

}  // namespace base
