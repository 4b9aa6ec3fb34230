#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "core/daybook.h"
#include "core/heads.h"
#include "core/log.h"
#include "core/tests/things.h"
#include "core/verify.h"
#include "tests/kit/contents.h"
#include "tests/kit/json_calls.h"
#include "tests/kit/postgres.h"

// A daybook with the module `things` on either engine, which a test can crash and open again, and whose clock it moves.
namespace core_test {

using kit::Lines;

inline core::Actor somebody(std::vector<std::string> permissions = {"*"}, std::string id = "usr_01jqm3vh6e7s8v3jq0a1b2c3d4") {
  std::ranges::sort(permissions);
  return {std::move(id), std::make_shared<const std::vector<std::string>>(std::move(permissions)), {}};
}

// What comes beside the input of a command.
struct With {
  std::string key = {};
  std::optional<std::int64_t> if_match = {};
  core::Actor actor = somebody();
  std::shared_ptr<core::Tenant> tenant = {};  // none: the first
};

using Answered = base::Result<core::Answer>;
inline std::string text_of(const Answered& a) { return a ? a->body : kit::problem_text(a.error()); }

class Ground {
 public:
  using Open = std::function<std::unique_ptr<db::Database>(const db::Options&)>;
  explicit Ground(db::Engine engine, Open wrap = &db::open, std::string server = {}) : open_(std::move(wrap)) {
    set_clock("2025-11-03T12:00:00Z");
    things::poison = things::Poison::none;
    things::work = nullptr;
    things::settle = nullptr;
    if (engine == db::Engine::postgres) {
      database_ = {.url = server.empty() ? kit::postgres_url() : server, .schema = kit::fresh_schema()};
    } else {
      std::string folder = (std::filesystem::temp_directory_path() / "daybook-core-XXXXXX").string();
      if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp " + folder);
      database_.url = folder;
      folder_ = folder;
    }
    open();
    tenant = add("shop");
  }
  ~Ground() {
    close();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  // ---- the program ----------------------------------------------------------------------------------------------------
  core::Daybook& daybook() { return *daybook_; }
  void close() { daybook_.reset(); }
  // A crash as far as the database can tell: nothing is kept but what was committed.
  void open() {
    core::Daybook::Options options{.database = database_, .clock = [this] { return now(); }};
    options.snapshot_threads = 1;
    options.job_threads = job_threads;
    options.open = open_;
    options.writer.reconnect_time = reconnect_time;
    daybook_ = std::make_unique<core::Daybook>(std::move(options), modules_);
    daybook_->readers().start();
    if (tenant) tenant = daybook_->tenant(tenant->slug);
  }
  void reopen() {
    close();
    open();
  }
  std::shared_ptr<core::Tenant> add(const std::string& slug) {
    auto made = daybook_->create_tenant(slug, "The " + slug);
    if (!made) throw std::runtime_error("no tenant: " + kit::problem_text(made.error()));
    return *made;
  }
  std::filesystem::path folder() const { return folder_; }
  const db::Options& database() const { return database_; }
  core::Instant now() const { return core::Instant(std::chrono::microseconds(clock_.load())); }
  void set_clock(std::string_view rfc3339) { clock_ = base::parse_instant(rfc3339).value().time_since_epoch().count(); }
  void pass(std::chrono::microseconds time) { clock_ += time.count(); }

  // ---- commands ---------------------------------------------------------------------------------------------------------
  std::future<Answered> begin(std::string_view name, std::string_view input, With with = {}) {
    const auto& command = daybook_->registry().command(name);
    auto value = kit::input_of(command, input);
    if (!value) throw std::runtime_error("input of the test: " + kit::problem_text(value.error()));
    core::Call call{.tenant = with.tenant ? with.tenant : tenant,
                    .command = &command,
                    .actor = std::move(with.actor),
                    .input = std::move(*value)};
    call.request.key = std::move(with.key);
    call.request.if_match = with.if_match;
    auto promise = std::make_shared<std::promise<Answered>>();
    call.answer = [promise](Answered answer) { promise->set_value(std::move(answer)); };
    daybook_->execute(std::move(call));
    return promise->get_future();
  }
  Answered execute(std::string_view name, std::string_view input, With with = {}) {
    return begin(name, input, std::move(with)).get();
  }
  template <class Out>
  Out call(std::string_view name, std::string_view input, With with = {}) {
    const auto answer = execute(name, input, std::move(with));
    if (!answer)
      throw std::runtime_error(std::string(name) + ": " + kit::problem_text(answer.error()) + ' ' + answer.error().detail);
    return kit::from_stored<Out>(answer->body);
  }
  things::Thing add_thing(std::string_view title, With with = {}) {
    return call<things::Thing>("things.create_thing", R"({"title":")" + std::string(title) + R"(","amount":1})",
                               std::move(with));
  }
  things::Thing bump(const things::ThingId& id, With with = {}) {
    return call<things::Thing>("things.bump", R"({"id":")" + id.text() + "\"}", std::move(with));
  }
  // What a refusal answers; the whole database must be as before.
  std::string refused(std::string_view name, std::string_view input, With with = {}) {
    settle();
    const auto before = contents();
    const auto answer = execute(name, input, std::move(with));
    EXPECT_EQ(contents(), before) << name << " left a trace";
    return text_of(answer);
  }
  std::string query(std::string_view name) {
    const auto* query = daybook_->registry().query(name);
    const auto answer = daybook_->query_and_wait(
        {.tenant = tenant, .query = query, .actor = somebody(), .input = reflect::Value(query->input())});
    return text_of(answer);
  }

  // The writer stands still until the guard is gone: what is begun meanwhile comes into the same groups.
  struct Held {
    std::promise<void> go;
    ~Held() { go.set_value(); }
  };
  std::unique_ptr<Held> hold() {
    auto held = std::make_unique<Held>();
    auto entered = std::make_shared<std::promise<void>>();
    auto waiting = held->go.get_future().share();
    auto first = std::make_shared<std::atomic<bool>>(true);
    daybook_->submit(core::unit_of(tenant, [=](core::Group&, core::Tenant&) {
      if (first->exchange(false)) entered->set_value();
      waiting.wait();
    }));
    entered->get_future().wait();
    return held;
  }

  // ---- what is there ------------------------------------------------------------------------------------------------------
  template <class T>
  std::vector<T> column(const std::string& sql) {
    return kit::column<T>(daybook_->database(), sql);
  }
  std::int64_t count(const std::string& from) { return column<std::int64_t>("SELECT count(*) FROM " + from).at(0); }
  Lines contents() { return kit::contents(daybook_->database()); }
  // "thing.created", … of the log behind `after`.
  Lines types(std::int64_t after = 1) {
    Lines lines;
    for (auto& e : daybook_->events_after(*tenant, after, 10'000)) lines.push_back(e->type);
    return lines;
  }
  // Without the core's own tables, from the database alone.
  void change(const std::string& sql) {
    const auto c = daybook_->database().connect(db::Access::write);
    c->begin(db::Access::write);
    c->query_built(sql, tenant->number, {}, reflect::type_of<std::int64_t>(), nullptr, nullptr);
    c->commit();
  }
  core::Verdict verdict(const std::vector<core::SignedHead>& kept = {}) {
    const auto c = daybook_->database().connect(db::Access::read);
    return core::verify(*c, daybook_->registry(), kept);
  }
  void expect_whole() {
    const auto v = verdict();
    EXPECT_TRUE(v.whole) << v.broken;
  }
  core::WriterStats stats(std::uint64_t units) {  // once so many units have been counted
    for (int i = 0; i < 5000 && daybook_->writer().stats().units < units; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return daybook_->writer().stats();
  }
  // Waits until every reader has read the whole log, or has stopped.
  void settle() {
    EXPECT_TRUE(eventually([&] {
      const auto head = tenant->head().seq;
      bool behind = false;
      for (const auto* reader : daybook_->registry().readers())
        behind |= daybook_->readers().cursor(*tenant, reader->name) < head &&
                  daybook_->readers().state(*tenant, reader->name) != core::Readers::State::stopped;
      return !behind && head == tenant->head().seq;
    })) << "the readers did not come to the end of the log";
  }
  template <class F>
  bool eventually(F f, std::chrono::milliseconds most = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!f()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  std::shared_ptr<core::Tenant> tenant;
  std::size_t job_threads = 1;
  std::chrono::milliseconds reconnect_time{5000};

 private:
  std::vector<const core::Module*> modules_{&things::module};
  Open open_;
  db::Options database_;
  std::filesystem::path folder_;
  std::atomic<std::int64_t> clock_ = 0;
  std::unique_ptr<core::Daybook> daybook_;
};

class OnBothEngines : public testing::TestWithParam<db::Engine> {
 protected:
  Ground ground{GetParam()};
};

}  // namespace core_test

#define FOR_BOTH_ENGINES(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(                                                      \
      Engines, suite, testing::Values(db::Engine::sqlite, db::Engine::postgres), \
      [](const auto& parameters) { return parameters.param == db::Engine::sqlite ? "sqlite" : "postgres"; })
