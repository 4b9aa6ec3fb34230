#pragma once
#include <memory>

#include "core/daybook.h"
#include "main/options.h"
#include "main/place.h"

namespace program {

// The daybook itself, opened by a command of the command line while no server runs, under the same lock.
class Offline {
 public:
  // May: the database need not be there yet.
  enum class Database : std::uint8_t { must_exist, may_exist };
  Offline(const Configuration&, Database = Database::must_exist);
  ~Offline();
  core::Daybook& daybook() { return *daybook_; }
  std::shared_ptr<core::Tenant> tenant(const std::string& slug);  // Failure when there is none

 private:
  Lock lock_;
  std::unique_ptr<core::Daybook> daybook_;
};

// A database to look at beside whoever works on it: nothing is migrated. Failure when there is none.
std::unique_ptr<db::Database> open_beside(const Configuration&);

}  // namespace program
