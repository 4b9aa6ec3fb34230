#include <condition_variable>
#include <mutex>

#include "core/tests/ground.h"

using namespace core_test;

namespace {

struct JobRow {
  std::string key, state, error;
  std::int64_t attempts = 0;
  base::Instant due_at{}, lease_until{};
};
RECORD(JobRow, key, state, error, attempts, due_at, lease_until)
RECORD_TYPE(JobRow, "A job as it is stored.")

class Jobs : public OnBothEngines {
 protected:
  Jobs() { ground.settle(); }
  void TearDown() override { ground.close(); }  // before what the work function refers to goes
  void enqueue(const std::string& key) {
    ASSERT_TRUE(ground.execute("things.enqueue", R"({"key":")" + key + R"(","text":"do it"})"));
  }
  void start() { ground.daybook().jobs().start(); }
  JobRow job(const std::string& key) {
    JobRow found;
    ground.daybook().read(*ground.tenant, [&](core::View& view) {
      found = view.maybe<JobRow>("SELECT {} FROM core_job WHERE tenant = $t AND key = $1", key).value_or(JobRow{});
    });
    return found;
  }
  bool reaches(const std::string& key, const std::string& state) {
    return ground.eventually([&] { return job(key).state == state; });
  }
  Lines settled() {
    return ground.column<std::string>("SELECT job || ' ' || attempt || ' ' || outcome FROM things_settled ORDER BY job");
  }
};
FOR_BOTH_ENGINES(Jobs);

TEST_P(Jobs, AreDoneAfterTheCommitAndSettledWithTheirOutcome) {
  std::mutex mutex;
  core::JobRun seen;
  things::work = [&](const core::JobRun& run) -> base::Result<std::string> {
    std::scoped_lock lock(mutex);
    seen = run;
    return R"({"charged":1})";
  };
  start();
  enqueue("one");  // nobody ticks: the commit itself wakes
  ASSERT_TRUE(reaches("one", "done"));
  std::scoped_lock lock(mutex);
  EXPECT_EQ(seen.key, "one");
  EXPECT_EQ(seen.input, R"({"title":"do it"})");
  EXPECT_EQ(seen.attempt, 1);
  EXPECT_EQ(settled(), Lines{R"(one 1 {"charged":1})"});
  EXPECT_EQ(ground.types(), Lines{"mark.settled"});
}

// What a job reaches of the world is what the program has given; without it, nothing is.
struct Post final : core::Outside {
  core::Delivery mail(const core::Letter& letter) override {
    to = letter.to, key = letter.key;
    if (++tries == 1) return {core::Delivery::Outcome::later, "the server is full"};
    return {core::Delivery::Outcome::accepted, "250 queued"};
  }
  std::string to, key;  // of the job's thread, until it has ended
  std::atomic<int> tries = 0;
};

TEST_P(Jobs, ReachTheOutsideThatTheProgramGives) {
  things::work_outside = [](const core::JobRun& run, core::Outside& outside) -> base::Result<std::string> {
    const auto delivery = outside.mail({.to = "ada@example.org", .subject = "Hello", .text = "Hello", .key = run.id});
    if (delivery.outcome == core::Delivery::Outcome::later) return things::refused(delivery.reply);
    return '"' + delivery.reply + '"';
  };
  start();
  enqueue("one");
  ASSERT_TRUE(ground.eventually([&] { return job("one").error.starts_with("no mail server"); })) << job("one").error;
  ground.close();
  ground.pass(std::chrono::seconds(5));
  const auto post = std::make_shared<Post>();
  {
    core::Daybook::Options options{.database = ground.database(), .clock = [this] { return ground.now(); }};
    options.outside = post;
    const std::vector<const core::Module*> modules{&things::module};
    core::Daybook second(std::move(options), modules);
    second.jobs().start();
    EXPECT_TRUE(ground.eventually([&] { return post->tries == 1; }));
    EXPECT_TRUE(ground.eventually([&] {
      ground.pass(std::chrono::seconds(1));
      second.jobs().tick();
      return post->tries == 2;
    }));
    second.stop();
  }
  things::work_outside = nullptr;
  EXPECT_EQ(post->to, "ada@example.org");
  EXPECT_TRUE(post->key.starts_with("job_")) << post->key;
  ground.open();
  EXPECT_EQ(settled(), Lines{R"(one 3 "250 queued")"});
}

TEST_P(Jobs, OfARefusedCommandAreNotDone) {
  std::atomic<int> runs = 0;
  things::work = [&](const core::JobRun&) -> base::Result<std::string> { return ++runs, "{}"; };
  start();
  {
    std::vector<std::future<Answered>> answers;
    const auto held = ground.hold();
    answers.push_back(ground.begin("things.enqueue", R"({"key":"a","text":""})", {.actor = somebody({})}));
  }
  enqueue("b");
  ASSERT_TRUE(reaches("b", "done"));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(ground.count("core_job"), 1);
}

TEST_P(Jobs, WithTheSameKeyAreOneForEver) {
  std::atomic<int> runs = 0;
  things::work = [&](const core::JobRun&) -> base::Result<std::string> { return ++runs, "{}"; };
  start();
  for (int i = 0; i < 3; ++i) enqueue("one");
  ASSERT_TRUE(reaches("one", "done"));
  enqueue("one");
  enqueue("two");
  ASSERT_TRUE(reaches("two", "done"));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(ground.count("core_job"), 2);
}

TEST_P(Jobs, AreRetriedWithLongerAndLongerPausesAndFailVisibly) {
  std::atomic<int> runs = 0;
  things::work = [&](const core::JobRun&) -> base::Result<std::string> {
    return ++runs, things::refused("the other side is down");
  };
  start();
  enqueue("one");
  const auto tried = [&](int n) {
    return ground.eventually([&] { return job("one").attempts == n && job("one").lease_until == core::Instant{}; });
  };
  ASSERT_TRUE(tried(1));
  EXPECT_EQ(job("one").due_at, ground.now() + std::chrono::seconds(5));
  EXPECT_EQ(job("one").error, "the other side is down");
  ground.daybook().jobs().tick();
  ground.pass(std::chrono::seconds(4));
  ground.daybook().jobs().tick();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(runs, 1) << "not before its time";
  ground.pass(std::chrono::seconds(1));
  ground.daybook().jobs().tick();
  ASSERT_TRUE(tried(2));
  EXPECT_EQ(job("one").due_at, ground.now() + std::chrono::seconds(10));
  EXPECT_TRUE(settled().empty());
  ground.pass(std::chrono::seconds(10));
  ground.daybook().jobs().tick();
  ASSERT_TRUE(reaches("one", "failed"));
  EXPECT_EQ(settled(), Lines{"one 3 failed: the other side is down"}) << "its settling hears of the last failure";
  ground.pass(std::chrono::days(1));
  ground.daybook().jobs().tick();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(runs, 3);
}

TEST_P(Jobs, AnExceptionIsAFailure) {
  things::work = [&](const core::JobRun& run) -> base::Result<std::string> {
    if (run.attempt == 1) throw std::runtime_error("a bug of the work");
    return "{}";
  };
  start();
  enqueue("one");
  ASSERT_TRUE(ground.eventually([&] { return job("one").error == "a bug of the work"; }));
  ground.pass(std::chrono::seconds(5));
  ground.daybook().jobs().tick();
  ASSERT_TRUE(reaches("one", "done"));
  EXPECT_EQ(job("one").error, "");
}

TEST_P(Jobs, ASettlingThatIsRefusedFailsVisiblyAndLeavesNothingElse) {
  things::settle = [](core::Tx&, const core::JobRun&) -> base::Result<> { return things::refused("no such order"); };
  start();
  enqueue("one");
  ASSERT_TRUE(reaches("one", "failed"));
  EXPECT_EQ(job("one").error, "no such order");
  EXPECT_TRUE(settled().empty());
}

TEST_P(Jobs, ASettlingThatBreaksAStatementEndsAfterItsAttempts) {
  std::atomic<int> runs = 0;
  things::work = [&](const core::JobRun&) -> base::Result<std::string> { return ++runs, "{}"; };
  things::settle = [](core::Tx& tx, const core::JobRun& run) -> base::Result<> {
    for (int i = 0; i < 2; ++i)
      tx.run("INSERT INTO things_settled (tenant, job, attempt, outcome) VALUES ($t, $1, 0, '')", run.key);
    return {};
  };
  start();
  enqueue("one");
  EXPECT_TRUE(ground.eventually([&] {
    ground.pass(std::chrono::seconds(5));
    ground.daybook().jobs().tick();
    return job("one").state == "failed";
  }));
  EXPECT_EQ(runs, 3) << "not for ever";
  ground.expect_whole();
}

// The program dies while it works: the work may have been done, and is done again when the lease has run out.
TEST_P(Jobs, AreClaimedAgainWhenTheirLeaseRunsOut) {
  std::atomic<int> runs = 0;
  std::promise<void> entered, leave;
  auto left = leave.get_future().share();
  things::work = [&](const core::JobRun& run) -> base::Result<std::string> {
    ++runs;
    if (run.attempt == 1) {
      entered.set_value();
      left.wait();
    }
    return "{\"attempt\":" + std::to_string(run.attempt) + '}';
  };
  start();
  enqueue("one");
  entered.get_future().wait();
  EXPECT_EQ(job("one").lease_until, ground.now() + std::chrono::seconds(60));
  // As another process would see it after the crash of this one.
  core::Daybook::Options options{.database = ground.database(), .clock = [this] { return ground.now(); }};
  const std::vector<const core::Module*> modules{&things::module};
  if (GetParam() == db::Engine::postgres) {
    core::Daybook second(std::move(options), modules);
    second.jobs().start();
    second.jobs().tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(runs, 1) << "leased";
    ground.pass(std::chrono::seconds(60));
    second.jobs().tick();
    EXPECT_TRUE(reaches("one", "done"));
    EXPECT_EQ(settled(), Lines{R"(one 2 {"attempt":2})"});
    leave.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(settled(), Lines{R"(one 2 {"attempt":2})"}) << "the late one settles nothing a second time";
    second.stop();
  } else {
    leave.set_value();
    ASSERT_TRUE(reaches("one", "done"));
    ground.change("UPDATE core_job SET state = 'waiting', lease_until = due_at + 60000000 WHERE tenant = $t");
    ground.change("DELETE FROM things_settled WHERE tenant = $t");
    ground.reopen();
    start();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(runs, 1) << "leased";
    ground.pass(std::chrono::seconds(120));
    ground.daybook().jobs().tick();
    EXPECT_TRUE(reaches("one", "done"));
    EXPECT_EQ(settled(), Lines{R"(one 2 {"attempt":2})"});
  }
  EXPECT_EQ(runs, 2);
}

TEST_P(Jobs, OfANewerProgramAreLeftForItAndBlockNobody) {
  enqueue("one");
  for (int i = 0; i < 20; ++i)
    ground.change(
        "INSERT INTO core_job (tenant, id, kind, key, input, state, due_at, lease_until, attempts, error, created_at) "
        "SELECT tenant, 'job_" +
        std::to_string(i) + "', 'things.later', '" + std::to_string(i) +
        "', '{}', 'waiting', 0, 0, 0, '', 0 FROM core_job WHERE tenant = $t AND key = 'one'");
  start();
  ASSERT_TRUE(reaches("one", "done"));
  EXPECT_EQ(ground.count("core_job WHERE state = 'waiting' AND attempts = 0"), 20);
}

TEST_P(Jobs, ManyAreAllDoneOnce) {
  ground.close();
  ground.job_threads = 3;
  ground.open();
  std::mutex mutex;
  std::map<std::string, int> runs;
  things::work = [&](const core::JobRun& run) -> base::Result<std::string> {
    std::scoped_lock lock(mutex);
    ++runs[run.key];
    return "{}";
  };
  start();
  std::vector<std::future<Answered>> answers;
  for (int i = 0; i < 60; ++i)
    answers.push_back(ground.begin("things.enqueue", R"({"key":"k)" + std::to_string(i) + R"(","text":""})"));
  for (auto& a : answers) ASSERT_TRUE(a.get());
  EXPECT_TRUE(ground.eventually([&] { return ground.count("core_job WHERE state = 'done'") == 60; }));
  std::scoped_lock lock(mutex);
  EXPECT_EQ(runs.size(), 60u);
  for (auto& [key, n] : runs) EXPECT_EQ(n, 1) << key;
  EXPECT_EQ(std::ssize(settled()), 60);
}

// Nothing is asked of the database for a business that has nothing to do.
TEST_P(Jobs, AskOnlyWhenSomethingMayBeDue) {
  for (int i = 0; i < 5; ++i) ground.add("shop-" + std::to_string(i));
  start();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto before = ground.daybook().writer().stats().units;
  for (int i = 0; i < 50; ++i) {
    ground.pass(std::chrono::seconds(1));
    ground.daybook().jobs().tick();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(ground.daybook().writer().stats().units, before);
}

TEST_P(Jobs, AreNotHeldUpByAClockThatIsSetBack) {
  ground.add_thing("a");
  ground.settle();
  ground.pass(-std::chrono::hours(1));
  start();
  enqueue("one");
  EXPECT_TRUE(reaches("one", "done"));
}

}  // namespace
