#include "core/forms.h"

#include <cstring>

namespace core {

namespace {
std::size_t cost(const std::string& text) { return text.size() + 200; }
}  // namespace

// The end of an id is chance, or a counter and chance.
std::size_t Forms::Hash::operator()(const Key& k) const noexcept {
  std::uint64_t h = 0;
  std::memcpy(&h, k.id.data() + 8, sizeof h);
  return h ^ static_cast<std::uint64_t>(k.tenant) * 0x9E3779B97F4A7C15u;
}

bool Forms::key_of(std::int64_t tenant, std::string_view id, Key& key) {
  const auto prefix = id.substr(0, id.find('_'));
  const auto bits = base::id_bits(prefix, id);
  if (!bits || prefix.size() > sizeof key.kind) return false;
  key = {tenant, 0, *bits};
  std::memcpy(&key.kind, prefix.data(), prefix.size());
  return true;
}

Forms::Text Forms::find(std::int64_t tenant, std::string_view id, std::int64_t version) const {
  Key key;
  if (!key_of(tenant, id, key)) return nullptr;
  const auto& s = shards_[key.id.back() % shard_count];
  std::scoped_lock lock(s.mutex);
  const auto found = s.forms.find(key);
  return found != s.forms.end() && found->second.version == version ? found->second.text : nullptr;
}

// An older version than the one that is here comes from an older snapshot: the newer one will be asked for more often.
void Forms::put(std::int64_t tenant, std::string_view id, std::int64_t version, Text text) {
  Key key;
  if (!key_of(tenant, id, key)) return;
  auto& s = shards_[key.id.back() % shard_count];
  std::scoped_lock lock(s.mutex);
  auto& form = s.forms[key];
  if (form.text && form.version > version) return;
  s.bytes += cost(*text);
  if (form.text)
    s.bytes -= cost(*form.text);
  else
    s.order.push_back(key);
  form = {version, std::move(text)};
  while (s.bytes > shard_limit_ && !s.order.empty()) {
    const auto oldest = s.forms.find(s.order.front());
    s.bytes -= cost(*oldest->second.text);
    s.forms.erase(oldest);
    s.order.pop_front();
  }
}

void Forms::forget(std::int64_t tenant) {
  for (auto& s : shards_) {
    std::scoped_lock lock(s.mutex);
    std::erase_if(s.order, [&](const Key& key) { return key.tenant == tenant; });
    std::erase_if(s.forms, [&](const auto& entry) {
      if (entry.first.tenant != tenant) return false;
      s.bytes -= cost(*entry.second.text);
      return true;
    });
  }
}

std::size_t Forms::bytes() const {
  std::size_t all = 0;
  for (const auto& s : shards_) {
    std::scoped_lock lock(s.mutex);
    all += s.bytes;
  }
  return all;
}

}  // namespace core
