#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace net {

inline constexpr std::int64_t never = INT64_MAX;

// Something with a deadline, in milliseconds of the loop's steady clock.
class Timed {
 public:
  Timed() = default;
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  std::int64_t deadline() const { return deadline_; }

 protected:
  ~Timed() { unlink(); }

 private:
  friend class Wheel;
  virtual void due() = 0;
  void unlink() {
    if (next_) next_->previous_ = previous_, previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }
  Timed* next_ = nullptr;
  Timed* previous_ = nullptr;
  std::int64_t deadline_ = never;
  std::int64_t slot_ = 0;  // the turn at which it will be looked at
};

// Deadlines of many connections for the price of a store each: moving one later (every request does) only writes a number;
// the slot finds out when its turn comes. Coarse on purpose: a deadline is met up to one turn late, never early.
class Wheel {
 public:
  static constexpr std::int64_t turn_ms = 250;
  void set(Timed& timed, std::int64_t deadline_ms);
  void remove(Timed& timed) { timed.unlink(); }  // after this it may be destroyed on any thread
  // Calls due() for everything whose deadline is past. Its deadline is `never` while it is called.
  void advance(std::int64_t now_ms);

 private:
  struct Slot final : Timed {
    Slot() { next_of() = previous_of() = this; }
    Timed*& next_of() { return Wheel::next(*this); }
    Timed*& previous_of() { return Wheel::previous(*this); }
    void due() override {}
  };
  static Timed*& next(Timed& timed) { return timed.next_; }
  static Timed*& previous(Timed& timed) { return timed.previous_; }
  void link(Timed& timed);
  static void append(Slot& slot, Timed& timed);
  static constexpr std::int64_t slots = 512;  // 128 s; later ones go round again
  std::array<Slot, slots> slots_{};
  std::int64_t turn_ = 0;
};

}  // namespace net
