#include "core/checkpoints.h"

#include "base/log.h"

namespace core {

namespace {

constexpr std::chrono::milliseconds beat{50};
constexpr std::uint64_t many_groups = 20;        // some 10 MiB under load
constexpr std::chrono::seconds longest_wait{5};  // until a few groups are copied as well
// Readers that never pause keep the log from starting over. Then it is cut: the writer waits for those that are under way.
constexpr std::int64_t too_long = std::int64_t{64} << 20;
constexpr std::chrono::seconds between_cuts{10};

}  // namespace

void Checkpoints::start() {
  if (database_.engine() == db::Engine::sqlite) thread_ = std::thread([this] { loop(); });
}

void Checkpoints::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Checkpoints::loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, beat, [this] { return stopping_; })) {
    lock.unlock();
    try {
      look();
    } catch (const db::Error& error) {
      base::log::warning("the database's log could not be copied into its file", {{"error", error.what()}});
    }
    lock.lock();
  }
}

void Checkpoints::look() {
  const auto groups = writer_.stats().groups;
  const auto now = Clock::now();
  const bool due = groups - copied_at_ >= many_groups || now - copied_ >= longest_wait || database_.log_bytes() > too_long;
  if (groups == copied_at_ || !due) return;
  // Most of it beside the writer; then, while the writer holds still, the few pages that it has written meanwhile. Only a log
  // of which everything is copied starts over, and writing over one costs half of what writing into a growing one does.
  const auto copy = [this] { database_.checkpoint(db::Database::Checkpoint::passive); };
  copy();
  writer_.between_groups(copy);
  copied_at_ = groups;
  copied_ = now;
  if (database_.log_bytes() > too_long && now - truncated_ > between_cuts) {
    database_.checkpoint(db::Database::Checkpoint::truncate);
    truncated_ = now;
  }
}

}  // namespace core
