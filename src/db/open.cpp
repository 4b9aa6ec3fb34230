#include "db/sqlite.h"

namespace db {

std::unique_ptr<Database> open(const Options& options) {
  if (options.url.starts_with("postgres://") || options.url.starts_with("postgresql://"))
    throw Error(Error::Kind::statement, "PostgreSQL is not built in");
  return open_sqlite(options);
}

}  // namespace db
