#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/registry.h"
#include "core/writer.h"

namespace core {

class Daybook;

// Runs the declared readers behind the log of each tenant, through the writer, in small units of low priority (KERNEL §5).
class Readers {
 public:
  static constexpr std::int64_t batch = 2000;  // events a unit
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
  void start();                               // loads the cursors, catches up
  void begin(Group&, Tenant&);                // a new tenant, in the transaction that founds it
  void wake(const std::shared_ptr<Tenant>&);  // its log has grown
  void tick();                                // retries what failed a while ago
  std::vector<Status> status() const;
  State state(const Tenant&, std::string_view reader) const;
  std::int64_t cursor(const Tenant&, std::string_view reader) const;
  // How far a reader is in this snapshot.
  static std::pair<State, std::int64_t> stored(db::Snapshot&, std::string_view reader);
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
    bool saved = false;           // the database knows it
    bool due(Instant now) const;  // not waiting after a failure
  };
  // An event of which the database refused a statement: its whole unit was undone, so it is tried again alone.
  struct Suspect {
    std::size_t reader;
    EventPtr event;
  };
  struct Followed {
    std::vector<Cursor> cursors;  // as registry.readers()
    std::optional<Suspect> suspect;
    bool careful = false;  // a unit was undone: find the event
    bool loaded = false, busy = false;
    int mends = 0;  // somebody waits to change a cursor
  };
  struct Work {  // one unit, from its beginning to its end
    std::vector<Cursor> start, cursors;
    std::optional<Suspect> suspect, current;
    bool careful = false;  // waits for the database after each event
    bool trial = false;    // of the suspect alone
  };
  std::vector<Cursor> load(db::Snapshot&, std::int64_t head) const;
  void submit(const std::shared_ptr<Tenant>&);
  void run(Group&, Tenant&, Work&);
  void ended(const std::shared_ptr<Tenant>&, const Work&, const base::Result<>& done);
  void advance(Group&, Tenant&, Work&, std::size_t reader) const;
  bool project(Group&, Tenant&, const Reader&, const std::vector<EventPtr>&) const;
  base::Result<bool> apply(Group&, Tenant&, const Reader&, const EventPtr&) const;  // false: not one of its types
  void fail(Tenant&, const Reader&, Cursor&, const Event&, std::string_view why, Instant now) const;
  bool lagging(const Followed&, const Tenant&) const;
  base::Result<std::size_t> index_of(std::string_view reader) const;
  using Change = std::function<base::Result<>(Group&, Cursor&)>;
  base::Result<> mend(const std::shared_ptr<Tenant>&, std::size_t reader, const Change&);

  Daybook& daybook_;
  const Registry& registry_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, Followed> followed_;
};
std::string_view text(Readers::State);

}  // namespace core
