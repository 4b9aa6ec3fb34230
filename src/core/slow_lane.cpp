#include "core/slow_lane.h"

#include <sys/resource.h>
#include <unistd.h>

namespace core {

namespace {
constexpr int niceness = 10;  // the network, the writer and the readers come first
}

SlowLane::SlowLane() : thread_([this] { loop(); }) {}
SlowLane::~SlowLane() { stop(); }

void SlowLane::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool SlowLane::post(const std::string& address, std::function<void()> work) {
  {
    std::scoped_lock lock(mutex_);
    if (stopping_ || size_ >= most_waiting) return false;
    const auto found = queues_.find(address);
    if (found != queues_.end() && found->second.size() >= most_of_one) return false;
    auto& queue = found != queues_.end() ? found->second : queues_[address];
    if (queue.empty()) turns_.push_back(address);
    queue.push_back(std::move(work));
    ++size_;
  }
  wake_.notify_one();
  return true;
}

std::size_t SlowLane::waiting() const {
  std::scoped_lock lock(mutex_);
  return size_;
}

std::function<void()> SlowLane::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || size_ > 0; });
  if (size_ == 0) return {};
  auto address = std::move(turns_.front());
  turns_.pop_front();
  const auto at = queues_.find(address);
  auto work = std::move(at->second.front());
  at->second.pop_front();
  --size_;
  if (at->second.empty())
    queues_.erase(at);
  else
    turns_.push_back(std::move(address));
  return work;
}

void SlowLane::loop() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);  // on Linux: of this thread alone
  while (auto work = take()) work();
}

}  // namespace core
