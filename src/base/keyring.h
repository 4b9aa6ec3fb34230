#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The master keys of an installation. They lie outside the database: who has a copy of the books alone makes no token of it and
// opens no sealed secret. What is used are keys derived from them, one for each purpose and business.
namespace base {

class Keyring {
 public:
  static constexpr std::size_t id_bytes = 4, key_bytes = 32;
  struct Key {
    std::string id;      // 4 bytes, which everything made with the key names
    std::string secret;  // 32 bytes
  };
  // Newest first: that one is used, the others are only obeyed. Throws std::invalid_argument for none, or malformed ones.
  explicit Keyring(std::vector<Key>);
  static Key make();       // a new key, of chance
  static Keyring fresh();  // of one new key
  // Lines (or comma-separated) "id key" in hex, as text() prints them; "#" begins a remark. None when malformed.
  static std::optional<Keyring> parse(std::string_view);
  std::string text() const;

  const std::vector<Key>& keys() const { return keys_; }
  const std::string& current() const { return keys_.front().id; }
  // 32 bytes for this purpose and scope, of the key with that id; none for an id that is not here.
  std::optional<std::string> derived(std::string_view id, std::string_view purpose, std::string_view scope) const;

  // A secret at rest: the id of the key, and what `seal` of base/crypto.h makes under a key derived for purpose and scope.
  std::string seal(std::string_view purpose, std::string_view scope, std::string_view text) const;
  // None when it was sealed under a key that is not here, or for another purpose or scope.
  std::optional<std::string> unseal(std::string_view purpose, std::string_view scope, std::string_view sealed) const;

 private:
  std::vector<Key> keys_;
};

}  // namespace base
