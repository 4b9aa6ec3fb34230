#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/id.h"
#include "base/keyring.h"
#include "base/time.h"
#include "core/cache.h"
#include "core/forms.h"

namespace core {

using TenantId = base::Id<"ten">;

// One tenant as the running program knows it. The number is internal; id and slug are what the outside sees.
struct Tenant {
  std::int64_t number = 0;
  TenantId id;
  std::string slug, name;
  std::string key;                            // of its fingerprints; never leaves the program
  std::shared_ptr<const base::Keyring> keys;  // of the installation; not in the database
  Cache cache;
  std::shared_ptr<Forms> forms = std::make_shared<Forms>();  // one for all tenants of a daybook
  // The committed head, for waiting (Daybook-After) and for the live tail. Only the writer sets it.
  struct Head {
    std::string epoch;
    std::int64_t seq = 0;
    std::string hash;
    base::Instant time{};
  };
  Head head() const {
    std::scoped_lock lock(mutex_);
    return head_;
  }
  void set_head(Head h) {
    std::scoped_lock lock(mutex_);
    head_ = std::move(h);
  }

 private:
  mutable std::mutex mutex_;
  Head head_;
};

}  // namespace core
