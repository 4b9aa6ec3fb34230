#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "edge/live_entry.h"
#include "edge/live_hub.h"
#include "edge/live_pages.h"

namespace edge {

// A connection that follows the log: a cursor. Everything happens on its loop's thread.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  virtual ~Follower() = default;
  virtual std::size_t buffered() const = 0;        // bytes that the peer has not taken yet
  virtual void take(Entry&) = 0;                   // the next entry of the log: sends it if it is for this connection
  virtual void mark(bool live) = 0;                // says where the cursor stands; live: nothing is behind it
  virtual void lost(std::string_view reason) = 0;  // the entry behind the cursor no longer exists
  virtual void heartbeat() {}
  virtual void recheck() = 0;  // rights may have changed: asks again, and closes without them
  enum class Why : std::uint8_t { slow, server_error, draining };
  virtual void close(Why) = 0;

 protected:
  explicit Follower(std::shared_ptr<core::Tenant> tenant) : tenant_(std::move(tenant)) {}
  // From now on behind `after`. announce: a mark comes once the connection has caught up.
  enum class CaughtUp : std::uint8_t { announce, silent };
  void start_behind(std::int64_t after, CaughtUp how) {
    cursor_ = after;
    announce_ = how == CaughtUp::announce;
  }
  std::int64_t cursor() const { return cursor_; }
  core::Tenant& tenant() const { return *tenant_; }
  const std::shared_ptr<core::Tenant>& tenant_pointer() const { return tenant_; }
  void of_tenant(std::shared_ptr<core::Tenant> tenant) { tenant_ = std::move(tenant); }

 private:
  friend class Loop;
  std::shared_ptr<core::Tenant> tenant_;  // null before a socket's first message
  std::int64_t cursor_ = 0;               // the last entry looked at
  bool follows_ = false, gone_ = false;
  bool announce_ = false;  // a mark is owed once it has caught up
  bool loading_ = false, stalled_ = false, queued_ = false, feeding_ = false;
  std::size_t stalled_at_ = 0;  // bytes buffered at the last look; 0: not stalled then
};

// What is followed on one server thread. All calls on that thread, except notify.
class Loop {
 public:
  // How a loop runs something on its thread, now or later.
  struct Thread {
    std::function<bool(std::function<void()>)> post;
    std::function<void(std::chrono::milliseconds, std::function<void()>)> after;
  };
  Loop(Live::Hub& hub, Thread thread) : hub_(hub), thread_(std::move(thread)) {}

  void notify(const std::shared_ptr<core::Tenant>&, Rights);  // from any thread: something was committed
  void hold(std::shared_ptr<Follower>);                       // a connection that does not follow yet
  void follow(Follower&);                                     // feeds it from its cursor on; also after start_behind
  void drained(Follower&);                                    // its peer has taken everything
  void remove(Follower&);                                     // its connection is closed
  using Then = std::function<void(bool reached)>;
  void wait(std::shared_ptr<core::Tenant>, std::int64_t seq, std::chrono::milliseconds at_most, Then);
  void drain();  // answers who waits and ends streams
  void end();    // the server's threads have ended: lets go of everything
  void after(std::chrono::milliseconds delay, std::function<void()> f) { thread_.after(delay, std::move(f)); }
  Live::Hub& hub() { return hub_; }

 private:
  struct Waiter {
    Then then;
  };
  struct Group {
    std::shared_ptr<core::Tenant> tenant;
    std::vector<std::shared_ptr<Follower>> followers;
    std::map<std::pair<std::int64_t, std::uint64_t>, Waiter> waiters;  // by seq
    std::vector<EntryPtr> window;  // contiguous entries that the followers are just being fed from
  };
  Group& group(const std::shared_ptr<core::Tenant>&);
  void drop_if_empty(std::int64_t tenant);
  void wake();
  void fire(Group&, std::int64_t head);
  void feed_alone(Follower&, LogPages::PagePtr page);
  void feed(Group&, Follower&, std::int64_t head, LogPages::PagePtr page);
  bool caught_up(Follower&, std::int64_t head);
  // Entries behind `after` that are in memory; empty: they are about to be; none: they must be read.
  std::optional<std::span<const EntryPtr>> in_memory(Group&, std::int64_t after);
  std::span<const EntryPtr> of_page(const LogPages::Page&, std::int64_t after) const;
  void load(Follower&);
  void loaded(Follower&, LogPages::PagePtr);
  void queue(Follower&);
  void run_queue();
  void arm();
  void each(const std::function<void(Follower&)>&);
  void mark_all();
  void recheck_some();
  void beat_all();

  Live::Hub& hub_;
  Thread thread_;
  std::unordered_map<Follower*, std::shared_ptr<Follower>> all_;
  std::unordered_map<std::int64_t, Group> groups_;
  std::deque<std::weak_ptr<Follower>> queue_;  // behind, waiting for their turn
  std::vector<std::weak_ptr<Follower>> rechecks_;
  std::uint64_t waiter_count_ = 0;
  bool marks_armed_ = false, beats_armed_ = false, draining_ = false;

  struct Woken {
    std::shared_ptr<core::Tenant> tenant;
    Rights rights;
  };
  std::mutex mutex_;  // what follows
  std::unordered_set<std::int64_t> interested_;
  std::vector<Woken> woken_;
  bool posted_ = false;
};

}  // namespace edge
