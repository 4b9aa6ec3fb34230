#include "core/own_module.h"

#include "core/daybook.h"
#include "core/erasure.h"
#include "core/heads.h"
#include "core/idempotency.h"
#include "core/log_routes.h"
#include "core/migrations.h"

namespace core {

namespace {

std::optional<Instant> next_forgetting(View& view) {
  const auto row = view.maybe<ListedAt>("SELECT at FROM core_idempotency WHERE tenant = $t ORDER BY at LIMIT 1");
  if (!row) return view.now() + std::chrono::hours(6);
  return row->at + idempotency_kept;
}
Result<> forget(Tx& tx) {
  forget_old_keys(tx);
  return {};
}

Procedure erasure() {
  Procedure p{{.name = "privacy.erase",
               .route = "POST /privacy/erase",
               .permission = "privacy.erase",
               .summary = "Erase a person's data from orders, log and stored answers; the books and the chain stay whole",
               .rejects = {&erase_whom, &erase_again, &not_found},
               .section = "privacy"}};
  p.input = &reflect::type_of<Erase>;
  p.output = &reflect::type_of<Erased>();
  p.call = [](Daybook& daybook, const std::shared_ptr<Tenant>& tenant, const Actor& actor,
              const reflect::Value& input) -> Result<std::string> {
    return reflect::to_json(TRY(erase(daybook, tenant, actor, *static_cast<const Erase*>(input.data()))));
  };
  return p;
}

Query reading_the_log(Operation operation, Result<Printed> (*call)(View&, const ReadLog&)) {
  Query q{std::move(operation)};
  q.input = &reflect::type_of<ReadLog>;
  q.output = &reflect::type_of<LogEntry>();
  q.list = true;
  q.waits = true;
  q.call = [call](View& view, const Actor&, const reflect::Value& input) {
    return call(view, *static_cast<const ReadLog*>(input.data()));
  };
  return q;
}

Query auditing() {
  Query q{{.name = "audit.list",
           .route = "GET /audit",
           .permission = "audit.read",
           .summary = "Who did what, when, before and after",
           .section = "audit"}};
  q.input = &reflect::type_of<Audit>;
  q.output = &reflect::type_of<LogEntry>();
  q.list = true;
  q.call = [](View& view, const Actor&, const reflect::Value& input) {
    return audit(view, *static_cast<const Audit*>(input.data()));
  };
  return q;
}

Result<SignedHeads> list_heads(View& view, const Actor&, const Nothing&) {
  return SignedHeads{signed_heads(view), std::nullopt};
}

}  // namespace

const Module own_module{
    .name = "core",
    .summary = "The log and what every business has.",
    .migrations = sql::migrations(),
    .queries = {reading_the_log({.name = "daybook.list",
                                 .route = "GET /daybook",
                                 .permission = "daybook.read",
                                 .summary = "Entries of the log behind a position; `wait` makes it a long poll",
                                 .section = "daybook"},
                                [](View& view, const ReadLog& input) { return read_daybook(view, input); }),
                auditing(),
                query<&list_heads>(
                    {.name = "audit.heads",
                     .route = "GET /audit/heads",
                     .permission = "audit.read",
                     .summary = "Signed ends of the log; keep them elsewhere and give one to `daybook verify --head`",
                     .section = "audit"},
                    Reads::scan)},
    .procedures = {erasure()},
    .events = {tenant_created},
    .schedules = {{.name = "core.sign_head",
                   .summary = "Signs the end of the log once a day.",
                   .wakes = "",
                   .due = &next_signing,
                   .run = &sign_head},
                  {.name = "core.forget_keys",
                   .summary = "Forgets idempotency keys after 30 days.",
                   .wakes = "",
                   .due = &next_forgetting,
                   .run = &forget}},
    .permissions = {{"daybook.read", "Read the log and subscribe to it."},
                    {"audit.read", "Read the audit trail."},
                    {"privacy.erase", "Erase a person's data."}},
};

}  // namespace core
