#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/id.h"

namespace core {

// The public forms of things as they were printed: what an event says of its subject is what a GET and an element of a list
// say, so it need not be read, parsed and printed again. Exact, because a form is asked for by the version that a snapshot
// shows. Of all tenants, a bounded number of bytes; the oldest go first.
class Forms {
 public:
  using Text = std::shared_ptr<const std::string>;
  explicit Forms(std::size_t bytes = 48 * 1024 * 1024) : shard_limit_(bytes / shard_count) {}
  // Null when it is not here in that version. The id is a subject's: "ord_…"; what is not one of our ids is never here.
  Text find(std::int64_t tenant, std::string_view id, std::int64_t version) const;
  void put(std::int64_t tenant, std::string_view id, std::int64_t version, Text);
  void forget(std::int64_t tenant);  // after an erasure: nothing old stays in memory
  std::size_t bytes() const;

 private:
  static constexpr std::size_t shard_count = 16;
  struct Key {
    std::int64_t tenant;
    std::uint64_t kind;  // the id's prefix: two things of different kinds may have the same bits
    base::Bits128 id;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key&) const noexcept;
  };
  struct Form {
    std::int64_t version = 0;
    Text text;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, Form, Hash> forms;
    std::deque<Key> order;  // as they came
    std::size_t bytes = 0;
  };
  static bool key_of(std::int64_t tenant, std::string_view id, Key&);
  std::size_t shard_limit_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace core
