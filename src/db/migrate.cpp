#include <algorithm>
#include <cstdio>
#include <map>

#include "base/crypto.h"
#include "db/database.h"
#include "db/tx.h"

namespace db {

struct AppliedMigration {
  std::string module;
  std::int64_t number = 0;
  std::string name, checksum;
};
RECORD(AppliedMigration, module, number, name, checksum)
RECORD_TYPE(AppliedMigration, "A row of core_migration.", {"module", "Whose."}, {"number", "From 1, without a gap."},
            {"name", "What it is about."}, {"checksum", "SHA-256 of its text, in hex."})

namespace {

using Kind = Error::Kind;

std::string label(std::string_view module, std::int64_t number, std::string_view name) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%04lld", static_cast<long long>(number));
  return std::string(module) + ' ' + digits + ' ' + std::string(name);
}
std::string label(const Migration& m) { return label(m.module, m.number, m.name); }

std::string checksum(const Migration& m) { return base::hex(base::as_text(base::sha256(m.ddl))); }

// By module in the order of their first mention, by number inside. Throws Error for a gap or a number twice.
std::vector<Migration> in_order(std::span<const Migration> given) {
  std::vector<std::string_view> modules;
  std::vector<Migration> out;
  for (const auto& m : given)
    if (std::ranges::find(modules, m.module) == modules.end()) modules.push_back(m.module);
  for (const auto module : modules) {
    const auto first = out.size();
    for (const auto& m : given)
      if (m.module == module) out.push_back(m);
    std::ranges::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), {}, &Migration::number);
    for (auto i = first; i < out.size(); ++i)
      if (out[i].number != static_cast<int>(i - first) + 1)
        throw Error(Kind::statement, "migration " + label(out[i]) +
                                         ": the numbers of a module are 1, 2, 3 …; this one should be " +
                                         std::to_string(i - first + 1));
  }
  return out;
}

bool has_history(Connection& connection) {
  const auto count =
      connection.engine() == Engine::sqlite
          ? all<std::int64_t>(connection, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'core_migration'")
          : all<std::int64_t>(connection, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('core_migration')");
  return count.front() != 0;
}

std::map<std::pair<std::string, std::int64_t>, AppliedMigration> history(Connection& connection) {
  std::map<std::pair<std::string, std::int64_t>, AppliedMigration> out;
  for (auto& row : all<AppliedMigration>(connection, "SELECT {} FROM core_migration")) {
    auto key = std::pair(row.module, row.number);
    out.emplace(std::move(key), std::move(row));
  }
  return out;
}

// What is not there yet. Migrations that only the database knows are those of a newer program that still lets us run.
std::vector<Migration> missing(Connection& connection, std::span<const Migration> given) {
  const auto ordered = in_order(given);
  const auto applied = history(connection);
  std::vector<Migration> out;
  for (const auto& m : ordered) {
    const auto found = applied.find({std::string(m.module), m.number});
    if (found == applied.end()) {
      out.push_back(m);
      continue;
    }
    if (found->second.checksum != checksum(m))
      throw Error(Kind::statement,
                  "migration " + label(m) +
                      " was changed after this database had applied it. Put its old text back and add a new migration.");
    if (!out.empty() && out.back().module == m.module)
      throw Error(Kind::statement, "this database has migration " + label(m) + " but not " + label(out.back()) +
                                       ". Run the program version that made it, or restore a backup.");
  }
  return out;
}

void check_schema(Connection& connection, std::int64_t program_schema) {
  const auto recorded = all<std::int64_t>(connection, "SELECT program_schema FROM core_schema");
  if (!recorded.empty() && recorded.front() > program_schema)
    throw Error(Kind::statement, "this database was changed by a newer program (schema " + std::to_string(recorded.front()) +
                                     "; this one knows " + std::to_string(program_schema) +
                                     "). Install the newer program again, or restore a backup made before the upgrade.");
  if (recorded.empty())
    run(connection, "INSERT INTO core_schema (program_schema) VALUES ($1)", program_schema);
  else if (recorded.front() < program_schema)
    run(connection, "UPDATE core_schema SET program_schema = $1", program_schema);
}

void prepare_postgres(Connection& connection) {
  // Two nodes may start at once; CREATE … IF NOT EXISTS alone races. The number is "DayB".
  run(connection, "SELECT pg_advisory_xact_lock(1147238722)");
  // The bridge for lists: `id IN (SELECT value FROM json_each($1))` then means the same as on SQLite.
  run(connection,
      "CREATE OR REPLACE FUNCTION json_each(body text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE STRICT AS "
      "'SELECT json_array_elements_text(body::json)'");
}

MigrationReport apply(Connection& connection, std::span<const Migration> given, std::int64_t program_schema,
                      std::int64_t now_us) {
  if (connection.engine() == Engine::postgres) prepare_postgres(connection);
  if (!has_history(connection))
    connection.script(
        "CREATE TABLE core_migration (module TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT "
        "NULL, "
        "at_us BIGINT NOT NULL, PRIMARY KEY (module, number));\n"
        "CREATE TABLE core_schema (program_schema BIGINT NOT NULL);");
  check_schema(connection, program_schema);
  MigrationReport report;
  for (const auto& m : missing(connection, given)) {
    try {
      connection.script(std::string(m.ddl));
    } catch (const Error& e) {
      throw Error(e.kind, "migration " + label(m) + ": " + e.what());
    }
    run(connection, "INSERT INTO core_migration (module, number, name, checksum, at_us) VALUES ($1, $2, $3, $4, $5)",
        std::string(m.module), std::int64_t{m.number}, std::string(m.name), checksum(m), now_us);
    report.applied.push_back(label(m));
  }
  return report;
}

}  // namespace

MigrationReport migrate(Connection& connection, std::span<const Migration> given, std::int64_t program_schema,
                        std::int64_t now_us) {
  connection.begin(Access::write);
  try {
    auto report = apply(connection, given, program_schema, now_us);
    connection.commit();
    return report;
  } catch (...) {
    try {
      connection.rollback();
    } catch (const Error&) {  // a lost connection: the first failure says more
    }
    throw;
  }
}

std::vector<std::string> pending(Connection& connection, std::span<const Migration> given) {
  std::vector<std::string> out;
  for (const auto& m : has_history(connection) ? missing(connection, given) : in_order(given)) out.push_back(label(m));
  return out;
}

}  // namespace db
