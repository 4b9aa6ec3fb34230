#include "net/wheel.h"

#include <algorithm>

namespace net {

void Wheel::append(Slot& slot, Timed& timed) {
  timed.next_ = &slot;
  timed.previous_ = previous(slot);
  previous(slot)->next_ = &timed;
  previous(slot) = &timed;
}

void Wheel::link(Timed& timed) {
  timed.unlink();
  // Rounded up: in the turn of its slot the deadline is past for sure.
  const std::int64_t wanted = timed.deadline_ / turn_ms + 1;
  timed.slot_ = std::clamp(wanted, turn_ + 1, turn_ + slots - 1);
  append(slots_[static_cast<std::size_t>(timed.slot_ % slots)], timed);
}

void Wheel::set(Timed& timed, std::int64_t deadline_ms) {
  timed.deadline_ = deadline_ms;
  if (deadline_ms == never) return;  // stays where it is and is forgotten when its slot comes
  if (!timed.next_ || timed.slot_ > deadline_ms / turn_ms + 1) link(timed);
}

void Wheel::advance(std::int64_t now_ms) {
  const std::int64_t target = now_ms / turn_ms;
  if (turn_ == 0 || target - turn_ > slots) turn_ = std::max(turn_, target - slots);
  while (turn_ < target) {
    ++turn_;
    Slot& slot = slots_[static_cast<std::size_t>(turn_ % slots)];
    Slot taken;  // so that what is linked anew meanwhile waits for its own turn
    while (next(slot) != &slot) {
      Timed& timed = *next(slot);
      timed.unlink();
      append(taken, timed);
    }
    while (next(taken) != &taken) {
      Timed& timed = *next(taken);
      timed.unlink();
      if (timed.deadline_ == never) continue;
      if (timed.deadline_ > now_ms) {
        link(timed);
        continue;
      }
      timed.deadline_ = never;
      timed.due();
    }
  }
}

}  // namespace net
