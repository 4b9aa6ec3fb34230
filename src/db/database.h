#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "db/sql.h"

// The two engines behind one face. Both pass the same conformance suite (src/db/tests/engine_test.cpp).
namespace db {

// A broken world: disk full, lost connection, corrupt file, a statement the engine refuses. Only core/ catches it.
struct Error : std::runtime_error {
  enum class Kind : std::uint8_t { statement, full, busy, lost, corrupt, commit_unknown };
  Kind kind;
  Error(Kind k, const std::string& what) : std::runtime_error(what), kind(k) {}
};

enum class Engine : std::uint8_t { sqlite, postgres };
enum class Access : std::uint8_t { write, read };

// One connection, used by one thread at a time. After an Error inside a transaction only rollback() is accepted, on both
// engines: a failed group is never continued. Misuse (a wrong argument, U+0000 in a text, more than one row) is a bug:
// std::logic_error, and the transaction is intact. A row type that is no record is one column: all<std::int64_t>("SELECT
// count(*)…"). NULL read into a field that is not optional leaves its declared default. Values go in and out by their
// reflect::Type:
//   boolean BOOLEAN · integer, quantity, scalars with to_integer BIGINT · text, other scalars, json TEXT · bytes BYTEA
//   money two columns x_minor BIGINT, x_currency TEXT (both NULL for an empty optional)
//   list, map, record (and optional of them): one TEXT column of JSON, read leniently
//   optional: NULL when empty.   As an argument, money counts as its minor units.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Engine engine() const = 0;

  // Starts a transaction. write: SQLite BEGIN IMMEDIATE, PostgreSQL READ COMMITTED. read: one snapshot (PostgreSQL
  // REPEATABLE READ READ ONLY).
  virtual void begin(Access) = 0;
  virtual void commit() = 0;    // throws Error{commit_unknown} when the answer does not prove the outcome (warning included)
  virtual void rollback() = 0;  // always leaves no open transaction, or throws Error{lost}: then reconnect
  virtual bool in_transaction() = 0;
  virtual void savepoint() = 0;  // one level; named inside
  virtual void release() = 0;
  virtual void rollback_to() = 0;  // and releases

  // Executes a statement. `sql` must live as long as the program: its address is the key of the prepared statement.
  // run: nobody waits (PostgreSQL: queued in the pipeline; an error comes with a later call). change: rows changed.
  virtual void run(std::string_view sql, std::int64_t tenant, std::span<const Arg>) = 0;
  virtual std::int64_t change(std::string_view sql, std::int64_t tenant, std::span<const Arg>) = 0;
  // `next` gives the place for the next row, a record of type `row`; columns map to its fields in order (`hidden` included,
  // `unstored` left out). {} in the text stands for those columns, {o} for the same with "o." before each.
  // Without a `next` the rows are dropped.
  virtual void query(std::string_view sql, std::int64_t tenant, std::span<const Arg>, const reflect::Type& row, void* context,
                     void* (*next)(void* context)) = 0;
  // INSERT of all stored fields of a record and `tenant` first. `table` is a literal.
  virtual void insert(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) = 0;
  // UPDATE of all stored fields by (tenant, id), `id` being the record's field of that name. Waits; rows changed.
  virtual std::int64_t update(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) = 0;
  // Text built by core/ from declarations (list filters); cached by its text.
  virtual void query_built(const std::string& sql, std::int64_t tenant, std::span<const Arg>, const reflect::Type& row,
                           void* context, void* (*next)(void* context)) = 0;
  // Ends each later statement that takes longer with Error{busy}; zero: never. For connections that read: a checkpoint
  // cannot finish under a long read, and a deadline must not cancel a COMMIT. Not inside a transaction.
  virtual void limit(std::chrono::milliseconds each) = 0;
  virtual void script(const std::string& ddl) = 0;   // several statements in the migrations' five types
  std::int64_t awaited() const { return awaited_; }  // how many calls had to wait for the database; tests count them

 protected:
  std::int64_t awaited_ = 0;
};

struct Options {
  std::string url;  // a directory (SQLite: DIR/daybook.db) or postgres://…
  std::int64_t busy_ms = 5000;
  std::string schema = {};  // PostgreSQL: a schema of its own, for tests; empty: public
  // PostgreSQL: how long a connection that writes waits for an answer before it counts as lost. A line can be open and mute,
  // and then nothing else ends the wait. That drops the connection; it never cancels what was sent, a COMMIT above all.
  std::chrono::milliseconds answer_time{30'000}, commit_time{10'000};
};

struct Migration {
  std::string_view module;
  int number;
  std::string_view name, ddl;
};

class Database {
 public:
  virtual ~Database() = default;
  virtual Engine engine() const = 0;
  virtual std::unique_ptr<Connection> connect(Access) = 0;
  // SQLite: copies the log into the file, TRUNCATE waits for readers. PostgreSQL: nothing. Returns pages left in the log.
  enum class Checkpoint : std::uint8_t { passive, truncate };
  virtual std::int64_t checkpoint(Checkpoint) = 0;
  virtual std::int64_t log_bytes() const = 0;  // SQLite: size of the write-ahead log
  virtual std::int64_t file_bytes() = 0;
  // A consistent copy into a new file (SQLite: VACUUM INTO and fsync). PostgreSQL throws Error: use pg_dump or pg_basebackup.
  virtual void backup(const std::filesystem::path& to) = 0;
  virtual const std::string& url() const = 0;  // without a password
};

// Opens, and refuses with Error and what to do: a foreign or truncated SQLite file, a file that is not ours.
std::unique_ptr<Database> open(const Options&);

// Applies what is missing, each module's in order of number, all in one transaction; table core_migration remembers
// (module, number, name, checksum). Refuses: a changed old migration, a gap, a schema that a newer program made
// (`min_program`).
struct MigrationReport {
  std::vector<std::string> applied;  // "orders 0001 orders"
};
MigrationReport migrate(Connection&, std::span<const Migration>, std::int64_t program_schema, std::int64_t now_us);
// What migrate() would apply, with the same refusals of changed migrations and gaps; writes nothing.
std::vector<std::string> pending(Connection&, std::span<const Migration>);

}  // namespace db
