#include "net/loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "net/answer.h"
#include "net/connection.h"
#include "net/reactor.h"

namespace net {
namespace {

thread_local const Loop* current_loop = nullptr;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr auto later_first = [](const auto& a, const auto& b) {
  return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.order > b.order;
};

}  // namespace

Loop::Loop(std::size_t index, ServerOptions options, std::shared_ptr<Handler> handler)
    : index_(index), options_(std::move(options)), handler_(std::move(handler)), reactor_(std::make_unique<Reactor>()) {
  take_time();
  wheel_.advance(now_ms_);
  tick();
}

Loop::~Loop() { join(); }

void Loop::start() {
  thread_ = std::thread([this] {
    current_loop = this;
    {
      Turn turn(*this);
      arm_timer();
    }
    run();
    current_loop = nullptr;
  });
}

void Loop::run() {
  for (;;) {
    try {
      reactor_->context.run();
      return;
    } catch (const std::exception& error) {  // one connection's trouble (no memory, say) is not the others'
      base::log::error("A server thread caught an error.", {{"error", error.what()}});
    }
  }
}

bool Loop::here() const { return current_loop == this; }

void Loop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    posted_.push_back(std::move(task));
    if (woken_) return;
    woken_ = true;
  }
  wake();
}

void Loop::wake() {
  boost::asio::post(reactor_->context, [this] {
    Turn turn(*this);
    run_posted();
  });
}

void Loop::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
    woken_ = false;
  }
  for (Task& task : running_) run_one(task);
  running_.clear();
}

void Loop::run_one(Task& task) noexcept {
  try {
    task();
  } catch (const std::exception& error) {
    base::log::error("A task of a server thread failed.", {{"error", error.what()}});
  }
  task = nullptr;  // what it holds is freed here, not among the next tasks
}

void Loop::after(std::chrono::milliseconds delay, Task task) {
  const std::int64_t at_ms = steady_ms() + std::max<std::int64_t>(delay.count(), 0);
  auto add = [this, at_ms, task = std::move(task)]() mutable {
    later_.push_back({at_ms, later_count_++, std::move(task)});
    std::push_heap(later_.begin(), later_.end(), later_first);
    arm_timer();
  };
  if (here()) return add();
  post(std::move(add));
}

// Not once the loop ends: a tick that was due when the timer was cancelled still comes, and would keep it alive for ever.
void Loop::arm_timer() {
  if (finished_) return;
  std::int64_t at_ms = next_tick_ms_;
  if (!later_.empty()) at_ms = std::min(at_ms, later_.front().at_ms);
  reactor_->timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at_ms)));
  reactor_->timer.async_wait([this](boost::system::error_code error) {
    if (error) return;
    Turn turn(*this);
    tick();
    arm_timer();
  });
}

void Loop::tick() {
  while (!later_.empty() && later_.front().at_ms <= now_ms_) {
    std::pop_heap(later_.begin(), later_.end(), later_first);
    Task task = std::move(later_.back().task);
    later_.pop_back();
    run_one(task);
  }
  if (now_ms_ < next_tick_ms_) return;
  next_tick_ms_ = now_ms_ + Wheel::turn_ms;
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (second != date_second_) date_ = date_line(second);
  date_second_ = second;
  wheel_.advance(now_ms_);
}

void Loop::take_time() { now_ms_ = steady_ms(); }

void Loop::flush_later(std::shared_ptr<Connection> connection) { dirty_.push_back(std::move(connection)); }

void Loop::flush() {
  if (dirty_.empty()) return;
  flushing_.swap(dirty_);
  for (auto& connection : flushing_) connection->flush();
  flushing_.clear();
  if (dirty_.empty()) return;
  // Somebody who was drained wrote more. The others are served first.
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    must_wake = !std::exchange(woken_, true);
  }
  if (must_wake) wake();
}

void Loop::adopt(Connection& connection) {
  connection.next_in_loop_ = first_connection_;
  if (first_connection_) first_connection_->previous_in_loop_ = &connection;
  first_connection_ = &connection;
  Counters::add(counters.connections_open, 1);
  Counters::add(counters.connections_total, 1);
}

void Loop::forget(Connection& connection) {
  if (connection.next_in_loop_) connection.next_in_loop_->previous_in_loop_ = connection.previous_in_loop_;
  (connection.previous_in_loop_ ? connection.previous_in_loop_->next_in_loop_ : first_connection_) = connection.next_in_loop_;
  connection.next_in_loop_ = connection.previous_in_loop_ = nullptr;
  counters.connections_open.store(counters.connections_open.load() - 1);
}

std::vector<std::shared_ptr<Connection>> Loop::connections() const {
  std::vector<std::shared_ptr<Connection>> all;
  for (Connection* one = first_connection_; one; one = one->next_in_loop_) all.push_back(one->shared_from_this());
  return all;
}

void Loop::drain() {
  draining_ = true;
  for (const auto& connection : connections()) connection->drain();
}

void Loop::finish() {
  post([this] {
    draining_ = true;
    for (const auto& connection : connections()) connection->cut();
    later_.clear();
    std::vector<Task> dropped;
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
      dropped.swap(posted_);
    }
    dropped.clear();  // outside the lock: what they hold may want to post
    reactor_->timer.cancel();
    reactor_->guard.reset();
  });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace net
