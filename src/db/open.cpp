#include "db/postgres.h"
#include "db/sqlite.h"

namespace db {

std::unique_ptr<Database> open(const Options& options) {
  const bool server = options.url.starts_with("postgres://") || options.url.starts_with("postgresql://");
  return server ? open_postgres(options) : open_sqlite(options);
}

}  // namespace db
