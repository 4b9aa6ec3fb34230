#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "core/writer.h"
#include "db/database.h"

namespace core {

// SQLite's log goes into its file from a thread of its own (KERNEL §2): inline, a large one would stall groups for a tenth of a
// second, and without any the log grows for ever and every read of it gets slower. PostgreSQL does this by itself.
class Checkpoints {
 public:
  Checkpoints(db::Database& database, Writer& writer) : database_(database), writer_(writer) {}
  ~Checkpoints() { stop(); }
  void start();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void loop();
  void look();

  db::Database& database_;
  Writer& writer_;
  std::uint64_t copied_at_ = 0;  // groups
  Clock::time_point copied_{}, truncated_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace core
