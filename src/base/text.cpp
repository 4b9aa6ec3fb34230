#include "base/text.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <cstring>
#include <stdexcept>

namespace base {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The bytes of the sequence that starts at `s` (1 to 4), or 0 where it is not well formed. The table of Unicode 15, §3.9
// (table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF.
std::size_t sequence(const unsigned char* s, std::size_t left) {
  const auto first = s[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (left < length) return 0;
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (s[1] < low || s[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((s[i] & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  const auto* s = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && (eight_bytes(text.data() + at) & high_bits) == 0) {
      at += 8;
      continue;
    }
    const auto length = sequence(s + at, text.size() - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t code_points(std::string_view utf8) {
  std::size_t n = 0;
  for (char c : utf8) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

std::string nfc(std::string_view utf8) {
  const auto failed = [](UErrorCode code) { return U_FAILURE(code) && code != U_BUFFER_OVERFLOW_ERROR; };
  UErrorCode code = U_ZERO_ERROR;
  const auto* form = unorm2_getNFCInstance(&code);
  std::u16string wide(utf8.size(), u'\0');
  std::int32_t length = 0;
  u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &length, utf8.data(),
                static_cast<std::int32_t>(utf8.size()), &code);
  if (failed(code)) throw std::invalid_argument("this is not UTF-8");
  std::u16string normal(static_cast<std::size_t>(length) * 3 + 1, u'\0');  // the most that NFC grows by (UAX #15)
  const auto units =
      unorm2_normalize(form, wide.data(), length, normal.data(), static_cast<std::int32_t>(normal.size()), &code);
  std::string out(static_cast<std::size_t>(units) * 3 + 1, '\0');
  u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &length, normal.data(), units, &code);
  if (U_FAILURE(code)) throw std::runtime_error("a text could not be normalized");
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace base
