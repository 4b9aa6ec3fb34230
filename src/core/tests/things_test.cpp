#include "core/tests/things.h"

#include <stdexcept>

// The module of things.h itself; it holds no tests.
namespace things {

RECORD_TYPE(Contact, "Where somebody is found.", {"email", "Mail."}, {"street", "Street."})
RECORD_TYPE(Thing, "A thing.", {"id", "Its id.", defaulted | fixed}, {"title", "What it is."},
            {"amount", "How many.", defaulted}, {"name", "Whose it is.", personal | defaulted},
            {"phone", "Of the owner.", personal}, {"contact", "Of the owner.", personal},
            {"version", "Counts changes.", computed}, {"created_at", "When it was made.", computed},
            {"updated_at", "When it was changed.", computed}, {"fingerprint", "Of the input.", hidden})
RECORD_TYPE(ById, "One thing.", {"id", "Its id."})
RECORD_TYPE(Titled, "A title.", {"title", "A title."})
RECORD_TYPE(Count, "A number.", {"count", "How many."})
RECORD_TYPE(SetAmount, "A new amount.", {"id", "Of which thing."}, {"amount", "The amount."},
            {"refuse", "Change, then refuse.", defaulted})
RECORD_TYPE(Totals, "The total as it was seen.", {"before", "Before the change."}, {"after", "Behind it."})
RECORD_TYPE(Enqueue, "A job.", {"key", "Its key."}, {"text", "Its input."})
RECORD_TYPE(Mark, "A mark.", {"id", "Its id."}, {"version", "Always 1."}, {"text", "Anything."})
RECORD_TYPE(SeenRow, "A subject that the projection has seen.", {"subject", "kind/id."}, {"times", "How many events."},
            {"last_seq", "Of the last."})
RECORD_TYPE(SeenRows, "All of them.", {"data", "In order."}, {"next_cursor", "Always null."})
RECORD_TYPE(All, "No filter.", {"all", "Always true.", defaulted})

namespace {

constexpr const char* ddl = R"(
CREATE TABLE things_thing (
  tenant BIGINT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, amount BIGINT NOT NULL, name TEXT NOT NULL, phone TEXT,
  contact TEXT, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, fingerprint BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE things_silent (tenant BIGINT NOT NULL, title TEXT NOT NULL, times BIGINT NOT NULL, PRIMARY KEY (tenant, title));
CREATE TABLE things_seen (tenant BIGINT NOT NULL, subject TEXT NOT NULL, times BIGINT NOT NULL, last_seq BIGINT NOT NULL,
  PRIMARY KEY (tenant, subject));
CREATE TABLE things_reacted (tenant BIGINT NOT NULL, seq BIGINT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (tenant, seq));
CREATE TABLE things_settled (tenant BIGINT NOT NULL, job TEXT NOT NULL, attempt BIGINT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (tenant, job));
CREATE TABLE things_daily (tenant BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (tenant, at));
)";

std::string new_id(core::Tx& tx) { return tx.fresh<base::Id<"mrk">>().text(); }
void mark(core::Tx& tx, const core::EventKind& kind, std::string text) { tx.emit(kind, Mark{new_id(tx), 1, std::move(text)}); }

Result<Thing> bump(core::Tx& tx, const core::Actor&, const ById& input) {
  auto before = TRY(core::load<Thing>(tx, resource, input.id.text()));
  auto after = before;
  ++after.amount;
  ++after.version;
  tx.update("things_thing", after);
  tx.emit(bumped, before, after);
  return after;
}

Result<Count> write_title(core::Tx& tx, const std::string& title) {
  tx.run(
      "INSERT INTO things_silent (tenant, title, times) VALUES ($t, $1, 1) ON CONFLICT (tenant, title) DO UPDATE SET times = "
      "things_silent.times + 1",
      title);
  return Count{tx.all<std::int64_t>("SELECT times FROM things_silent WHERE tenant = $t AND title = $1", title).front()};
}
Result<Count> silent(core::Tx& tx, const core::Actor&, const Titled& input) { return write_title(tx, input.title); }
Result<Count> refuse(core::Tx& tx, const core::Actor&, const Titled& input) {
  TRY(write_title(tx, input.title));
  mark(tx, asked, input.title);
  return refused("After it has written.");
}
Result<Count> explode(core::Tx& tx, const core::Actor&, const Titled& input) {
  TRY(write_title(tx, input.title));
  mark(tx, asked, input.title);
  throw std::runtime_error("a bug of the module");
}
Result<Count> break_sql(core::Tx& tx, const core::Actor&, const Titled& input) {
  TRY(write_title(tx, input.title));
  mark(tx, asked, input.title);
  tx.run("INSERT INTO things_silent (tenant, title, times) VALUES ($t, $1, 1)", input.title);
  return Count{};
}
Result<Count> twice(core::Tx& tx, const core::Actor&, const Titled& input) {
  const Mark m{new_id(tx), 1, input.title};
  tx.emit(asked, m);
  tx.emit(asked, m);
  return Count{};
}
Result<Count> note(core::Tx& tx, const core::Actor&, const Titled& input) {
  const auto times = TRY(write_title(tx, input.title)).count;
  mark(tx, asked, input.title);
  return tx.keep(noted.problem("Asked " + std::to_string(times) + " times."));
}
Result<WorkedOut> work_out(const core::Preparing& preparing, const Titled& input) {
  if (!preparing.tenant || input.title == "wrong") return refused("Before the writer.");
  if (input.title == "bug") throw std::runtime_error("a bug of the module");
  WorkedOut out{input.title + '!', 0};
  preparing.look([&](core::View& view) {
    out.things = view.all<std::int64_t>("SELECT count(*) FROM things_thing WHERE tenant = $t").front();
  });
  return out;
}
Result<Count> use_worked_out(core::Tx& tx, const core::Actor&, const Titled&) {
  mark(tx, asked, tx.prepared<WorkedOut>()->title);
  return Count{tx.prepared<WorkedOut>()->things};
}
Result<Count> link(core::Tx& tx, const core::Actor&, const Titled& input) { return mark(tx, linked, input.title), Count{}; }
Result<Count> poison_it(core::Tx& tx, const core::Actor&, const Titled& input) {
  return mark(tx, poisoned, input.title), Count{};
}

std::int64_t load_total(db::Snapshot& snapshot) {
  ++total_loads;
  return snapshot.all<std::int64_t>("SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM things_thing WHERE tenant = $t")
      .front();
}

Result<Totals> set_amount(core::Tx& tx, const core::Actor&, const SetAmount& input) {
  auto before = TRY(core::load<Thing>(tx, resource, input.id.text()));
  auto after = before;
  Totals totals{.before = tx.cached<std::int64_t>(total)};
  after.amount = input.amount;
  ++after.version;
  tx.update("things_thing", after);
  tx.emit(bumped, before, after);
  totals.after = tx.cached<std::int64_t>(total);
  if (input.refuse) return refused(std::to_string(totals.before) + " " + std::to_string(totals.after));
  return totals;
}
Result<Count> tally(core::Tx& tx, const core::Actor&, const All&) { return Count{tx.cached<std::int64_t>(total)}; }
Result<Count> show_tally(core::View& view, const core::Actor&, const All&) { return Count{view.cached<std::int64_t>(total)}; }

Result<Count> enqueue(core::Tx& tx, const core::Actor&, const Enqueue& input) {
  tx.enqueue(job, Titled{input.text}, input.key);
  return Count{1};
}
Result<std::string> do_work(const core::JobRun& run, core::Outside& outside) {
  if (work_outside) return work_outside(run, outside);
  return work ? work(run) : Result<std::string>("{\"done\":true}");
}
Result<> do_settle(core::Tx& tx, const core::JobRun& run, const Result<std::string>& outcome) {
  if (settle) TRY(settle(tx, run));
  const std::string text = outcome ? *outcome : "failed: " + outcome.error().detail;
  tx.run("INSERT INTO things_settled (tenant, job, attempt, outcome) VALUES ($t, $1, $2, $3)", run.key, run.attempt, text);
  mark(tx, settled, run.key);
  return {};
}

Result<> choke(core::Tx& tx, const core::Event& event) {
  switch (poison.load()) {
    case Poison::none:
      return {};
    case Poison::refuse:
      return refused("poison");
    case Poison::throw_:
      throw std::runtime_error("poison");
    case Poison::sql: {
      const std::string title = "poison";
      for (int i = 0; i < 2; ++i)
        tx.run("INSERT INTO things_reacted (tenant, seq, type) VALUES ($t, $1, $2)", -event.seq, title);
      return {};
    }
  }
  return {};
}

Result<> see(core::Tx& tx, const core::Event& event) {
  tx.run(
      "INSERT INTO things_seen (tenant, subject, times, last_seq) VALUES ($t, $1, 1, $2) "
      "ON CONFLICT (tenant, subject) DO UPDATE SET times = things_seen.times + 1, last_seq = excluded.last_seq",
      event.subject, event.seq);
  return {};
}
// An event read twice would break the key.
Result<> react(core::Tx& tx, const core::Event& event) {
  if (event.type == poisoned.type) TRY(choke(tx, event));
  tx.run("INSERT INTO things_reacted (tenant, seq, type) VALUES ($t, $1, $2)", event.seq, event.type);
  if (event.type == linked.type) mark(tx, linked, "behind " + std::to_string(event.seq));
  return {};
}

Result<SeenRows> seen(core::View& view, const core::Actor&, const All&) {
  return SeenRows{view.all<SeenRow>("SELECT {} FROM things_seen WHERE tenant = $t ORDER BY subject"), std::nullopt};
}

std::optional<core::Instant> next_daily(core::View& view) {
  if (const auto last = view.all<core::Instant>("SELECT at FROM things_daily WHERE tenant = $t ORDER BY at DESC LIMIT 1");
      !last.empty())
    return last.front() + std::chrono::days(1);
  if (const auto first = view.all<core::Instant>("SELECT created_at FROM things_thing WHERE tenant = $t ORDER BY id LIMIT 1");
      !first.empty())
    return first.front();
  return std::nullopt;
}
Result<> daily(core::Tx& tx) {
  tx.run("INSERT INTO things_daily (tenant, at) VALUES ($t, $1)", tx.now());
  return {};
}

Result<> found(core::Tx& tx, const core::Actor&) {
  mark(tx, founded, "");
  return {};
}

core::Operation operation(std::string_view name, std::string_view route, std::vector<const base::ProblemKind*> rejects = {}) {
  return {.name = name, .route = route, .permission = "things.write", .summary = "For tests", .rejects = std::move(rejects)};
}

}  // namespace

const core::Resource resource{.path = "/things",
                              .subject = "thing",
                              .one = "a thing",
                              .many = "things",
                              .table = "things_thing",
                              .type = &reflect::type_of<Thing>,
                              .read_permission = "things.read",
                              .write_permission = "things.write",
                              .filters = {"title"}};
const core::CacheKind total = core::cache_kind<std::int64_t, load_total>("things.total", {"thing."});
const core::JobKind job{.name = "things.work",
                        .summary = "Whatever the test says.",
                        .attempts = 3,
                        .lease = std::chrono::seconds(60),
                        .first_retry = std::chrono::seconds(5),
                        .work = &do_work,
                        .settle = &do_settle};

const core::Module module{
    .name = "things",
    .summary = "For tests.",
    .migrations = {{"things", 1, "things", ddl}},
    .resources = {resource},
    .commands = {core::command<&bump>(operation("things.bump", "POST /things/{id}/bump", {&core::not_found})),
                 core::command<&silent>(operation("things.silent", "POST /things/silent")),
                 core::command<&refuse>(operation("things.refuse", "POST /things/refuse", {&refused})),
                 core::command<&explode>(operation("things.explode", "POST /things/explode")),
                 core::command<&break_sql>(operation("things.break_sql", "POST /things/break")),
                 core::command<&twice>(operation("things.twice", "POST /things/twice")),
                 core::keeping(core::command<&note>(operation("things.note", "POST /things/note", {&noted}))),
                 core::command<&note>(operation("things.note_undeclared", "POST /things/note_undeclared", {&noted})),
                 core::command<&work_out, &use_worked_out>(operation("things.prepared", "POST /things/prepared", {&refused})),
                 core::command<&link>(operation("things.link", "POST /things/link")),
                 core::command<&poison_it>(operation("things.poison", "POST /things/poison")),
                 core::command<&set_amount>(
                     operation("things.set_amount", "POST /things/{id}/amount", {&core::not_found, &refused})),
                 core::command<&tally>(operation("things.tally", "POST /things/tally")),
                 core::command<&enqueue>(operation("things.enqueue", "POST /things/jobs"))},
    .queries =
        {core::query<&seen>({.name = "things.seen",
                             .route = "GET /things/seen",
                             .permission = "things.read",
                             .summary = "For tests",
                             .projection = "things.seen"},
                            core::Reads::scan),
         core::query<&show_tally>(
             {.name = "things.show_tally", .route = "GET /things/tally", .permission = "things.read", .summary = "For tests"},
             core::Reads::point)},
    .events = {founded, bumped, linked, poisoned, asked, settled},
    .readers = {{.name = "things.seen",
                 .summary = "Counts events by subject.",
                 .kind = core::ReaderKind::projection,
                 .types = "thing.*",
                 .apply = &see,
                 .tables = {"things_seen"}},
                {.name = "things.react",
                 .summary = "Writes down what it has read.",
                 .kind = core::ReaderKind::reaction,
                 .types = "thing.*,mark.linked,mark.poisoned",
                 .apply = &react}},
    .jobs = {job},
    .schedules =
        {{.name = "things.daily", .summary = "Once a day.", .wakes = "thing.created", .due = &next_daily, .run = &daily}},
    .permissions = {{"things.read", "Read things."}, {"things.write", "Write things."}},
    .caches = {&total},
    .found = &found,
};

}  // namespace things
