#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/daybook.h"
#include "edge/live_entry.h"

namespace edge {

// LogPages of the log for connections that are further behind than the tail reaches. A page is aligned, so that all who come
// back after an outage share it: it is read once, and lives a moment. At most two are being read at a time, whoever waits:
// a storm of reconnections does not take the pool from the queries.
class LogPages : public std::enable_shared_from_this<LogPages> {
 public:
  static constexpr std::int64_t size = 128;  // entries
  struct Page {
    std::int64_t number = 0;        // holds what is behind number · size, up to size entries
    std::int64_t head = 0;          // of the snapshot: up to there an entry that is missing here is gone for good
    std::vector<EntryPtr> entries;  // ascending
  };
  using PagePtr = std::shared_ptr<const Page>;
  using Then = std::function<void(PagePtr)>;

  explicit LogPages(core::Daybook& daybook) : daybook_(daybook) {}
  // The page with the entry behind `after`, if it is here.
  PagePtr find(const core::Tenant&, std::int64_t after);
  // Reads it. `then` is called on another thread, or at once with null; null: it could not be read now, try again later.
  void load(std::shared_ptr<core::Tenant>, std::int64_t after, Then then);
  void forget(std::int64_t tenant);  // after an erasure
  std::uint64_t loads() const { return loads_.load(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<std::int64_t, std::int64_t>;  // tenant, number of the page
  struct Wanted {
    std::shared_ptr<core::Tenant> tenant;
    std::vector<Then> waiting;
    bool stale = false;  // an erasure came in between: read again
  };
  struct Kept {
    Key key;
    PagePtr page;
    Clock::time_point until;
  };
  static Key key_of(const core::Tenant& tenant, std::int64_t after) { return {tenant.number, after / size}; }
  void start_next();
  void read(const Key&);
  void finished(const Key&, PagePtr);  // null: those who wait hear of it at once

  static constexpr std::size_t most_reads = 2, most_kept = 16;
  static constexpr std::chrono::seconds kept_for{2};  // an erasure of what has no event of its own is seen then, too
  core::Daybook& daybook_;
  std::mutex mutex_;
  std::map<Key, Wanted> wanted_;
  std::deque<Key> turns_;  // of wanted_, not begun
  std::size_t reading_ = 0;
  std::deque<Kept> kept_;
  std::atomic<std::uint64_t> loads_ = 0;
};

}  // namespace edge
