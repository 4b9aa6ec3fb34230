#include "core/snapshots.h"

#include "base/log.h"
#include "core/log.h"

namespace core {

namespace {
constexpr std::size_t queue_limit = 1024;
constexpr std::chrono::milliseconds longest_read{5000};  // a longer one would keep the checkpoint from finishing
}

Snapshots::Snapshots(db::Database& database, std::function<Instant()> clock, std::size_t threads) : database_(database), clock_(std::move(clock)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}
Snapshots::~Snapshots() { stop(); }

void Snapshots::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

Snapshots::Leased Snapshots::lease() {
  const auto generation = generation_.load();
  {
    std::scoped_lock lock(mutex_);
    while (!free_.empty()) {
      auto last = std::move(free_.back());
      free_.pop_back();
      if (last.generation == generation) return last;
    }
  }
  Leased fresh{database_.connect(db::Access::read), generation};
  fresh.connection->limit(longest_read);
  return fresh;
}

void Snapshots::give_back(Leased leased) {
  std::scoped_lock lock(mutex_);
  if (leased.generation == generation_.load() && free_.size() < 16) free_.push_back(std::move(leased));
}

void Snapshots::with(Tenant& tenant, const std::function<void(View&)>& read) {
  auto leased = lease();
  auto& c = *leased.connection;
  c.begin(db::Access::read);
  // Leaves no transaction behind, whatever `read` throws; a connection that cannot even roll back is not given back.
  struct End {
    Snapshots& pool;
    Leased& leased;
    ~End() {
      try {
        leased.connection->rollback();
        pool.give_back(std::move(leased));
      } catch (const db::Error& error) {
        base::log::warning("a read connection was dropped", {{"error", error.what()}});
      }
    }
  } end{*this, leased};
  db::Snapshot snapshot(c, tenant.number);
  const auto head = read_head(snapshot);
  View view(c, tenant, {head.epoch, head.seq}, clock_());
  read(view);
}

bool Snapshots::post(std::function<void()> read) {
  {
    std::scoped_lock lock(mutex_);
    if (queue_.size() >= queue_limit || stopping_) return false;
    queue_.push_back(std::move(read));
  }
  wake_.notify_one();
  return true;
}

void Snapshots::loop() {
  while (true) {
    std::function<void()> read;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      read = std::move(queue_.front());
      queue_.pop_front();
    }
    read();
  }
}

}  // namespace core
