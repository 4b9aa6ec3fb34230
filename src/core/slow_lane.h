#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace core {

// One thread of low priority for what a command must have done before it enters the writer, such as hashing a password: so
// that 64 people who sign in at once slow no order down. Addresses take turns, so that one that floods it holds up itself.
class SlowLane {
 public:
  static constexpr std::size_t most_waiting = 256, most_of_one = 128;
  SlowLane();
  ~SlowLane();
  // False: too much is waiting, of everybody or of this address.
  bool post(const std::string& address, std::function<void()> work);
  void stop();  // finishes what is queued, then ends; again: nothing
  std::size_t waiting() const;

 private:
  void loop();
  std::function<void()> take();
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::deque<std::function<void()>>> queues_;
  std::deque<std::string> turns_;  // addresses that have something waiting
  std::size_t size_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace core
