#include "core/snapshots.h"

#include <algorithm>

#include "base/log.h"
#include "core/log.h"

namespace core {

namespace {
constexpr std::size_t queue_limit = 1024, kept_connections = 16;
constexpr std::chrono::seconds longest_read{5};  // a checkpoint cannot finish under a longer one
}  // namespace

Snapshots::Snapshots(db::Database& database, std::function<Instant()> clock, std::size_t threads)
    : database_(database), clock_(std::move(clock)) {
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
  if (leased.generation == generation_.load() && free_.size() < kept_connections) {
    leased.fresh = false;
    free_.push_back(std::move(leased));
  }
}

// A snapshot and the head in it. Connections that died while they were idle (the server was restarted) are dropped.
Snapshots::Leased Snapshots::begin(const Tenant& tenant, Tenant::Head& head) {
  while (true) {
    auto leased = lease();
    try {
      leased.connection->begin(db::Access::read);
      db::Snapshot snapshot(*leased.connection, tenant.number);
      head = read_head(snapshot);
      return leased;
    } catch (const db::Error& error) {
      if (error.kind != db::Error::Kind::lost || leased.fresh) throw;
      reopen();
    }
  }
}

void Snapshots::with(Tenant& tenant, const std::function<void(View&)>& read) {
  Tenant::Head head;
  auto leased = begin(tenant, head);
  auto& c = *leased.connection;
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
  View view(c, tenant, {head.epoch, head.seq}, std::max(clock_(), head.time));  // as in a Tx, never behind the last event
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
