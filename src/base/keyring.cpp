#include "base/keyring.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/crypto.h"

namespace base {

Keyring::Keyring(std::vector<Key> keys) : keys_(std::move(keys)) {
  std::set<std::string_view> ids;
  for (auto& key : keys_)
    if (key.id.size() != id_bytes || key.secret.size() != key_bytes || !ids.insert(key.id).second)
      throw std::invalid_argument("a master key has an id of its own of 4 bytes, and 32 bytes");
  if (keys_.empty()) throw std::invalid_argument("there is no master key");
}

Keyring::Key Keyring::make() { return {random_bytes(id_bytes), random_bytes(key_bytes)}; }
Keyring Keyring::fresh() { return Keyring({make()}); }

std::optional<Keyring> Keyring::parse(std::string_view text) {
  std::vector<Key> keys;
  while (!text.empty()) {
    if (text.front() == '#') text.remove_prefix(std::min(text.find('\n'), text.size()));  // a remark may hold commas
    const auto end = std::min(text.find_first_of("\n,#"), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + (end < text.size() && text[end] == '#' ? 0 : 1), text.size()));
    while (!line.empty() && std::string_view(" \t\r").contains(line.back())) line.remove_suffix(1);
    while (!line.empty() && std::string_view(" \t\r").contains(line.front())) line.remove_prefix(1);
    if (line.empty()) continue;
    const auto space = line.find_first_of(" :");
    if (space == line.npos) return std::nullopt;
    const auto id = unhex(line.substr(0, space)), secret = unhex(line.substr(space + 1));
    if (!id || !secret || id->size() != id_bytes || secret->size() != key_bytes ||
        std::ranges::find(keys, *id, &Key::id) != keys.end())
      return std::nullopt;
    keys.push_back({*id, *secret});
  }
  if (keys.empty()) return std::nullopt;
  return Keyring(std::move(keys));
}

std::string Keyring::text() const {
  std::string out;
  for (auto& key : keys_) out += hex(key.id) + ' ' + hex(key.secret) + '\n';
  return out;
}

std::optional<std::string> Keyring::derived(std::string_view id, std::string_view purpose, std::string_view scope) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  if (found == keys_.end()) return std::nullopt;
  std::string text("daybook key v1\0", 15);
  text.append(purpose).append(1, '\0').append(scope);
  return mac(found->secret, text);
}

std::string Keyring::seal(std::string_view purpose, std::string_view scope, std::string_view text) const {
  return current() + base::seal(*derived(current(), purpose, scope), text, purpose);
}

std::optional<std::string> Keyring::unseal(std::string_view purpose, std::string_view scope, std::string_view sealed) const {
  const auto id = sealed.substr(0, id_bytes);
  const auto key = derived(id, purpose, scope);
  return key ? base::unseal(*key, sealed.substr(id.size()), purpose) : std::nullopt;
}

}  // namespace base
