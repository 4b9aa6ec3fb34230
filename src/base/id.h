#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace base {

template <std::size_t N>
struct Literal {
  char text[N]{};
  constexpr Literal(const char (&s)[N]) { std::copy_n(s, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

using Bits128 = std::array<std::uint8_t, 16>;

// "ord" and 16 bytes -> "ord_01jx…": prefix, '_', 26 lower-case Crockford base 32 characters.
std::string id_text(std::string_view prefix, const Bits128& bits);
void print_id(std::string_view prefix, const Bits128& bits, std::string& out);  // the same, appended
// The reverse. Anything but the one canonical spelling (upper case included) is nothing.
std::optional<Bits128> id_bits(std::string_view prefix, std::string_view text);
// A UUIDv7 (RFC 9562) of that Unix millisecond with the given random bytes.
Bits128 uuid_v7(std::int64_t unix_ms, const Bits128& random);

// A typed, time-sortable identity, made by whoever first knows the fact. Different prefixes do not mix.
template <Literal Prefix>
class Id {
 public:
  static constexpr std::string_view prefix = Prefix.view();
  Id() = default;
  explicit Id(const Bits128& bits) : bits_(bits) {}
  static std::optional<Id> parse(std::string_view text) {
    if (auto bits = id_bits(prefix, text)) return Id(*bits);
    return std::nullopt;
  }
  std::string text() const { return id_text(prefix, bits_); }
  const Bits128& bits() const { return bits_; }
  bool empty() const { return bits_ == Bits128{}; }
  auto operator<=>(const Id&) const = default;

 private:
  Bits128 bits_{};
};

}  // namespace base

template <base::Literal P>
struct std::hash<base::Id<P>> {
  std::size_t operator()(const base::Id<P>& id) const noexcept {
    std::size_t h = 0;
    for (std::size_t i = 8; i < 16; ++i) h = h << 8 | id.bits()[i];
    return h;
  }
};
