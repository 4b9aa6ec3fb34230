#include "db/sqlite.h"

#include <charconv>
#include <stdexcept>

#include "db/sql_text.h"
#include "db/sqlite_log_file.h"

namespace db {
namespace {

// Verbs in the place of the argument kinds, so that a table's name has two statements.
constexpr std::uint64_t insert_verb = ~std::uint64_t{0}, update_verb = ~std::uint64_t{1};
// core/ builds few texts; more means that somebody builds values into them, and the memory must not grow with that.
constexpr std::size_t most_built = 256;

Error::Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Error::Kind::full;
    case SQLITE_BUSY:
    case SQLITE_INTERRUPT:  // by limit()
    case SQLITE_LOCKED:
      return Error::Kind::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error::Kind::corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      return Error::Kind::lost;
    default:
      return Error::Kind::statement;
  }
}

// A disk that is full or a rule that is broken is told before the commit mark is written. After anything else, a failed
// fsync above all, nobody knows what the disk holds, and the handle is never used again.
Error::Kind commit_kind_of(int code) {
  const auto kind = kind_of(code);
  const bool known = kind == Error::Kind::full || kind == Error::Kind::busy || (code & 0xff) == SQLITE_CONSTRAINT;
  return known ? kind : Error::Kind::commit_unknown;
}

// PostgreSQL's greatest/least: NULLs do not count. SQLite's two-argument max() lets them win.
void extreme(sqlite3_context* context, int count, sqlite3_value** values, int sign) {
  sqlite3_value* best = nullptr;
  const auto order = [](sqlite3_value* a, sqlite3_value* b) {
    if (sqlite3_value_type(a) == SQLITE_INTEGER && sqlite3_value_type(b) == SQLITE_INTEGER) {
      const auto x = sqlite3_value_int64(a), y = sqlite3_value_int64(b);
      return x < y ? -1 : x > y ? 1 : 0;
    }
    if (sqlite3_value_type(a) == SQLITE_TEXT || sqlite3_value_type(b) == SQLITE_TEXT) {
      const auto view = [](sqlite3_value* v) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(v));
        return std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(v)));
      };
      return view(a).compare(view(b));
    }
    const auto x = sqlite3_value_double(a), y = sqlite3_value_double(b);
    return x < y ? -1 : x > y ? 1 : 0;
  };
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) continue;
    if (!best || order(values[i], best) * sign > 0) best = values[i];
  }
  best ? sqlite3_result_value(context, best) : sqlite3_result_null(context);
}

void add_functions(sqlite3* db) {
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(
      db, "greatest", -1, flags, nullptr, [](sqlite3_context* c, int n, sqlite3_value** v) { extreme(c, n, v, 1); }, nullptr,
      nullptr, nullptr);
  sqlite3_create_function_v2(
      db, "least", -1, flags, nullptr, [](sqlite3_context* c, int n, sqlite3_value** v) { extreme(c, n, v, -1); }, nullptr,
      nullptr, nullptr);
}

}  // namespace

Sqlite::Prepared::Prepared(Prepared&& o) noexcept
    : source(std::move(o.source)),
      handle(std::exchange(o.handle, nullptr)),
      parameters(std::move(o.parameters)),
      layout(std::move(o.layout)),
      read_only(o.read_only) {}

Sqlite::Sqlite(const std::string& file, Access access, std::int64_t busy_ms) : access_(access) {
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &db_, flags, sqlite_file_system());
  try {
    if (code != SQLITE_OK) fail(code, "open " + file);
    sqlite3_busy_timeout(db_, static_cast<int>(busy_ms));
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);  // "x" is a name, as on PostgreSQL, never a text
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    add_functions(db_);
    // The log is copied into the file by a thread of its own: inline, 64 MiB stalled the writer for 40-180 ms.
    for (const char* each :
         {"PRAGMA trusted_schema=OFF", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA wal_autocheckpoint=0",
          "PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0", "PRAGMA journal_size_limit=67108864"})
      pragma(each);
    pragma(access == Access::write ? "PRAGMA cache_size=-32768" : "PRAGMA cache_size=-2048");
    if (access == Access::read) pragma("PRAGMA query_only=ON");
  } catch (...) {
    sqlite3_close_v2(db_);
    throw;
  }
}

Sqlite::~Sqlite() {
  prepared_.clear();
  built_.clear();
  sqlite3_close_v2(db_);
}

void Sqlite::fail(Error::Kind kind, int code, std::string_view what) {
  failed_ = open_;
  throw Error(kind, "SQLite: " + std::string(sqlite3_errmsg(db_)) + " (" + std::to_string(code) +
                        "): " + std::string(what.substr(0, 500)));
}

void Sqlite::fail(int code, std::string_view what) { fail(kind_of(code), code, what); }

void Sqlite::pragma(const char* statement) {
  if (const int code = sqlite3_exec(db_, statement, nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code, statement);
}

std::int64_t Sqlite::number(const char* statement) {
  auto once = prepare(statement, {}, 0);
  const int code = sqlite3_step(once.handle);
  if (code != SQLITE_ROW) fail(code, statement);
  return sqlite3_column_int64(once.handle, 0);
}

void Sqlite::limit(std::chrono::milliseconds each) {
  limit_ = each;
  until_ = {};
  constexpr int steps = 10'000;  // of SQLite's machine, well under a millisecond
  const auto over = [](void* self) -> int { return std::chrono::steady_clock::now() > static_cast<Sqlite*>(self)->until_; };
  sqlite3_progress_handler(db_, each.count() ? steps : 0, over, this);
}

// ---- transactions --------------------------------------------------------------------------------------------------

void Sqlite::control(std::string_view sql) {
  cells_.clear();
  execute(literal(sql, nullptr, 0), 0, nullptr, nullptr);
}

void Sqlite::begin(Access access) {
  if (in_transaction() || failed_) throw Error(Error::Kind::statement, "begin: the previous transaction was not ended");
  if (access == Access::write && access_ == Access::read) throw std::logic_error("a write transaction on a read connection");
  control(access == Access::write ? std::string_view("BEGIN IMMEDIATE") : std::string_view("BEGIN"));
  open_ = true;
  reading_ = access == Access::read;
}

void Sqlite::must_be_open(const char* what) {
  // SQLITE_FULL rolls the whole transaction back by itself, and the next SAVEPOINT would open one of its own.
  if (failed_ || !in_transaction())
    throw Error(Error::Kind::statement, std::string(what) + ": there is no usable transaction; roll back");
}

void Sqlite::commit() {
  must_be_open("commit");
  auto& statement = literal("COMMIT", nullptr, 0);
  ++awaited_;
  const int code = sqlite3_step(statement.handle);
  sqlite3_reset(statement.handle);
  if (code != SQLITE_DONE) fail(commit_kind_of(code), code, "COMMIT");
  open_ = reading_ = false;
}

void Sqlite::rollback() {
  if (in_transaction() && sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK && in_transaction())
    throw Error(Error::Kind::lost, std::string("SQLite: cannot roll back: ") + sqlite3_errmsg(db_));
  failed_ = open_ = reading_ = false;
}

void Sqlite::savepoint() {
  must_be_open("savepoint");
  control("SAVEPOINT command");
}
void Sqlite::release() {
  must_be_open("release");
  control("RELEASE command");
}
void Sqlite::rollback_to() {
  must_be_open("rollback to the savepoint");
  control("ROLLBACK TO command");
  control("RELEASE command");
}

// ---- statements ----------------------------------------------------------------------------------------------------

Sqlite::Prepared Sqlite::prepare(std::string_view text, Layout layout, std::size_t arguments) {
  Prepared out;
  out.layout = std::move(layout);
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &out.handle, &rest);
  if (code != SQLITE_OK) fail(code, text);
  if (!out.handle || text.find_first_not_of(" \n\t;", static_cast<std::size_t>(rest - text.data())) != text.npos)
    throw std::logic_error("not one statement: " + std::string(text));  // the rest would be left out without a word
  out.read_only = sqlite3_stmt_readonly(out.handle) != 0;
  for (int i = 1; i <= sqlite3_bind_parameter_count(out.handle); ++i) {  // "$2" is a name here, and may come first
    const char* name = sqlite3_bind_parameter_name(out.handle, i);
    const std::string_view given = name ? name : "?";
    int number = 0;
    std::from_chars(given.data() + 1, given.data() + given.size(), number);
    if (given != "$t" && (number < 1 || static_cast<std::size_t>(number) > arguments))
      throw std::logic_error("no argument for " + std::string(given) + ": " + std::string(text));
    out.parameters.push_back(given == "$t" ? tenant_parameter : number - 1);
  }
  return out;
}

Sqlite::Prepared& Sqlite::literal(std::string_view sql, const reflect::Type* row, std::size_t arguments) {
  const StatementKey key{sql.data(), row, arguments};
  if (const auto found = prepared_.find(key); found != prepared_.end()) return must_be_literal(found->second, sql);
  auto layout = row ? layout_of(*row) : Layout{};
  const auto text = expand(sql, layout.columns);
  auto& made = prepared_.emplace(key, prepare(text, std::move(layout), arguments)).first->second;
  made.source = sql;
  return made;
}

Sqlite::Prepared& Sqlite::of_table(std::string_view table, const reflect::Type& row, std::uint64_t verb) {
  const StatementKey key{table.data(), &row, verb};
  if (const auto found = prepared_.find(key); found != prepared_.end()) return must_be_literal(found->second, table);
  auto layout = layout_of(row);
  const auto text = verb == insert_verb ? insert_text(table, layout) : update_text(table, layout);
  const auto arguments = layout.columns.size();
  auto statement = prepare(text, {}, arguments);
  statement.layout = std::move(layout);
  statement.source = table;
  return prepared_.emplace(key, std::move(statement)).first->second;
}

void Sqlite::collect(std::span<const Arg> args) {
  cells_.clear();
  for (const auto& a : args) cells_.add(*a.type, a.value);
}

void Sqlite::bind(const Prepared& statement, std::int64_t tenant) {
  const auto cells = cells_.all();
  for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
    const int place = static_cast<int>(i) + 1, argument = statement.parameters[i];
    if (argument == tenant_parameter) {
      sqlite3_bind_int64(statement.handle, place, tenant);
      continue;
    }
    const auto& c = cells[static_cast<std::size_t>(argument)];
    int code = SQLITE_OK;
    if (c.null)
      code = sqlite3_bind_null(statement.handle, place);
    else if (c.form == Form::text)  // STATIC: cells live until the statement has run
      code = sqlite3_bind_text64(statement.handle, place, c.text.data(), c.text.size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (c.form == Form::bytes)
      code = sqlite3_bind_blob64(statement.handle, place, c.text.data(), c.text.size(), SQLITE_STATIC);
    else
      code = sqlite3_bind_int64(statement.handle, place, c.integer);
    if (code != SQLITE_OK) fail(code, sqlite3_sql(statement.handle));
  }
}

void Sqlite::check_usable(const Prepared& statement) {
  if (failed_) throw Error(Error::Kind::statement, "the transaction has failed; roll back");
  if (reading_ && !statement.read_only)
    throw Error(Error::Kind::statement, std::string("a write in a snapshot: ") + sqlite3_sql(statement.handle));
}

void Sqlite::execute(Prepared& statement, std::int64_t tenant, void* context, void* (*next)(void*)) {
  check_usable(statement);
  struct Reset {
    sqlite3_stmt* handle;
    ~Reset() { sqlite3_reset(handle); }
  } reset{statement.handle};
  if (const int columns = sqlite3_column_count(statement.handle); next && columns != statement.layout.width)
    throw std::logic_error("the row type has " + std::to_string(statement.layout.width) + " columns, not " +
                           std::to_string(columns) + ": " + sqlite3_sql(statement.handle));
  bind(statement, tenant);
  if (limit_.count()) until_ = std::chrono::steady_clock::now() + limit_;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement.handle)) == SQLITE_ROW)
    if (next)
      read_row(statement.layout, next(context), [&](int column, Form form) { return cell(statement.handle, column, form); });
  if (code != SQLITE_DONE) fail(code, sqlite3_sql(statement.handle));
}

Cell Sqlite::cell(sqlite3_stmt* handle, int column, Form form) const {
  Cell out{.form = form};
  const int type = sqlite3_column_type(handle, column);
  if (type == SQLITE_NULL) {
    out.null = true;
  } else if (form == Form::text) {
    out.text = {reinterpret_cast<const char*>(sqlite3_column_text(handle, column)),
                static_cast<std::size_t>(sqlite3_column_bytes(handle, column))};
  } else if (form == Form::bytes) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle, column));  // null for zero bytes
    out.text =
        bytes ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle, column))) : std::string_view();
  } else {
    if (type != SQLITE_INTEGER)
      throw Error(Error::Kind::statement, "column " + std::to_string(column + 1) + " is no integer: " + sqlite3_sql(handle));
    out.integer = sqlite3_column_int64(handle, column);
  }
  return out;
}

void Sqlite::run(std::string_view sql, std::int64_t tenant, std::span<const Arg> args) {
  auto& statement = literal(sql, nullptr, args.size());
  collect(args);
  execute(statement, tenant, nullptr, nullptr);
}

std::int64_t Sqlite::change(std::string_view sql, std::int64_t tenant, std::span<const Arg> args) {
  ++awaited_;
  run(sql, tenant, args);
  return sqlite3_changes64(db_);
}

void Sqlite::query(std::string_view sql, std::int64_t tenant, std::span<const Arg> args, const reflect::Type& row,
                   void* context, void* (*next)(void*)) {
  ++awaited_;
  auto& statement = literal(sql, &row, args.size());
  collect(args);
  execute(statement, tenant, context, next);
}

void Sqlite::query_built(const std::string& sql, std::int64_t tenant, std::span<const Arg> args, const reflect::Type& row,
                         void* context, void* (*next)(void*)) {
  ++awaited_;
  const std::string key = sql + '\n' + std::to_string(reinterpret_cast<std::uintptr_t>(&row));
  auto found = built_.find(key);
  if (found == built_.end()) {
    if (built_.size() >= most_built) built_.clear();
    auto layout = layout_of(row);
    const auto text = expand(sql, layout.columns);
    found = built_.emplace(key, prepare(text, std::move(layout), args.size())).first;
  }
  collect(args);
  execute(found->second, tenant, context, next);
}

void Sqlite::insert(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) {
  auto& statement = of_table(table, row, insert_verb);
  cells_.clear();
  cells_.add_row(statement.layout, record);
  execute(statement, tenant, nullptr, nullptr);
}

std::int64_t Sqlite::update(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) {
  ++awaited_;
  auto& statement = of_table(table, row, update_verb);
  cells_.clear();
  cells_.add_row(statement.layout, record);
  execute(statement, tenant, nullptr, nullptr);
  return sqlite3_changes64(db_);
}

void Sqlite::script(const std::string& ddl) {
  if (failed_) throw Error(Error::Kind::statement, "the transaction has failed; roll back");
  ++awaited_;
  const auto text = sqlite_ddl(ddl);
  if (const int code = sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code, text);
}

}  // namespace db
