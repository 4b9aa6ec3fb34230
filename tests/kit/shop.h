#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/daybook.h"
#include "core/resource.h"
#include "core/verify.h"
#include "tests/kit/actors.h"
#include "tests/kit/contents.h"
#include "tests/kit/json_calls.h"
#include "tests/kit/postgres.h"
#include "tests/kit/readers.h"
#include "tests/kit/schedules.h"

// A business for tests of commands: real modules, real migrations, real transactions on SQLite or PostgreSQL, and a clock
// that stands still until the test moves it. Readers follow the log; schedules run only when the test asks for them.
//
//   struct Ordering : kit::ShopTest { Ordering() : ShopTest({&settings::module, &catalog::module}) {} };
//   KIT_ON_BOTH_ENGINES(Ordering)
//   TEST_P(Ordering, TakesAnItemOffTheMenu) {
//     const auto item = shop.call<catalog::Item>("catalog.create_item", R"({"name":"Tea",…})");
//     EXPECT_EQ(shop.events(), Lines{"item.created item/" + item.id.text()});
//     EXPECT_EQ(shop.refused("catalog.create_item", R"({})"), "422 input.invalid /name");
//   }
namespace kit {

class Shop {
 public:
  explicit Shop(std::vector<const core::Module*> modules, db::Engine engine = db::Engine::sqlite)
      : modules_(std::move(modules)) {
    set_clock("2025-11-03T12:00:00Z");  // a Monday
    db::Options database;
    if (engine == db::Engine::postgres) {
      database = {.url = postgres_url(), .schema = fresh_schema()};
    } else {
      std::string folder = (std::filesystem::temp_directory_path() / "daybook-shop-XXXXXX").string();
      if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp " + folder);
      folder_ = folder;
      database.url = folder;
    }
    open(database);
  }
  ~Shop() {
    daybook_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  core::Daybook& daybook() { return *daybook_; }
  const std::shared_ptr<core::Tenant>& tenant() const { return tenant_; }
  core::Instant now() const { return core::Instant(std::chrono::microseconds(clock_.load())); }
  void set_clock(std::string_view rfc3339) { clock_ = base::parse_instant(rfc3339).value().time_since_epoch().count(); }
  void pass(std::chrono::microseconds time) { clock_ += time.count(); }

  // ---- commands ---------------------------------------------------------------------------------------------------
  // A command by its name with its input as JSON. The input of a change is {"id":…,"patch":{…}}.
  base::Result<core::Answer> execute(std::string_view name, std::string_view input, With with = {}) {
    const auto& command = daybook_->registry().command(name);
    auto value = TRY(input_of(command, input));
    core::Call call{.tenant = tenant_, .command = &command, .actor = std::move(with.actor), .input = std::move(value)};
    call.request.key = std::move(with.key);
    call.request.if_match = with.if_match;
    call.request.peer = std::move(with.peer);
    return daybook_->execute_and_wait(std::move(call));
  }
  // The same, when it must succeed.
  template <class Out>
  Out call(std::string_view name, std::string_view input, With with = {}) {
    return parsed<Out>(name, execute(name, input, std::move(with)));
  }
  template <class Out>
  Out change(std::string_view name, std::string_view id, std::string_view patch, With with = {}) {
    return call<Out>(name, R"({"id":")" + std::string(id) + R"(","patch":)" + std::string(patch) + '}', std::move(with));
  }
  // The same, when it must be refused and leave no trace in the whole database: "422 input.invalid /name /price".
  std::string refused(std::string_view name, std::string_view input, With with = {}) {
    settle();  // no reader writes meanwhile
    const auto before = contents();
    const auto answer = execute(name, input, std::move(with));
    EXPECT_EQ(difference(before, contents()), Lines{}) << name << " was refused and left a trace";
    if (answer) return "done: " + answer->body;
    return problem_text(answer.error());
  }
  std::string refused_change(std::string_view name, std::string_view id, std::string_view patch, With with = {}) {
    return refused(name, R"({"id":")" + std::string(id) + R"(","patch":)" + std::string(patch) + '}', std::move(with));
  }

  // ---- queries ----------------------------------------------------------------------------------------------------
  // The answer as JSON; a problem as "404 resource.not_found".
  std::string query(std::string_view name, std::string_view input = "{}", core::Actor who = owner()) {
    const auto* query = daybook_->registry().query(name);
    if (!query) throw std::logic_error("no query " + std::string(name));
    reflect::Value value(query->input());
    if (auto read = read_input(*query, value, input); !read) return problem_text(read.error());
    const auto answer =
        daybook_->query_and_wait({.tenant = tenant_, .query = query, .actor = std::move(who), .input = std::move(value)});
    return answer ? answer->body : problem_text(answer.error());
  }
  template <class Out>
  Out ask(std::string_view name, std::string_view input = "{}", core::Actor who = owner()) {
    return from_stored<Out>(query(name, input, std::move(who)));
  }
  // Rows of a list: {"data":[…]}; the input may hold filters beside limit and after.
  template <class Row>
  std::vector<Row> list(std::string_view name, std::string_view input = "{}", core::Actor who = owner()) {
    return from_stored<std::vector<Row>>(reflect::member(query(name, input, std::move(who)), "data"));
  }

  // ---- what happened ----------------------------------------------------------------------------------------------
  // Events since the last look, "order.opened order/ord_…" each. So the next look shows only what came after.
  Lines events() {
    Lines lines;
    for (auto& e : entries()) lines.push_back(e->type + ' ' + e->subject);
    return lines;
  }
  std::vector<core::EventPtr> entries() {
    auto found = daybook_->events_after(*tenant_, seen_, 10'000);
    if (!found.empty()) seen_ = found.back()->seq;
    return found;
  }
  // Waits until every reader has read the whole log.
  void settle() { kit::settle(*daybook_, *tenant_); }
  // Runs every schedule of the modules that is due, until none is.
  void run_schedules() {
    for (const auto* module : modules_)
      for (auto& schedule : module->schedules) run_while_due(*daybook_, tenant_, schedule);
  }
  template <class F>
  void read(F f) {
    daybook_->read(*tenant_, [&](core::View& view) { f(view); });
  }
  // How many rows a table has, of all tenants.
  std::int64_t count(const std::string& table) { return column<std::int64_t>("SELECT count(*) FROM " + table).at(0); }
  // One column of any statement, in its own words: only for looking.
  template <class T>
  std::vector<T> column(const std::string& sql) {
    return kit::column<T>(daybook_->database(), sql);
  }
  // Every row of every table, as text, once the readers have come to rest.
  Lines contents() {
    settle();
    return kit::contents(daybook_->database());
  }

 private:
  void open(const db::Options& database) {
    core::Daybook::Options options{.database = database, .clock = [this] { return now(); }};
    options.snapshot_threads = 1;
    options.job_threads = 1;
    daybook_ = std::make_unique<core::Daybook>(std::move(options), modules_);
    daybook_->readers().start();
    auto made = daybook_->create_tenant("shop", "The Shop");
    if (!made) throw std::runtime_error("no tenant: " + problem_text(made.error()) + ' ' + made.error().detail);
    tenant_ = *made;
    seen_ = tenant_->head().seq;
  }

  template <class Out>
  Out parsed(std::string_view name, const base::Result<core::Answer>& answer) {
    if (!answer)
      throw std::runtime_error(std::string(name) + ": " + problem_text(answer.error()) + ' ' + answer.error().detail);
    return from_stored<Out>(answer->body);
  }

  std::vector<const core::Module*> modules_;
  std::filesystem::path folder_;
  std::atomic<std::int64_t> clock_ = 0;
  std::unique_ptr<core::Daybook> daybook_;
  std::shared_ptr<core::Tenant> tenant_;
  std::int64_t seen_ = 0;
};

// A test of some modules (in the order of their needs), once on each engine.
class ShopTest : public testing::TestWithParam<db::Engine> {
 protected:
  explicit ShopTest(std::vector<const core::Module*> modules) : shop(std::move(modules), GetParam()) {}
  Shop shop;
};

}  // namespace kit

#define KIT_ON_BOTH_ENGINES(fixture)                                               \
  INSTANTIATE_TEST_SUITE_P(                                                        \
      Engines, fixture, testing::Values(db::Engine::sqlite, db::Engine::postgres), \
      [](const auto& parameters) { return parameters.param == db::Engine::sqlite ? "sqlite" : "postgres"; });
