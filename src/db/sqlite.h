#pragma once
#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "db/columns.h"
#include "db/database.h"

// SQLite behind db::Connection; only db/sqlite*.cpp and db/open.cpp include this.
namespace db {

std::unique_ptr<Database> open_sqlite(const Options&);

class Sqlite final : public Connection {
 public:
  // `file` must exist. Access::read may only look (PRAGMA query_only).
  Sqlite(const std::string& file, Access, std::int64_t busy_ms);
  ~Sqlite() override;
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Engine engine() const override { return Engine::sqlite; }
  void begin(Access) override;
  void commit() override;
  void rollback() override;
  bool in_transaction() override { return !sqlite3_get_autocommit(db_); }
  void savepoint() override;
  void release() override;
  void rollback_to() override;
  void run(std::string_view sql, std::int64_t tenant, std::span<const Arg>) override;
  std::int64_t change(std::string_view sql, std::int64_t tenant, std::span<const Arg>) override;
  void query(std::string_view sql, std::int64_t tenant, std::span<const Arg>, const reflect::Type& row, void* context,
             void* (*next)(void*)) override;
  void query_built(const std::string& sql, std::int64_t tenant, std::span<const Arg>, const reflect::Type& row, void* context,
                   void* (*next)(void*)) override;
  void insert(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) override;
  std::int64_t update(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) override;
  void script(const std::string& ddl) override;
  void limit(std::chrono::milliseconds each) override;

  sqlite3* raw() { return db_; }
  void pragma(const char* statement);          // at once, outside the cache
  std::int64_t number(const char* statement);  // the first column of the first row

 private:
  struct Prepared {
    std::string source;  // the literal, to prove that it is one
    sqlite3_stmt* handle = nullptr;
    std::vector<int> parameters;  // of SQLite's n-th parameter: which argument, or `tenant_parameter`
    Layout layout;
    bool read_only = false;
    Prepared() = default;
    Prepared(Prepared&& o) noexcept;
    Prepared& operator=(Prepared&&) = delete;
    ~Prepared() { sqlite3_finalize(handle); }
  };
  static constexpr int tenant_parameter = -1;

  Prepared prepare(std::string_view text, Layout layout, std::size_t arguments);
  Prepared& literal(std::string_view sql, const reflect::Type* row, std::size_t arguments);
  Prepared& of_table(std::string_view table, const reflect::Type& row, std::uint64_t verb);
  void bind(const Prepared&, std::int64_t tenant);
  void collect(std::span<const Arg>);
  // Runs with the collected cells; hands out rows when there is a `next`.
  void execute(Prepared&, std::int64_t tenant, void* context, void* (*next)(void*));
  Cell cell(sqlite3_stmt*, int column, Form) const;
  void control(std::string_view sql);
  void must_be_open(const char* what);
  void check_usable(const Prepared&);
  [[noreturn]] void fail(int code, std::string_view what);
  [[noreturn]] void fail(Error::Kind, int code, std::string_view what);

  sqlite3* db_ = nullptr;
  Access access_;
  std::chrono::milliseconds limit_{0};
  std::chrono::steady_clock::time_point until_;
  bool failed_ = false;   // an error inside a transaction: only rollback() helps
  bool open_ = false;     // between begin() and commit() or rollback(), whatever SQLite did by itself
  bool reading_ = false;  // the open transaction is a snapshot
  Cells cells_;
  std::unordered_map<StatementKey, Prepared, StatementHash> prepared_;
  std::unordered_map<std::string, Prepared> built_;  // by text and row type
};

}  // namespace db
