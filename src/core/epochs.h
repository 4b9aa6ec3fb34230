#pragma once
#include <string>
#include <vector>

#include "base/time.h"
#include "core/event.h"
#include "db/database.h"

// Where histories stand, and where they part (KERNEL §3). For the tools that work on a database without a running program.
namespace core {

struct Standing {
  std::string tenant;  // its slug
  Position position;
};
// Of every tenant, by slug, in one snapshot.
std::vector<Standing> standings(db::Connection& reader);

// Begins a new history for every tenant, because this database went back to an earlier state: what was said behind it under
// the old epoch is not what will stand there now. The old epoch ends at the tenant's present last entry; positions up to it
// stay good. One transaction. Returns the new standings.
std::vector<Standing> begin_epochs(db::Connection& writer, base::Instant now);

}  // namespace core
