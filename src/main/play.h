#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "main/control.h"
#include "main/order_sheet.h"

// Recorded orders played again through the public API, as people would: placed, started, bumped, handed over.
namespace program {

struct Score {
  std::int64_t orders = 0, placed = 0, there_already = 0, refused = 0, completed = 0, retries = 0;
  base::Money revenue;
  std::vector<std::int64_t> microseconds;  // of each POST /orders
  std::vector<std::string> reasons;        // of the first refusals
  std::string clock;                       // of the recording: "12:34"
};

class Play {
 public:
  struct Options {
    std::int64_t speed = 60;  // recorded seconds in a second
    std::int64_t run = 0;     // milliseconds; the same run finds its orders again
    std::string location;     // an id, or ""
    std::size_t clients = 8;
  };
  Play(const Session&, std::vector<SheetOrder>, Options);
  ~Play();
  void start();
  bool ended() const;
  void stop();  // what has begun is finished, nothing else begins
  Score score() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Act : std::uint8_t { place, start, bump, complete };
  struct Due {
    Clock::time_point at;
    Act act;
    std::size_t order;
    std::string ticket;
    bool operator<(const Due& other) const { return at > other.at; }  // the earliest first
  };
  struct State {
    std::string id;
    std::size_t tickets = 0, bumped = 0;
  };
  void work();
  bool take(Due&);
  void act(net::Client&, const Due&);
  void place(net::Client&, std::size_t order);
  void send_to_kitchen(net::Client&, std::size_t order);
  net::Response call(net::Client&, std::string_view method, const std::string& path, const std::string& body);
  void later(std::int64_t recorded_seconds, Act, std::size_t order, std::string ticket = {});
  void refuse(const net::Response&);
  std::string body_of(std::size_t order) const;
  std::int64_t chance(std::size_t order, std::string_view what, std::int64_t from, std::int64_t to) const;
  Clock::duration scaled(std::int64_t recorded_seconds) const;

  Session session_;
  std::vector<SheetOrder> orders_;
  Options options_;
  Clock::time_point begin_{};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Due> due_;
  std::vector<State> states_;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  Score score_;
  std::vector<std::thread> threads_;
};

}  // namespace program
