#include "db/postgres.h"
#include "db/tx.h"

namespace db {
namespace {

// "postgres://shop:secret@host/db?password=secret" -> "postgres://shop@host/db?password=***": what may be logged.
std::string without_password(std::string url) {
  const auto start = url.find("://");
  if (start == url.npos) return url;
  const auto authority = start + 3, end = std::min(url.find_first_of("/?", authority), url.size());
  const auto at = url.substr(0, end).rfind('@');
  if (at != url.npos && at >= authority)
    if (const auto colon = url.find(':', authority); colon < at) url.erase(colon, at - colon);
  for (const std::string_view name : {"password=", "sslpassword="})
    for (auto found = url.find(name); found != url.npos; found = url.find(name, found + name.size()))
      url.replace(found + name.size(), std::min(url.find('&', found), url.size()) - found - name.size(), "***");
  return url;
}

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(const Options& options) : options_(options), url_(without_password(options.url)) {
    Postgres first(options_, Access::write);
    if (!options_.schema.empty()) first.script("CREATE SCHEMA IF NOT EXISTS " + options_.schema);
  }
  Engine engine() const override { return Engine::postgres; }
  std::unique_ptr<Connection> connect(Access access) override { return std::make_unique<Postgres>(options_, access); }
  std::int64_t checkpoint(Checkpoint) override { return 0; }
  std::int64_t log_bytes() const override { return 0; }
  std::int64_t file_bytes() override {
    Postgres connection(options_, Access::read);
    return all<std::int64_t>(connection, "SELECT pg_database_size(current_database())").front();
  }
  void backup(const std::filesystem::path&) override {
    throw Error(Error::Kind::statement,
                "a PostgreSQL database is backed up with its own tools: pg_dump, or pg_basebackup with WAL archiving.");
  }
  const std::string& url() const override { return url_; }

 private:
  Options options_;
  std::string url_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const Options& options) { return std::make_unique<PostgresDatabase>(options); }

}  // namespace db
