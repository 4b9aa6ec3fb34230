#pragma once
#include "core/cache.h"
#include "core/event.h"
#include "core/tenant.h"
#include "db/tx.h"

namespace core {

// What a query reads: one consistent snapshot of one tenant, which knows its position.
class View : public db::Snapshot {
 public:
  View(db::Connection& c, Tenant& tenant, Position position, Instant now)
      : Snapshot(c, tenant.number), tenant_state_(tenant), seen_(position.seq), position_(std::move(position)), now_(now) {}
  const Position& position() const { return position_; }
  Instant now() const { return now_; }
  Tenant& tenant_state() { return tenant_state_; }
  template <class T>
  const T& cached(const CacheKind& kind) {
    return *static_cast<const T*>(cached_value(kind));
  }
  // The position to answer with, when it is not the head's (a projection's cursor, a later page of a list).
  void answer_at(Position position) { position_ = std::move(position); }

 private:
  const void* cached_value(const CacheKind&);
  Tenant& tenant_state_;
  std::int64_t seen_;  // the seq of the snapshot, whatever the answer says
  Position position_;
  Instant now_;
  std::vector<std::shared_ptr<const void>> held_;
};

}  // namespace core
