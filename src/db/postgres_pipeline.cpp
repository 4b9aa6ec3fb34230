#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>

#include "db/postgres.h"
#include "db/sql_text.h"

namespace db {
namespace {

// SQLSTATE to what the kernel must do about it: https://www.postgresql.org/docs/15/errcodes-appendix.html
Error::Kind kind_of(std::string_view state) {
  if (state == "53100") return Error::Kind::full;
  if (state == "55P03" || state == "57014" || state.starts_with("40")) return Error::Kind::busy;          // locks, deadlocks
  if (state.starts_with("08") || state.starts_with("57P") || state == "25P03") return Error::Kind::lost;  // 25P03: idle
  if (state.starts_with("XX00")) return state == "XX000" ? Error::Kind::statement : Error::Kind::corrupt;
  return Error::Kind::statement;
}

constexpr std::string_view commit_text = "COMMIT";
constexpr std::chrono::seconds answer_margin{5};  // a statement that the server has ended says so

}  // namespace

void Postgres::lose(const char* what) {
  lost_ = true;
  queued_.clear();
  throw Error(Error::Kind::lost, std::string("PostgreSQL, ") + what + ": " + PQerrorMessage(db_));
}

void Postgres::send(Prepared& statement, std::int64_t tenant) {
  send_rows();
  send(statement, tenant, cells_);
}

void Postgres::send(Prepared& statement, std::int64_t tenant, const Cells& of) {
  if (lost_) throw Error(Error::Kind::lost, "the connection to PostgreSQL was lost; connect again");
  if (failed_) throw Error(Error::Kind::statement, "the transaction has failed; roll back");
  const auto cells = of.all();
  const auto count = cells.size() + (statement.names_tenant ? 1 : 0);
  if (count != statement.types.size()) throw std::logic_error("arguments and placeholders differ: " + statement.text);
  numbers_.resize(count);
  values_.assign(count, nullptr);
  lengths_.assign(count, 0);
  formats_.assign(count, 0);
  const auto print = [&](std::size_t i, std::int64_t n) {
    *std::to_chars(numbers_[i].data(), numbers_[i].data() + numbers_[i].size() - 1, n).ptr = '\0';
    values_[i] = numbers_[i].data();
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& c = cells[i];
    if (c.null) continue;
    if (c.form == Form::integer) {
      print(i, c.integer);
    } else if (c.form == Form::boolean) {
      values_[i] = c.integer ? "t" : "f";
    } else {  // texts are those of std::string: they end in NUL
      values_[i] = c.text.data();
      lengths_[i] = static_cast<int>(c.text.size());
      formats_[i] = c.form == Form::bytes ? 1 : 0;
    }
  }
  if (statement.names_tenant) print(cells.size(), tenant);
  if (!statement.known) {
    if (!PQsendPrepare(db_, statement.name.c_str(), statement.text.c_str(), static_cast<int>(count), statement.types.data()))
      lose("prepare");
    queued_.push_back({Queued::Sort::prepare, &statement});
    statement.known = true;
  }
  if (!PQsendQueryPrepared(db_, statement.name.c_str(), static_cast<int>(count), values_.data(), lengths_.data(),
                           formats_.data(), 0))
    lose("execute");
  queued_.push_back({Queued::Sort::execute, &statement});
}

void Postgres::control(std::string_view sql) {
  cells_.clear();
  send(literal(sql, nullptr), 0);
}

Postgres::Failure Postgres::failure_of(const PGresult* result, const Prepared* statement) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string given = state ? state : "";
  std::string message = PQresultErrorMessage(result);
  if (statement) message += "in: " + statement->text.substr(0, 500);
  return {.kind = kind_of(given), .message = std::move(message), .state = given, .statement = statement};
}

void Postgres::note(PGresult* raw, Outcome& outcome) {
  Result result(raw, &PQclear);
  auto* item = queued_.empty() ? nullptr : &queued_.front();
  const auto status = PQresultStatus(raw);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    outcome.last = std::move(result);
    return;
  }
  if (item && item->sort == Queued::Sort::prepare) item->statement->known = false;
  if (status != PGRES_PIPELINE_ABORTED && !outcome.failure) outcome.failure = failure_of(raw, item ? item->statement : nullptr);
}

// Silence is not the end of a connection, but nobody waits for ever: then it counts as lost.
void Postgres::await(Patience patience) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + patience;
  while (patience.count() > 0 && PQisBusy(db_)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd line{.fd = PQsocket(db_), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&line, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready == 0) lose("no answer in time");
    if (ready < 0 && errno != EINTR) lose("wait");
    if (ready > 0 && !PQconsumeInput(db_)) lose("read");
  }
}

// What came last: an error ends the statements.
Postgres::Result Postgres::exec(const std::string& statements, Patience patience) {
  if (!PQsendQuery(db_, statements.c_str())) lose("send");
  Result last(nullptr, &PQclear);
  while (true) {
    await(patience);
    Result next(PQgetResult(db_), &PQclear);
    if (!next) return last;
    last = std::move(next);
  }
}

Postgres::Outcome Postgres::drain(Patience patience) {
  if (lost_) throw Error(Error::Kind::lost, "the connection to PostgreSQL was lost; connect again");
  if (!PQpipelineSync(db_)) lose("send");
  Outcome outcome;
  for (bool ended = false;;) {
    await(patience);
    PGresult* raw = PQgetResult(db_);
    if (PQstatus(db_) == CONNECTION_BAD) {
      PQclear(raw);
      lose("read");
    }
    if (!raw) {  // the end of one queued statement; twice without one would be no pipeline any more
      if (queued_.empty() && ended) lose("read past the end of the pipeline");
      ended = queued_.empty();
      if (!queued_.empty()) queued_.pop_front();
      continue;
    }
    if (PQresultStatus(raw) == PGRES_PIPELINE_SYNC) {
      PQclear(raw);
      queued_.clear();
      return outcome;
    }
    note(raw, outcome);
  }
}

Postgres::Result Postgres::wait() {
  auto outcome = drain();
  if (!outcome.failure) return std::move(outcome.last);
  failed_ = open_;
  if (outcome.failure->kind == Error::Kind::lost) lost_ = true;
  throw Error(outcome.failure->kind, "PostgreSQL: " + outcome.failure->message);
}

// ---- transactions --------------------------------------------------------------------------------------------------

void Postgres::must_be_open(const char* what) const {
  if (lost_) throw Error(Error::Kind::lost, std::string(what) + ": the connection to PostgreSQL was lost; connect again");
  if (failed_ || !open_) throw Error(Error::Kind::statement, std::string(what) + ": there is no usable transaction; roll back");
}

void Postgres::begin(Access access) {
  if (open_ || failed_) throw Error(Error::Kind::statement, "begin: the previous transaction was not ended");
  if (access == Access::write && access_ == Access::read) throw std::logic_error("a write transaction on a read connection");
  control(access == Access::write ? std::string_view("BEGIN ISOLATION LEVEL READ COMMITTED")
                                  : std::string_view("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  open_ = true;
}

void Postgres::commit() {
  must_be_open("commit");
  ++awaited_;
  warned_ = false;
  const auto unknown = [](const std::string& why) { return Error(Error::Kind::commit_unknown, "PostgreSQL, COMMIT: " + why); };
  Outcome outcome;
  try {
    control(commit_text);
    outcome = drain(commit_patience_);
  } catch (const Error& e) {
    throw unknown(e.what());
  }
  if (const auto& failure = outcome.failure) {
    failed_ = true;
    // What failed before the COMMIT made the server skip it; a broken rule or a conflict is told instead of committing.
    const bool of_commit = failure->statement && failure->statement->text == commit_text;
    const bool told = failure->state.starts_with("23") || failure->state.starts_with("40");
    if (of_commit && !told) throw unknown(failure->message);
    throw Error(failure->kind, "PostgreSQL: " + failure->message);
  }
  const std::string tag = outcome.last ? PQcmdStatus(outcome.last.get()) : "";
  if (tag == "ROLLBACK") {
    failed_ = true;
    throw Error(Error::Kind::statement, "PostgreSQL rolled the transaction back instead of committing it");
  }
  // A commit that stopped waiting for its synchronous standby answers COMMIT too, with a mere WARNING.
  if (tag != "COMMIT" || warned_) {
    failed_ = true;
    throw unknown(warned_ ? "answered with a warning" : "answered " + tag);
  }
  open_ = false;
}

void Postgres::rollback() {
  if (lost_) {
    open_ = failed_ = false;
    throw Error(Error::Kind::lost, "the connection to PostgreSQL was lost; connect again");
  }
  failed_ = false;
  drop_rows();
  // A failed statement in the queue swallows the first ROLLBACK; the queue is empty before the second.
  for (int attempt = 0; attempt < 2 && (open_ || !queued_.empty()); ++attempt) {
    control("ROLLBACK");
    (void)drain();
    if (PQtransactionStatus(db_) == PQTRANS_IDLE) open_ = false;
  }
  if (open_) lose("roll back");
}

void Postgres::savepoint() {
  must_be_open("savepoint");
  control("SAVEPOINT command");
}
void Postgres::release() {
  must_be_open("release");
  control("RELEASE command");
}
void Postgres::rollback_to() {
  must_be_open("rollback to the savepoint");
  control("ROLLBACK TO command");
  control("RELEASE command");
}

// ---- outside the pipeline ------------------------------------------------------------------------------------------

void Postgres::script(const std::string& ddl) {
  if (failed_) throw Error(Error::Kind::statement, "the transaction has failed; roll back");
  ++awaited_;
  send_rows();
  if (!queued_.empty() || lost_) wait();
  if (!PQexitPipelineMode(db_)) lose("leave pipeline mode");      // several statements at once are not for the pipeline
  const auto result = exec(postgres_ddl(ddl), Patience::zero());  // a migration takes what it takes
  if (PQstatus(db_) == CONNECTION_BAD || !PQenterPipelineMode(db_)) lose("script");
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return;
  failed_ = open_;
  throw Error(failure_of(result.get(), nullptr).kind, "PostgreSQL: " + failure_of(result.get(), nullptr).message);
}

void Postgres::limit(std::chrono::milliseconds each) {
  if (open_) throw std::logic_error("limit() inside a transaction");
  if (access_ == Access::read) patience_ = each.count() ? each + answer_margin : Patience::zero();
  const auto text = std::to_string(each.count());
  const Arg args[] = {arg(text)};
  change("SELECT set_config('statement_timeout', $1, false)", 0, args);
}

void Postgres::forget_built() {
  if (!queued_.empty()) wait();  // nothing queued may point to what goes
  for (const auto& [key, statement] : built_) {
    const auto text = "DEALLOCATE " + statement.name;
    if (statement.known && !PQsendQueryParams(db_, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0)) lose("deallocate");
    if (statement.known) queued_.push_back({Queued::Sort::execute, nullptr});
  }
  if (!queued_.empty()) wait();
  built_.clear();
}

}  // namespace db
