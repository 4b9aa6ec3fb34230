#pragma once
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "db/columns.h"
#include "db/database.h"

// PostgreSQL behind db::Connection; only db/postgres*.cpp and db/open.cpp include this.
namespace db {

std::unique_ptr<Database> open_postgres(const Options&);

// Everything goes through libpq's pipeline: statements are queued, and the first call that needs an answer sends them
// with one Sync and reads all their results. A failed statement makes the server skip what is queued behind it, a
// ROLLBACK TO included; so after an error everything is drained and only rollback() goes on.
class Postgres final : public Connection {
 public:
  Postgres(const Options&, Access);
  ~Postgres() override { PQfinish(db_); }
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  Engine engine() const override { return Engine::postgres; }
  void begin(Access) override;
  void commit() override;
  void rollback() override;
  bool in_transaction() override { return open_ && !lost_; }
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

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  using Patience = std::chrono::milliseconds;  // zero: for ever
  struct Prepared {
    std::string source;  // the literal, to prove that it is one
    std::string name, text;
    std::vector<Oid> types;
    Layout layout;
    bool names_tenant = false;
    bool known = false;  // the server has it, or will when it has read the queue
  };
  struct Queued {
    enum class Sort : std::uint8_t { prepare, execute } sort;
    Prepared* statement;
  };
  // Rows on their way to one table. They are sent together, at the latest before any other statement: one statement with three
  // rows costs the server hardly more than one with one.
  struct Rows {
    std::string_view table;
    const reflect::Type* row = nullptr;
    std::int64_t tenant = 0;
    Layout layout = {};
    Cells cells = {};
    std::size_t count = 0;
  };
  struct Failure {
    Error::Kind kind;
    std::string message, state;  // SQLSTATE
    const Prepared* statement;
  };
  struct Outcome {
    Result last{nullptr, &PQclear};
    std::optional<Failure> failure = {};
  };

  Prepared make(std::string_view text, Layout layout, std::vector<Oid> types);
  Prepared& literal(std::string_view sql, const reflect::Type* row);  // for the collected cells
  Prepared& updating(std::string_view table, const reflect::Type& row, const void* record);
  Prepared& inserting(const Rows&);
  Rows& rows_of(std::string_view table, std::int64_t tenant, const reflect::Type& row);
  void send_rows(Rows&);
  void send_rows();  // all of them
  void drop_rows();
  void collect(std::span<const Arg>);
  static std::vector<Oid> types(const Cells&);
  // postgres_pipeline.cpp
  void send(Prepared&, std::int64_t tenant);  // with the collected cells, behind all rows
  void send(Prepared&, std::int64_t tenant, const Cells&);
  void control(std::string_view sql);  // queued, without cells
  Outcome drain(Patience);             // throws only Error{lost}
  Outcome drain() { return drain(patience_); }
  void await(Patience);                                  // until the next result is there
  Result exec(const std::string& statements, Patience);  // outside the pipeline
  Failure failure_of(const PGresult*, const Prepared*) const;
  void note(PGresult*, Outcome&);
  Result wait();  // throws the first failure
  void must_be_open(const char* what) const;
  void forget_built();
  [[noreturn]] void lose(const char* what);
  void setup(const Options&);
  void read(const Prepared&, const PGresult*, void* context, void* (*next)(void*));
  Cell cell(const PGresult*, int row, int column, Form);

  PGconn* db_ = nullptr;
  Access access_;
  Patience patience_, commit_patience_;
  bool open_ = false;    // between begin() and commit() or rollback()
  bool failed_ = false;  // an error inside the transaction: only rollback() helps
  bool lost_ = false;
  bool warned_ = false;  // the server has sent a WARNING since the last commit began
  int names_ = 0;
  Cells cells_;
  std::deque<Rows> rows_;
  std::string bytes_;
  std::deque<Queued> queued_;
  std::unordered_map<StatementKey, Prepared, StatementHash> prepared_;
  std::unordered_map<std::string, Prepared> built_;  // by text, row type and argument kinds
  std::vector<std::array<char, 24>> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

}  // namespace db
