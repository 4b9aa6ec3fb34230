#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace edge {

// A few threads for what takes longer than a network thread may wait: procedures, backups, founding a business.
class Errands {
 public:
  explicit Errands(std::size_t threads);
  ~Errands();
  bool post(std::function<void()>);  // false: too much is waiting
  void stop();                       // finishes what is queued, then ends; again: nothing

 private:
  void loop();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace edge
