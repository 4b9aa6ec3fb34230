#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/registry.h"
#include "core/writer.h"

namespace core {

class Daybook;

// Runs the declared readers behind the log of each tenant, through the writer, in small units of low priority (KERNEL §5).
class Readers {
 public:
  static constexpr std::int64_t batch = 200;         // events a unit
  static constexpr int failures_allowed = 5;
  static constexpr int cause_depth = 8;
  enum class State : std::uint8_t { running, stopped, rebuilding };
  struct Status {
    std::string tenant, reader;
    State state = State::running;
    std::int64_t seq = 0, head = 0, failures = 0;
    std::string error;
  };

  Readers(Daybook&, const Registry&);
  void start();                                      // loads the cursors, catches up
  void wake(const std::shared_ptr<Tenant>&);         // its log has grown
  void tick();                                       // retries what failed a while ago
  std::vector<Status> status() const;
  State state(const Tenant&, std::string_view reader) const;
  std::int64_t cursor(const Tenant&, std::string_view reader) const;
  // Mending a stopped reader: try its event again, leave the event out, or (a projection) build it anew from event 1.
  base::Result<> retry(const std::shared_ptr<Tenant>&, std::string_view reader);
  base::Result<> skip(const std::shared_ptr<Tenant>&, std::string_view reader);
  base::Result<> rebuild(const std::shared_ptr<Tenant>&, std::string_view reader);

 private:
  struct Cursor {
    State state = State::running;
    std::int64_t seq = 0, failures = 0;
    std::string error;
    Instant retry_at{};
  };
  struct Followed {
    std::vector<Cursor> cursors;                     // as registry.readers()
    bool busy = false, again = false;
  };
  Followed load(Tenant&) const;
  void submit(const std::shared_ptr<Tenant>&);
  void advance(Group&, Tenant&, std::vector<Cursor>& work);
  void advance(Group&, Tenant&, const Reader&, Cursor&);
  base::Result<bool> apply(Group&, Tenant&, const Reader&, const Event&);   // false: not one of its types
  void fail(Tenant&, const Reader&, Cursor&, const Event&, std::string_view why, Instant now) const;
  bool lagging(const Followed&, const Tenant&) const;
  base::Result<std::size_t> index_of(std::string_view reader) const;
  base::Result<> mend(const std::shared_ptr<Tenant>&, std::size_t reader, const std::function<void(Group&, Cursor&)>&);

  Daybook& daybook_;
  const Registry& registry_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, Followed> followed_;
};
std::string_view text(Readers::State);

}  // namespace core
