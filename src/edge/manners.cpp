#include "edge/manners.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/crypto.h"
#include "edge/problem.h"

namespace edge {

namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool quoted(std::string_view s) { return s.size() >= 2 && s.front() == '"' && s.back() == '"'; }

// A weak ETag counts as its version: proxies that compress weaken the strong one that we gave, and a version is exact.
std::optional<std::int64_t> version_in(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (quoted(etag)) etag = etag.substr(1, etag.size() - 2);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(etag.data(), etag.data() + etag.size(), version);
  if (error != std::errc() || end != etag.data() + etag.size() || version < 0) return std::nullopt;
  return version;
}

bool same_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

// Trace ids are to be told apart, not to be kept secret: a fast sequence (SplitMix64), seeded by the system's chance.
std::uint64_t next_random() {
  thread_local std::uint64_t state = [] {
    std::uint64_t seed = 0;
    const auto bytes = base::random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
  }();
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

base::Result<std::string> read_key(std::string_view header) {
  if (header.data() == nullptr) return std::string();
  auto key = trimmed(header);
  if (quoted(key)) key = key.substr(1, key.size() - 2);
  if (key.empty() || key.size() > 255 || !std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; }))
    return bad_key();
  return std::string(key);
}

base::Result<> read_if_match(std::string_view header, core::Request& request) {
  const auto etag = trimmed(header);
  if (header.data() == nullptr) return {};
  if (etag == "*") {
    request.any_version = true;
    return {};
  }
  request.if_match = version_in(etag);
  if (!request.if_match) return bad_version();
  return {};
}

bool names_version(std::string_view list, std::int64_t version) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto etag = trimmed(list.substr(0, comma));
    if (etag == "*" || version_in(etag) == version) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::string trace_id(std::string_view parent) {
  const auto hex = [](std::string_view s) { return s.find_first_not_of("0123456789abcdef") == s.npos; };
  if (parent.size() >= 55 && parent[2] == '-' && parent[35] == '-' && parent[52] == '-' && hex(parent.substr(0, 2)) &&
      parent.substr(0, 2) != "ff" && (parent.size() == 55 || parent.substr(0, 2) != "00")) {
    const auto id = parent.substr(3, 32);
    if (hex(id) && id.find_first_not_of('0') != id.npos) return std::string(id);
  }
  std::string id(32, '0');
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = next_random();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4) id[half * 16 + i] = "0123456789abcdef"[bits & 15];
  }
  return id;
}

bool takes_content_type(std::string_view header, Bodies which) {
  const auto semicolon = std::min(header.find(';'), header.size());
  const auto type = trimmed(header.substr(0, semicolon));
  if (!same_ignoring_case(type, "application/json") &&
      !(which == Bodies::json_or_patch && same_ignoring_case(type, "application/merge-patch+json")))
    return false;
  auto parameter = trimmed(header.substr(std::min(semicolon + 1, header.size())));
  if (parameter.size() < 8 || !same_ignoring_case(parameter.substr(0, 8), "charset=")) return true;
  parameter.remove_prefix(8);
  if (quoted(parameter)) parameter = parameter.substr(1, parameter.size() - 2);
  return same_ignoring_case(parameter, "utf-8");
}

}  // namespace edge
