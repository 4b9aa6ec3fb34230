#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "core/daybook.h"

namespace edge {

// Who a credential stands for. A token names its tenant: "dbt_<slug>.<secret>".
//
// What the module that owns credentials answered is remembered, so that a busy till costs no read of the database. That
// stays exact: its answer may depend on that module's declared caches and on the time alone, so it holds until an event
// touches one of them (a revoked token ends with the commit that revokes it), and until the end that it says itself
// (Actor::good_until), else for a second. So a check costs a hash and a look into a map, and reads no row.
// Where the module declares no cache, any event of the tenant ends it.
class Credentials {
 public:
  struct Who {
    core::Actor actor;
    std::shared_ptr<core::Tenant> tenant;
  };
  explicit Credentials(core::Daybook&);
  // Of an Authorization header: auth.missing, auth.invalid.
  base::Result<Who> of_header(std::string_view authorization);
  // None for a token that is unknown, expired or revoked. Throws db::Error.
  std::optional<Who> of_token(std::string_view token);

 private:
  struct Known {
    Who who;
    std::vector<std::int64_t> stamps;
    core::Instant from, until;
  };
  struct HashOfHash {
    std::size_t operator()(const base::Hash256&) const noexcept;
  };
  // Tokens are kept as hashes: a copy of this memory opens no door.
  struct Shard {
    std::mutex mutex;
    std::unordered_map<base::Hash256, Known, HashOfHash> known;
  };
  bool current(const Known&, core::Instant now) const;
  std::vector<std::int64_t> stamps(const core::Tenant&) const;

  core::Daybook& daybook_;
  std::vector<const core::CacheKind*> caches_;
  std::array<Shard, 16> shards_;
};

}  // namespace edge
