#include "core/writer.h"

#include "base/log.h"

namespace core {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds doubt_beat{200};  // how often an unconfirmed commit is looked up again
constexpr std::chrono::milliseconds patience{25};     // of the background, while commands wait

void fail(Unit& unit, const base::Problem& problem) {
  try {
    unit.failed(problem);
  } catch (const std::exception& bug) {
    base::log::error("somebody could not be told of a failure", {{"error", bug.what()}});
  }
}

std::uint64_t micros_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

}  // namespace

Writer::Writer(db::Database& database, std::vector<const CacheKind*> caches, std::function<Instant()> clock, Options options,
               Published published)
    : database_(database),
      caches_(std::move(caches)),
      clock_(std::move(clock)),
      options_(options),
      published_(std::move(published)),
      thread_([this] { loop(); }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(std::unique_ptr<Unit> unit, Priority priority) {
  {
    std::scoped_lock lock(mutex_);
    auto& lane = lanes_[static_cast<std::size_t>(priority)];
    if (lane.size < options_.queue_units && !stopping_) {
      unit->queued_at = clock_();
      if (lane.size == 0) lane.since = Clock::now();
      auto& queue = lane.waiting[unit->tenant.get()];
      if (queue.empty()) lane.turns.push_back(unit->tenant.get());
      queue.push_back(std::move(unit));
      ++lane.size;
    }
  }
  if (!unit) {
    wake_.notify_one();
    return;
  }
  fail(*unit, overloaded.problem().with("retry_after", std::int64_t{1}));
}

// One unit a tenant and turn, until there are `most`.
void Writer::Lane::move_to(Units& units, std::size_t most) {
  while (size > 0 && units.size() < most) {
    auto* tenant = turns.front();
    turns.pop_front();
    auto& queue = waiting[tenant];
    units.push_back(std::move(queue.front()));
    queue.pop_front();
    --size;
    if (queue.empty())
      waiting.erase(tenant);
    else
      turns.push_back(tenant);
  }
}

// Commands first. Under a full load of them the background waits a moment, because readers do more for less when they take many
// events at once; then it has a little of each group: they would fall behind without end.
Writer::Units Writer::take() {
  Units units;
  {
    std::unique_lock lock(mutex_);
    auto& [commands, background] = lanes_;
    const auto ready = [&] { return stopping_ || between_.valid() || commands.size + background.size > 0; };
    if (doubted_.empty())
      wake_.wait(lock, ready);
    else
      wake_.wait_for(lock, doubt_beat, ready);
    const bool later = commands.size > 0 && background.size > 0 && Clock::now() - background.since < patience;
    const auto room = later ? 0 : std::min(background.size, options_.group_units / 8);
    commands.move_to(units, options_.group_units - room);
    if (!later) background.move_to(units, options_.group_units);
  }
  std::erase_if(units, [](auto& unit) { return !unit->wanted(); });  // asked outside the lock: it is foreign code
  return units;
}

void Writer::between_groups(std::function<void()> f) {
  std::packaged_task<void()> task(std::move(f));
  auto done = task.get_future();
  {
    std::scoped_lock lock(mutex_);
    if (stopping_) return;
    between_ = std::move(task);
  }
  wake_.notify_one();
  done.get();
}

void Writer::do_between() {
  std::packaged_task<void()> task;
  {
    std::scoped_lock lock(mutex_);
    std::swap(task, between_);
  }
  if (task.valid()) task();
}

void Writer::loop() {
  while (true) {
    do_between();
    auto units = take();
    if (units.empty()) {
      try {
        settle_doubts();
      } catch (const db::Error& error) {
        base::log::warning("the outcome of a commit is still not known", {{"error", error.what()}});
        reset();
      }
      std::scoped_lock lock(mutex_);
      if (stopping_ && !between_.valid() && lanes_[0].size + lanes_[1].size == 0) return;
      continue;
    }
    const auto start = Clock::now();
    execute(units);
    std::scoped_lock lock(mutex_);
    ++stats_.groups;
    stats_.units += units.size();
    stats_.busy_us += micros_since(start);
  }
}

// The whole group; when it cannot be committed, one by one, so that the unit which broke it stands alone. A unit whose
// commit nobody confirmed is never run again: the same id or key will find out what became of it.
void Writer::execute(Units& units) {
  base::Problem failure;
  Some rest(units);
  auto end = attempt(rest, failure);
  if (end == End::committed) return;
  if (end == End::failed && rest.size() > 1)
    for (; !rest.empty(); rest = rest.subspan(1)) {
      end = attempt(rest.first(1), failure);
      if (end == End::closed) break;  // the others would fare no better
      if (end != End::committed) fail(*rest.front(), failure);
    }
  for (auto& unit : rest) fail(*unit, failure);
}

WriterStats Writer::stats() const {
  std::scoped_lock lock(mutex_);
  return stats_;
}

std::size_t Writer::queued() const {
  std::scoped_lock lock(mutex_);
  return lanes_[0].size + lanes_[1].size;
}

}  // namespace core
