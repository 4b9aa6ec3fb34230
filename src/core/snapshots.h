#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/view.h"

namespace core {

// Consistent reads beside the writer: on the caller's thread (a few rows), or on a small pool (scans).
class Snapshots {
 public:
  Snapshots(db::Database&, std::function<Instant()> clock, std::size_t threads);
  ~Snapshots();
  // Runs `read` with a view of the tenant on this thread. Throws db::Error.
  void with(Tenant&, const std::function<void(View&)>& read);
  // Queues for the pool; `read` sees exceptions itself. False: the queue is full.
  bool post(std::function<void()>);
  void reopen() { ++generation_; }  // after an unknown commit: no connection of before is used again
  void stop();

 private:
  struct Leased {
    std::unique_ptr<db::Connection> connection;
    std::uint64_t generation = 0;
    bool fresh = true;  // never given back yet
  };
  Leased lease();
  Leased begin(const Tenant&, Tenant::Head&);
  void give_back(Leased);
  void loop();

  db::Database& database_;
  std::function<Instant()> clock_;
  std::atomic<std::uint64_t> generation_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Leased> free_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace core
