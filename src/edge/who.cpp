#include "edge/who.h"

#include <cstring>

#include "edge/problem.h"

namespace edge {

namespace {
constexpr std::size_t longest_token = 512, most_known = 8192;
constexpr auto known_for = std::chrono::seconds(1);

// "dbt_kitchen.secret" -> "kitchen"; "" for anything else.
std::string_view slug_of(std::string_view token) {
  const auto prefix = token.find('_'), dot = token.find('.');
  if (token.size() > longest_token || prefix == token.npos || dot == token.npos || dot < prefix) return {};
  return token.substr(prefix + 1, dot - prefix - 1);
}

bool is_bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((authorization[i] | 0x20) != scheme[i]) return false;
  return true;
}
}  // namespace

std::size_t Credentials::HashOfHash::operator()(const base::Hash256& hash) const noexcept {
  std::size_t h = 0;
  std::memcpy(&h, hash.data(), sizeof h);
  return h;
}

Credentials::Credentials(core::Daybook& daybook) : daybook_(daybook) {
  for (const auto* module : daybook.registry().modules())
    if (module->authenticate) caches_.insert(caches_.end(), module->caches.begin(), module->caches.end());
}

std::vector<std::int64_t> Credentials::stamps(const core::Tenant& tenant) const {
  if (caches_.empty()) return {tenant.head().seq};
  std::vector<std::int64_t> all;
  all.reserve(caches_.size());
  for (const auto* cache : caches_) all.push_back(tenant.cache.stamp(*cache));
  return all;
}

bool Credentials::current(const Known& known, core::Instant now) const {
  if (now < known.from || now >= known.until) return false;
  const auto& tenant = *known.who.tenant;
  if (caches_.empty()) return known.stamps.front() == tenant.head().seq;
  for (std::size_t i = 0; i < caches_.size(); ++i)
    if (known.stamps[i] != tenant.cache.stamp(*caches_[i])) return false;
  return true;
}

base::Result<Credentials::Who> Credentials::of_header(std::string_view authorization) {
  if (authorization.empty()) return no_token();
  if (!is_bearer(authorization)) return bad_token("The scheme must be Bearer.");
  authorization.remove_prefix(7);
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  if (auto who = of_token(authorization)) return std::move(*who);
  return bad_token();
}

std::optional<Credentials::Who> Credentials::of_token(std::string_view token) {
  const auto slug = slug_of(token);
  if (slug.empty()) return std::nullopt;
  const auto hash = base::sha256(token);
  auto& shard = shards_[hash.back() % shards_.size()];
  const auto now = daybook_.now();
  {
    std::scoped_lock lock(shard.mutex);
    if (const auto found = shard.known.find(hash); found != shard.known.end() && current(found->second, now))
      return found->second.who;
  }
  auto tenant = daybook_.tenant(slug);
  if (!tenant) return std::nullopt;
  // The stamps of before the read: an event in between makes this entry stale, never a stale one current.
  Known fresh{{{}, tenant}, stamps(*tenant), now, now + known_for};
  std::optional<core::Actor> actor;
  daybook_.read(*tenant, [&](core::View& view) { actor = daybook_.registry().authenticate(view, token); });
  if (!actor) return std::nullopt;
  fresh.until = actor->good_until.value_or(fresh.until);
  fresh.who.actor = std::move(*actor);
  auto who = fresh.who;
  std::scoped_lock lock(shard.mutex);
  if (shard.known.size() >= most_known / shards_.size()) shard.known.clear();
  shard.known.insert_or_assign(hash, std::move(fresh));
  return who;
}

}  // namespace edge
