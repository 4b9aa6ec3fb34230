#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/event.h"

// Events with what is sent of them: made once per kind of message, however many connections get it.
namespace edge {

// A message of one event. `chained`: the number of the message before it on that connection stands between the two parts.
struct Parts {
  enum class Use : std::uint8_t { none, whole, chained };
  Use use = Use::none;  // none: this event has no such message
  std::string before, after;
};
enum class Form : std::uint8_t { sse, pos };

class Entry {
 public:
  explicit Entry(core::EventPtr event) : event_(std::move(event)) {}
  const core::Event& event() const { return *event_; }
  const core::EventPtr& pointer() const { return event_; }
  // The message; null when there is none. `encode` runs at most once per form. Thread-safe: a second thread waits for the
  // first one's encoding instead of making its own.
  template <class Encode>
  std::shared_ptr<const std::string> text(Form form, std::int64_t prev, Encode&& encode) {
    std::scoped_lock lock(mutex_);
    auto& made = made_[static_cast<std::size_t>(form)];
    if (!made.done) {
      made.parts = encode(*event_);
      made.done = true;
    }
    return joined(made, prev);
  }

 private:
  struct Made {
    bool done = false;
    Parts parts;
    std::int64_t prev = -1;  // of `last`: nearly always the same for every connection
    std::shared_ptr<const std::string> last;
  };
  static std::shared_ptr<const std::string> joined(Made&, std::int64_t prev);

  core::EventPtr event_;
  std::mutex mutex_;
  std::array<Made, 2> made_;
};
using EntryPtr = std::shared_ptr<Entry>;

// The entries of the newest events of all tenants, a bounded number of them.
class Entries {
 public:
  explicit Entries(std::size_t most = 4096) : most_(most) {}
  // One for each event, in order; those that are known already with what was made of them.
  std::vector<EntryPtr> of(std::int64_t tenant, std::span<const core::EventPtr>);
  void forget(std::int64_t tenant);  // after an erasure

 private:
  struct Key {
    std::int64_t tenant, seq;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const noexcept {
      return std::hash<std::int64_t>{}(k.seq) * 0x9E3779B97F4A7C15ull + static_cast<std::size_t>(k.tenant);
    }
  };
  std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<Key, EntryPtr, Hash> entries_;
  std::deque<Key> order_;
};

}  // namespace edge
