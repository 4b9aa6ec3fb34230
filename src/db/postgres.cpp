#include "db/postgres.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "db/sql_text.h"

namespace db {
namespace {

constexpr std::uint64_t update_verb = ~std::uint64_t{0};  // a key's forms are what is inserted: so many rows, from the top
constexpr std::size_t most_built = 256, most_rows = 8;

// pg_type.dat: the server must never guess a parameter's type ("$1 IS NULL" alone would be refused).
Oid oid_of(Form form) {
  switch (form) {
    case Form::boolean:
      return 16;
    case Form::integer:
      return 20;
    case Form::text:
      return 25;
    case Form::bytes:
      return 17;
  }
  return 0;
}

std::int64_t changed_by(const PGresult* result) {
  const std::string_view count = PQcmdTuples(const_cast<PGresult*>(result));
  std::int64_t n = 0;
  std::from_chars(count.data(), count.data() + count.size(), n);
  return n;
}

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10; }

bool plain_name(std::string_view s) {
  return !s.empty() && s.size() < 64 && s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == s.npos;
}

}  // namespace

// Who only reads says with limit() how long that may take; `verify` and others like it wait for as long as it takes.
Postgres::Postgres(const Options& options, Access access)
    : access_(access),
      patience_(access == Access::write ? options.answer_time : Patience::zero()),
      commit_patience_(options.commit_time) {
  // A dead peer is noticed within half a minute.
  const char* names[] = {"dbname",
                         "application_name",
                         "client_encoding",
                         "connect_timeout",
                         "keepalives_idle",
                         "keepalives_count",
                         "keepalives_interval",
                         "tcp_user_timeout",
                         nullptr};
  const char* values[] = {options.url.c_str(), "daybook", "UTF8", "5", "10", "3", "5", "30000", nullptr};
  db_ = PQconnectdbParams(names, values, 1);
  try {
    if (PQstatus(db_) != CONNECTION_OK) lose("connect");
    setup(options);
  } catch (...) {
    PQfinish(db_);
    throw;
  }
}

void Postgres::setup(const Options& options) {
  const char* encoding = PQparameterStatus(db_, "server_encoding");
  if (!encoding || std::string_view(encoding) != "UTF8")
    throw Error(Error::Kind::statement, std::string("the database is encoded in ") + (encoding ? encoding : "an unknown way") +
                                            "; make one with: createdb --encoding=UTF8 --template=template0 NAME");
  if (!options.schema.empty() && !plain_name(options.schema))
    throw std::logic_error("schema: lower-case letters, digits and _");
  PQsetNoticeReceiver(
      db_,
      [](void* self, const PGresult* notice) {
        const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
        if (severity && std::string_view(severity) == "WARNING") static_cast<Postgres*>(self)->warned_ = true;
      },
      this);
  std::string settings =
      "SET client_min_messages = warning; SET bytea_output = hex; SET standard_conforming_strings = on; SET jit = off; "
      "SET statement_timeout = 0; SET search_path = " +
      (options.schema.empty() ? "public" : options.schema);
  if (access_ == Access::read) settings += "; SET default_transaction_read_only = on";
  // The other way round: a client that went silent in mid-transaction must not keep the lock of a head.
  if (access_ == Access::write)
    settings +=
        "; SET idle_in_transaction_session_timeout = '10s'; SET tcp_user_timeout = '30s'; SET tcp_keepalives_idle = 10; "
        "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";
  const auto done = exec(settings, options.answer_time);
  if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) lose("set up the session");
  // The server compresses what is longer than 2 KB; its usual way takes ten times as long. Not every server was built with lz4.
  (void)exec("SET default_toast_compression = lz4", options.answer_time);
  if (PQstatus(db_) != CONNECTION_OK) lose("set up the session");
  if (!PQenterPipelineMode(db_)) lose("enter pipeline mode");
}

// ---- statements ----------------------------------------------------------------------------------------------------

Postgres::Prepared Postgres::make(std::string_view text, Layout layout, std::vector<Oid> types) {
  auto numbered = number_tenant(expand(text, layout.columns), types.size() + 1);
  if (numbered.used) types.push_back(oid_of(Form::integer));
  return {.source = {},
          .name = "s" + std::to_string(++names_),
          .text = std::move(numbered.text),
          .types = std::move(types),
          .layout = std::move(layout),
          .names_tenant = numbered.used};
}

void Postgres::collect(std::span<const Arg> args) {
  cells_.clear();
  for (const auto& a : args) cells_.add(*a.type, a.value);
}

std::vector<Oid> Postgres::types(const Cells& cells) {
  std::vector<Oid> out;
  for (const auto& c : cells.all()) out.push_back(oid_of(c.form));
  return out;
}

Postgres::Prepared& Postgres::literal(std::string_view sql, const reflect::Type* row) {
  std::uint64_t forms = 1;
  for (const auto& c : cells_.all()) forms = forms * 5 + static_cast<std::uint64_t>(c.form);
  const StatementKey key{sql.data(), row, forms};
  if (const auto found = prepared_.find(key); found != prepared_.end()) return must_be_literal(found->second, sql);
  auto& made = prepared_.emplace(key, make(sql, row ? layout_of(*row) : Layout{}, types(cells_))).first->second;
  made.source = sql;
  return made;
}

Postgres::Prepared& Postgres::updating(std::string_view table, const reflect::Type& row, const void* record) {
  const StatementKey key{table.data(), &row, update_verb};
  auto found = prepared_.find(key);
  cells_.clear();
  if (found == prepared_.end()) {
    auto layout = layout_of(row);
    cells_.add_row(layout, record);
    const auto text = update_text(table, layout);
    auto& made = prepared_.emplace(key, make(text, std::move(layout), types(cells_))).first->second;
    made.source = table;
    return made;
  }
  cells_.add_row(found->second.layout, record);
  return must_be_literal(found->second, table);
}

Postgres::Prepared& Postgres::inserting(const Rows& rows) {
  const StatementKey key{rows.table.data(), rows.row, update_verb - rows.count};
  if (const auto found = prepared_.find(key); found != prepared_.end()) return must_be_literal(found->second, rows.table);
  auto& made =
      prepared_.emplace(key, make(insert_text(rows.table, rows.layout, rows.count), {}, types(rows.cells))).first->second;
  made.source = rows.table;
  return made;
}

void Postgres::run(std::string_view sql, std::int64_t tenant, std::span<const Arg> args) {
  if (!open_) {  // outside a transaction nobody would send it
    change(sql, tenant, args);
    return;
  }
  collect(args);
  send(literal(sql, nullptr), tenant);
}

std::int64_t Postgres::change(std::string_view sql, std::int64_t tenant, std::span<const Arg> args) {
  ++awaited_;
  collect(args);
  send(literal(sql, nullptr), tenant);
  return changed_by(wait().get());
}

void Postgres::query(std::string_view sql, std::int64_t tenant, std::span<const Arg> args, const reflect::Type& row,
                     void* context, void* (*next)(void*)) {
  ++awaited_;
  collect(args);
  auto& statement = literal(sql, &row);
  send(statement, tenant);
  const auto result = wait();
  read(statement, result.get(), context, next);
}

void Postgres::query_built(const std::string& sql, std::int64_t tenant, std::span<const Arg> args, const reflect::Type& row,
                           void* context, void* (*next)(void*)) {
  ++awaited_;
  collect(args);
  std::string key = sql + '\n' + std::to_string(reinterpret_cast<std::uintptr_t>(&row)) + '\n';
  for (const auto& c : cells_.all()) key += static_cast<char>('0' + static_cast<int>(c.form));
  auto found = built_.find(key);
  if (found == built_.end()) {
    if (built_.size() >= most_built) forget_built();
    found = built_.emplace(std::move(key), make(sql, layout_of(row), types(cells_))).first;
  }
  send(found->second, tenant);
  const auto result = wait();
  read(found->second, result.get(), context, next);
}

void Postgres::insert(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) {
  if (lost_ || failed_) must_be_open("insert");
  auto& rows = rows_of(table, tenant, row);
  rows.cells.add_own_row(rows.layout, record);
  if (++rows.count == most_rows || !open_) send_rows(rows);
  if (!open_) wait();
}

Postgres::Rows& Postgres::rows_of(std::string_view table, std::int64_t tenant, const reflect::Type& row) {
  auto found = std::ranges::find_if(rows_, [&](const Rows& r) { return r.table == table && r.row == &row; });
  if (found == rows_.end()) found = rows_.insert(found, {.table = table, .row = &row, .layout = layout_of(row)});
  if (found->count > 0 && found->tenant != tenant) send_rows(*found);
  found->tenant = tenant;
  return *found;
}

void Postgres::send_rows(Rows& rows) {
  if (rows.count == 0) return;
  send(inserting(rows), rows.tenant, rows.cells);
  rows.cells.clear();
  rows.count = 0;
}

void Postgres::send_rows() {
  for (auto& rows : rows_) send_rows(rows);
}

void Postgres::drop_rows() {
  for (auto& rows : rows_) {
    rows.cells.clear();
    rows.count = 0;
  }
}

std::int64_t Postgres::update(std::string_view table, std::int64_t tenant, const reflect::Type& row, const void* record) {
  ++awaited_;
  send(updating(table, row, record), tenant);
  return changed_by(wait().get());
}

// ---- results -------------------------------------------------------------------------------------------------------

void Postgres::read(const Prepared& statement, const PGresult* result, void* context, void* (*next)(void*)) {
  if (!next) return;
  if (PQnfields(result) != statement.layout.width)
    throw std::logic_error("the row type has " + std::to_string(statement.layout.width) + " columns, not " +
                           std::to_string(PQnfields(result)) + ": " + statement.text);
  for (int row = 0; row < PQntuples(result); ++row)
    read_row(statement.layout, next(context), [&](int column, Form form) { return cell(result, row, column, form); });
}

Cell Postgres::cell(const PGresult* result, int row, int column, Form form) {
  Cell out{.form = form, .null = PQgetisnull(result, row, column) != 0};
  if (out.null) return out;
  const std::string_view text(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (form) {
    case Form::boolean:
      out.integer = text == "t";
      break;
    case Form::text:
      out.text = text;
      break;
    case Form::integer: {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.integer);
      if (error != std::errc{} || end != text.data() + text.size())
        throw Error(Error::Kind::statement,
                    "column " + std::to_string(column + 1) + " is no integer: '" + std::string(text) + "'");
      break;
    }
    case Form::bytes:  // "\x00ff"
      bytes_.clear();
      for (std::size_t i = 2; i + 1 < text.size(); i += 2)
        bytes_ += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
      out.text = bytes_;
      break;
  }
  return out;
}

}  // namespace db
