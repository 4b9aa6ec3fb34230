#include "db/tx.h"

#include <stdexcept>

namespace db {

// Both are bugs of ours, not of the world: the transaction is intact and only the command's savepoint is rolled back.
void Snapshot::too_many_rows(std::string_view sql) { throw std::logic_error("more than one row: " + std::string(sql)); }

void Tx::insert(std::string_view table, const reflect::Type& row, const void* record) {
  about_to_write();
  connection_.insert(table, tenant_, row, record);
}

void Tx::update(std::string_view table, const reflect::Type& row, const void* record) {
  about_to_write();
  const auto changed = connection_.update(table, tenant_, row, record);
  if (changed != 1) throw std::logic_error("update of " + std::string(table) + ": the row is not there");
}

}  // namespace db
