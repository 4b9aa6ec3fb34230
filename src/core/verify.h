#pragma once
#include <string>
#include <vector>

#include "core/heads.h"
#include "core/registry.h"

// `daybook verify`: is every tenant's log whole, its chain unbroken, its head its end, and does every declared invariant hold?
namespace core {

struct Verdict {
  bool whole = true;
  std::string broken;  // the first thing that is wrong: tenant, seq, what
  std::int64_t tenants = 0, entries = 0, invariants = 0, erased = 0, heads = 0;
};
// Reads one snapshot per tenant; works beside a running server. `kept` are signed heads kept elsewhere.
Verdict verify(db::Connection& reader, const Registry&, const std::vector<SignedHead>& kept);

}  // namespace core
