#include "modules/identity/tokens.h"

#include "base/crypto.h"

namespace identity {

namespace {

constexpr std::size_t id_bytes = 16, number_bytes = 8;
struct Kind {
  std::string_view prefix, purpose;
  std::size_t payload, mac;  // bytes
};
constexpr Kind access{access_prefix, "access token", 2 * id_bytes + number_bytes, 16};
constexpr Kind refresh{refresh_prefix, "refresh token", id_bytes + number_bytes, 32};

void append(std::string& out, const base::Bits128& bits) {
  out.append(reinterpret_cast<const char*>(bits.data()), bits.size());
}
void append(std::string& out, std::int64_t n) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<std::uint64_t>(n) >> shift);
}
template <class IdT>
IdT take_id(std::string_view& from) {
  base::Bits128 bits{};
  std::copy_n(from.begin(), bits.size(), reinterpret_cast<char*>(bits.data()));
  from.remove_prefix(bits.size());
  return IdT(bits);
}
std::int64_t take_number(std::string_view& from) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < number_bytes; ++i) n = n << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(number_bytes);
  return static_cast<std::int64_t>(n);
}

std::string proof(const Kind& kind, std::string_view key, std::string_view epoch, std::string_view payload) {
  return base::mac(key, std::string(payload).append(epoch)).substr(0, kind.mac);
}

// prefix, slug, ".", base64url(key id, payload, proof)
std::string print(const Kind& kind, const core::Tenant& tenant, std::string_view epoch, std::string_view payload) {
  const auto& id = tenant.keys->current();
  const auto key = tenant.keys->derived(id, kind.purpose, tenant.id.text());
  const auto bytes = id + std::string(payload) + proof(kind, *key, epoch, payload);
  return std::string(kind.prefix) + tenant.slug + '.' + base::base64url(bytes);
}

std::optional<std::string> read(const Kind& kind, const core::Tenant& tenant, std::string_view epoch, std::string_view token) {
  if (!token.starts_with(kind.prefix)) return std::nullopt;
  token.remove_prefix(kind.prefix.size());
  if (!token.starts_with(tenant.slug)) return std::nullopt;
  token.remove_prefix(tenant.slug.size());
  if (!token.starts_with('.')) return std::nullopt;
  const auto bytes = base::unbase64url(token.substr(1));
  constexpr auto head = base::Keyring::id_bytes;
  if (!bytes || bytes->size() != head + kind.payload + kind.mac) return std::nullopt;
  const auto key = tenant.keys->derived(std::string_view(*bytes).substr(0, head), kind.purpose, tenant.id.text());
  auto payload = bytes->substr(head, kind.payload);
  if (!key || !base::same_secret(std::string_view(*bytes).substr(head + kind.payload), proof(kind, *key, epoch, payload)))
    return std::nullopt;
  return payload;
}

}  // namespace

std::string print_access(const core::Tenant& tenant, std::string_view epoch, const AccessClaims& claims) {
  std::string payload;
  append(payload, claims.session.bits());
  append(payload, claims.user.bits());
  append(payload, std::chrono::floor<std::chrono::seconds>(claims.expires_at).time_since_epoch().count());
  return print(access, tenant, epoch, payload);
}

std::optional<AccessClaims> read_access(const core::Tenant& tenant, std::string_view epoch, std::string_view token) {
  const auto payload = read(access, tenant, epoch, token);
  if (!payload) return std::nullopt;
  std::string_view rest = *payload;
  AccessClaims claims{.session = take_id<SessionId>(rest), .user = take_id<UserId>(rest)};
  claims.expires_at = base::Instant(std::chrono::seconds(take_number(rest)));
  return claims;
}

std::string print_refresh(const core::Tenant& tenant, std::string_view epoch, const RefreshClaims& claims) {
  std::string payload;
  append(payload, claims.session.bits());
  append(payload, claims.generation);
  return print(refresh, tenant, epoch, payload);
}

std::optional<RefreshClaims> read_refresh(const core::Tenant& tenant, std::string_view epoch, std::string_view token) {
  const auto payload = read(refresh, tenant, epoch, token);
  if (!payload) return std::nullopt;
  std::string_view rest = *payload;
  RefreshClaims claims{.session = take_id<SessionId>(rest)};
  claims.generation = take_number(rest);
  return claims;
}

}  // namespace identity
