#include "edge/errands.h"

namespace edge {

namespace {
constexpr std::size_t most_waiting = 256;
}

Errands::Errands(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

Errands::~Errands() { stop(); }

void Errands::stop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

bool Errands::post(std::function<void()> errand) {
  {
    std::scoped_lock lock(mutex_);
    if (stopping_ || queue_.size() >= most_waiting) return false;
    queue_.push_back(std::move(errand));
  }
  wake_.notify_one();
  return true;
}

void Errands::loop() {
  while (true) {
    std::function<void()> errand;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      errand = std::move(queue_.front());
      queue_.pop_front();
    }
    errand();
  }
}

}  // namespace edge
