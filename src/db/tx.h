#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "db/database.h"

namespace db {

// The kernel's statements without a tenant, on any connection.
template <class Row, class... A>
std::vector<Row> all(Connection& connection, Unscoped<A...> sql, const A&... args) {
  std::vector<Row> rows;
  connection.query(sql.text, 0, std::initializer_list<Arg>{arg(args)...}, reflect::type_of<Row>(), &rows,
                   [](void* to) -> void* { return &static_cast<std::vector<Row>*>(to)->emplace_back(); });
  return rows;
}
template <class... A>
void run(Connection& connection, Unscoped<A...> sql, const A&... args) {
  connection.run(sql.text, 0, std::initializer_list<Arg>{arg(args)...});
}
template <class... A>
std::int64_t change(Connection& connection, Unscoped<A...> sql, const A&... args) {
  return connection.change(sql.text, 0, std::initializer_list<Arg>{arg(args)...});
}

// Reading, as one tenant, inside one open transaction. Failures of the world throw db::Error; modules never catch it.
class Snapshot {
 public:
  Snapshot(Connection& connection, std::int64_t tenant) : connection_(connection), tenant_(tenant) {}

  template <class Row, class... A>
  std::vector<Row> all(Sql<A...> sql, const A&... args) {
    std::vector<Row> rows;
    connection_.query(sql.text, tenant_, std::initializer_list<Arg>{arg(args)...}, reflect::type_of<Row>(), &rows,
                      [](void* to) -> void* { return &static_cast<std::vector<Row>*>(to)->emplace_back(); });
    return rows;
  }
  // None or one; more is a bug (std::logic_error).
  template <class Row, class... A>
  std::optional<Row> maybe(Sql<A...> sql, const A&... args) {
    auto rows = all<Row>(sql, args...);
    if (rows.size() > 1) too_many_rows(sql.text);
    return rows.empty() ? std::nullopt : std::optional<Row>(std::move(rows.front()));
  }
  std::int64_t tenant() const { return tenant_; }
  Connection& connection() { return connection_; }

 protected:
  [[noreturn]] static void too_many_rows(std::string_view sql);
  Connection& connection_;
  std::int64_t tenant_;
};

// Writing: `run` when nobody needs the count (no round trip on PostgreSQL), `change` when somebody does.
// insert/update take a whole record: a new field is a column of the migration and a line of RECORD_TYPE, nothing else.
class Tx : public Snapshot {
 public:
  using Snapshot::Snapshot;
  virtual ~Tx() = default;

  template <class... A>
  void run(Sql<A...> sql, const A&... args) {
    about_to_write();
    connection_.run(sql.text, tenant_, std::initializer_list<Arg>{arg(args)...});
  }
  template <class... A>
  std::int64_t change(Sql<A...> sql, const A&... args) {
    about_to_write();
    return connection_.change(sql.text, tenant_, std::initializer_list<Arg>{arg(args)...});
  }
  // A statement with RETURNING.
  template <class Row, class... A>
  std::optional<Row> change_returning(Sql<A...> sql, const A&... args) {
    about_to_write();
    return maybe<Row>(sql, args...);
  }
  template <class Row>
  void insert(const char* table, const Row& row) {
    insert(table, reflect::type_of<Row>(), &row);
  }
  template <class Row>
  void update(const char* table, const Row& row) {
    update(table, reflect::type_of<Row>(), &row);
  }
  void insert(std::string_view table, const reflect::Type&, const void* record);
  void update(std::string_view table, const reflect::Type&, const void* record);  // the row must be there

 protected:
  virtual void about_to_write() {}  // the kernel opens the command's savepoint at its first write
};

}  // namespace db
