#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/server.h"
#include "net/wheel.h"

namespace net {

class Connection;

// What one thread counts; read by others, so atomic, but written by that thread alone.
struct Counters {
  std::atomic<std::uint64_t> connections_open{0}, connections_total{0}, requests{0}, bytes_in{0}, bytes_out{0};
  std::atomic<std::uint64_t> sockets_open{0}, streams_open{0};
  std::atomic<std::uint64_t> handshakes_open{0}, handshakes_failed{0};
  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
};

// One server thread: its event loop, its connections, its deadlines, and what others ask it to run.
// Everything is called on its own thread except post, after, start, stop_when and join.
class Loop : public std::enable_shared_from_this<Loop> {
 public:
  using Task = std::move_only_function<void()>;
  Loop(std::size_t index, ServerOptions options, std::shared_ptr<Handler> handler);
  ~Loop();

  void start();
  void post(Task task);                                    // from any thread; one wake-up for all until it is taken
  void after(std::chrono::milliseconds delay, Task task);  // from any thread; forgotten by finish()
  bool here() const;                                       // is the caller on this loop's thread?
  void drain();                                            // idle connections close, the others as soon as they have answered
  void finish();                                           // from any thread: cuts what is left and ends the thread
  void join();

  std::size_t index() const { return index_; }
  const ServerOptions& options() const { return options_; }
  Handler& handler() const { return *handler_; }
  bool draining() const { return draining_; }
  std::int64_t now_ms() const { return now_ms_; }  // of the steady clock, as of the current turn
  std::string_view date() const { return date_; }  // the whole Date line
  Wheel& wheel() { return wheel_; }
  std::span<char> scratch() { return scratch_; }  // for a read or a write that uses it up at once
  std::string& spare() { return spare_; }         // see Outbox
  Counters counters;

  void adopt(Connection& connection);
  void forget(Connection& connection);
  void flush_later(std::shared_ptr<Connection> connection);  // its output is written at the end of this turn

  // Around everything that the event loop calls: takes the time, and writes what was queued meanwhile.
  class Turn {
   public:
    explicit Turn(Loop& loop) : loop_(loop) { loop_.take_time(); }
    ~Turn() { loop_.flush(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Loop& loop_;
  };

  struct Reactor;  // Asio, known to the .cpp files of wires and listeners
  Reactor& reactor() { return *reactor_; }

 private:
  void run();
  void take_time();
  void flush();
  void wake();
  void run_posted();
  void run_one(Task& task) noexcept;
  void tick();
  void arm_timer();
  std::vector<std::shared_ptr<Connection>> connections() const;

  struct Later {
    std::int64_t at_ms;
    std::uint64_t order;
    Task task;
  };

  const std::size_t index_;
  const ServerOptions options_;
  const std::shared_ptr<Handler> handler_;
  std::unique_ptr<Reactor> reactor_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Task> posted_;  // guarded by mutex_
  bool woken_ = false;        // guarded by mutex_: a wake-up is on its way
  bool finished_ = false;     // nothing is taken any more; written on this thread, and guarded by mutex_ for others
  std::vector<Task> running_;
  std::vector<Later> later_;  // a heap, the earliest first
  std::uint64_t later_count_ = 0;
  Wheel wheel_;
  std::vector<std::shared_ptr<Connection>> dirty_, flushing_;
  Connection* first_connection_ = nullptr;
  std::int64_t now_ms_ = 0, next_tick_ms_ = 0, date_second_ = 0;
  std::string date_, spare_;
  bool draining_ = false;
  std::array<char, 64 * 1024> scratch_;
};

}  // namespace net
