#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "edge/live.h"
#include "edge/live_entry.h"
#include "edge/live_pages.h"
#include "edge/pos_acks.h"

namespace edge {

class Loop;
enum class Rights : std::uint8_t { unchanged, perhaps_changed };

// The names of actors in entries of the stream, as core::actor_name gives them.
class ActorNames {
 public:
  explicit ActorNames(core::Daybook& daybook) : daybook_(daybook) {}
  std::string of(core::Tenant&, const std::string& actor);
  void forget(std::int64_t tenant, std::string_view actor);

 private:
  core::Daybook& daybook_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> names_;  // "tenant actor"
};

// One server that Live is attached to. Outlives it: what comes too late finds it closed.
class Attachment : public std::enable_shared_from_this<Attachment> {
 public:
  Attachment(Live::Hub&, net::Server&);
  ~Attachment();
  void start_loops();  // once, when it is shared
  bool post(std::size_t thread, std::function<void()>);
  void after(std::size_t thread, std::chrono::milliseconds, std::function<void()>);
  void detach();
  Loop& loop(std::size_t thread) { return *loops_.at(thread); }
  void notify(const std::shared_ptr<core::Tenant>&, Rights);
  void drain();

 private:
  Live::Hub& hub_;
  std::mutex mutex_;
  net::Server* server_;  // null once detached
  std::size_t threads_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

// What all connections share.
struct Live::Hub : std::enable_shared_from_this<Live::Hub> {
  Hub(core::Daybook&, Options);
  void committed(const std::shared_ptr<core::Tenant>&, const std::vector<core::EventPtr>&);  // on the writer's thread
  std::shared_ptr<Attachment> attached() const;
  // Whose token is this? auth.invalid, or core::unavailable when that cannot be looked up.
  base::Result<std::pair<core::Actor, std::shared_ptr<core::Tenant>>> authenticate(std::string_view token) const;
  bool about_rights(const core::Event&) const;

  core::Daybook& daybook;
  const Options options;
  Authenticate authenticator;
  std::vector<const core::CacheKind*> rights;  // what the owner of credentials derives rights from
  Entries entries;
  std::shared_ptr<LogPages> pages;
  ActorNames names;
  std::shared_ptr<Acks> acks;
  mutable std::mutex mutex;
  std::shared_ptr<Attachment> attachment;  // guarded by mutex
  struct Counts {
    std::atomic<std::uint64_t> sockets = 0, streams = 0, waiting = 0, messages = 0, encoded = 0, stalls = 0, slow_closes = 0,
                               sync_required = 0;
  } counts;
};

// Where a connection starts: the head without a position, else the place of that position in the present history.
// Rejects core::foreign_epoch for one that this history never reached, core::unavailable.
base::Result<core::Position> start_of(Live::Hub&, core::Tenant&, const std::optional<core::Position>& wanted);

}  // namespace edge
