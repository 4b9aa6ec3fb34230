#include "edge/live_loop.h"

#include <algorithm>

namespace edge {

namespace {
constexpr std::size_t rechecks_at_once = 16;
constexpr std::size_t turns_at_once = 8;   // of those behind, before live events get their turn again
constexpr std::int64_t tail_window = 256;  // entries fetched from the tail at once
constexpr std::chrono::seconds load_again{1};
}  // namespace

// ---- who follows ----------------------------------------------------------------------------------------------------

Loop::Group& Loop::group(const std::shared_ptr<core::Tenant>& tenant) {
  auto& g = groups_[tenant->number];
  if (!g.tenant) {
    g.tenant = tenant;
    std::scoped_lock lock(mutex_);
    interested_.insert(tenant->number);
  }
  return g;
}

void Loop::drop_if_empty(std::int64_t tenant) {
  const auto at = groups_.find(tenant);
  if (at == groups_.end() || !at->second.followers.empty() || !at->second.waiters.empty()) return;
  groups_.erase(at);
  std::scoped_lock lock(mutex_);
  interested_.erase(tenant);
}

void Loop::hold(std::shared_ptr<Follower> f) {
  auto* key = f.get();
  all_.emplace(key, std::move(f));
}

void Loop::follow(Follower& f) {
  const auto self = f.shared_from_this();
  if (f.gone_) return;
  if (draining_) return f.close(Follower::Why::draining);
  auto& g = group(f.tenant_);
  if (!f.follows_) {
    f.follows_ = true;
    g.followers.push_back(self);
    arm();
  }
  if (!f.loading_ && !f.stalled_ && !f.queued_) feed_alone(f, nullptr);
}

void Loop::drained(Follower& f) {
  if (!f.stalled_ || f.gone_) return;
  f.stalled_ = false;
  f.stalled_at_ = 0;
  follow(f);
}

void Loop::remove(Follower& f) {
  const auto self = f.shared_from_this();
  f.gone_ = true;
  all_.erase(&f);
  if (!f.follows_) return;
  f.follows_ = false;
  const auto number = f.tenant_->number;
  std::erase(groups_.at(number).followers, self);
  drop_if_empty(number);
}

// ---- commits --------------------------------------------------------------------------------------------------------

void Loop::notify(const std::shared_ptr<core::Tenant>& tenant, Rights rights) {
  std::scoped_lock lock(mutex_);
  if (!interested_.contains(tenant->number)) return;
  const auto known = std::ranges::find(woken_, tenant, &Woken::tenant);
  if (known == woken_.end())
    woken_.push_back({tenant, rights});
  else if (rights == Rights::perhaps_changed)
    known->rights = rights;
  if (posted_) return;
  posted_ = thread_.post([this] { wake(); });
}

void Loop::wake() {
  std::vector<Woken> woken;
  {
    std::scoped_lock lock(mutex_);
    woken.swap(woken_);
    posted_ = false;
  }
  for (auto& [tenant, rights] : woken) {
    const auto at = groups_.find(tenant->number);
    if (at == groups_.end()) continue;
    const auto head = tenant->head().seq;
    fire(at->second, head);
    const auto followers = at->second.followers;  // a copy: feeding may close some
    for (auto& f : followers) {
      if (rights == Rights::perhaps_changed && !f->gone_) f->recheck();
      if (f->gone_ || !f->follows_ || f->loading_ || f->stalled_ || f->queued_) continue;
      feed(group(tenant), *f, head, nullptr);
    }
    if (const auto left = groups_.find(tenant->number); left != groups_.end()) left->second.window.clear();
    drop_if_empty(tenant->number);
  }
}

// ---- waiting for a position -----------------------------------------------------------------------------------------

void Loop::wait(std::shared_ptr<core::Tenant> tenant, std::int64_t seq, std::chrono::milliseconds at_most, Then then) {
  auto& g = group(tenant);  // first: a commit from here on wakes this loop
  const auto reached = tenant->head().seq >= seq;
  if (reached || draining_ || at_most.count() <= 0) {
    drop_if_empty(tenant->number);
    return then(reached);
  }
  const std::pair key{seq, ++waiter_count_};
  g.waiters.emplace(key, Waiter{std::move(then)});
  ++hub_.counts.waiting;
  thread_.after(at_most, [this, key, number = tenant->number] {
    const auto at = groups_.find(number);
    if (at == groups_.end()) return;
    auto waiter = at->second.waiters.extract(key);
    if (!waiter) return;
    --hub_.counts.waiting;
    const auto now_reached = at->second.tenant->head().seq >= key.first;
    drop_if_empty(number);
    waiter.mapped().then(now_reached);
  });
}

void Loop::fire(Group& g, std::int64_t head) {
  std::vector<Then> due;
  while (!g.waiters.empty() && g.waiters.begin()->first.first <= head)
    due.push_back(std::move(g.waiters.extract(g.waiters.begin()).mapped().then));
  hub_.counts.waiting -= due.size();
  for (auto& then : due) then(true);
}

void Loop::drain() {
  draining_ = true;
  std::vector<Then> due;
  for (auto& [number, g] : groups_) {
    for (auto& [key, waiter] : g.waiters) due.push_back(std::move(waiter.then));
    hub_.counts.waiting -= g.waiters.size();
    g.waiters.clear();
  }
  for (auto& then : due) then(false);
  each([](Follower& f) { f.close(Follower::Why::draining); });
}

void Loop::end() {
  for (auto& [number, g] : groups_) hub_.counts.waiting -= g.waiters.size();
  queue_.clear();
  groups_.clear();
  all_.clear();
}

// ---- feeding --------------------------------------------------------------------------------------------------------

std::optional<std::span<const EntryPtr>> Loop::in_memory(Group& g, std::int64_t after) {
  // Seqs have no gaps: the window is an array indexed by seq. Followers at one place share one look into the tail.
  if (!g.window.empty()) {
    const auto first = g.window.front()->event().seq;
    const auto offset = after + 1 - first;
    if (offset >= 0 && offset < std::ssize(g.window))
      return std::span<const EntryPtr>(g.window).subspan(static_cast<std::size_t>(offset));
  }
  const auto events = hub_.daybook.tail().read(*g.tenant, after, tail_window);
  if (!events) return std::nullopt;
  if (events->empty()) return std::span<const EntryPtr>();
  g.window = hub_.entries.of(g.tenant->number, *events);
  return std::span<const EntryPtr>(g.window);
}

std::span<const EntryPtr> Loop::of_page(const LogPages::Page& page, std::int64_t after) const {
  const auto from = std::ranges::upper_bound(page.entries, after, {}, [](const EntryPtr& e) { return e->event().seq; });
  return {from, page.entries.end()};
}

void Loop::feed_alone(Follower& f, LogPages::PagePtr page) {
  const auto tenant = f.tenant_;
  feed(group(tenant), f, tenant->head().seq, std::move(page));
  if (const auto left = groups_.find(tenant->number); left != groups_.end()) left->second.window.clear();
}

// One turn of one follower: until it has caught up, its buffer is full, or others are to have their turn.
void Loop::feed(Group& g, Follower& f, std::int64_t head, LogPages::PagePtr page) {
  if (f.feeding_ || f.gone_) return;
  const auto self = f.shared_from_this();
  f.feeding_ = true;
  struct Fed {
    Follower& f;
    ~Fed() { f.feeding_ = false; }
  } fed{f};
  std::size_t looked = 0;
  while (!f.gone_ && !caught_up(f, head)) {
    if (looked >= hub_.options.turn_events) return queue(f);
    auto entries = in_memory(g, f.cursor_);
    if (!entries) {
      if (!page || page->number != f.cursor_ / LogPages::size || page->head <= f.cursor_)
        page = hub_.pages->find(*f.tenant_, f.cursor_);
      if (!page) return load(f);
      entries = of_page(*page, f.cursor_);
      if (entries->empty() || entries->front()->event().seq != f.cursor_ + 1) return f.lost("retention");
    }
    if (entries->empty()) return;  // committed but not published yet: that wakes this loop
    for (auto& entry : *entries) {
      if (f.gone_ || looked >= hub_.options.turn_events) break;
      if (f.buffered() >= hub_.options.buffer_bytes) {  // its peer is slow: drained() goes on
        f.stalled_ = true;
        ++hub_.counts.stalls;
        return;
      }
      f.cursor_ = entry->event().seq;
      ++looked;
      f.take(*entry);
    }
  }
}

bool Loop::caught_up(Follower& f, std::int64_t head) {
  if (f.cursor_ < head) return false;
  if (std::exchange(f.announce_, false)) f.mark(true);
  return true;
}

void Loop::load(Follower& f) {
  f.loading_ = true;
  const std::weak_ptr<Follower> follower = f.weak_from_this();
  auto there = [post = thread_.post, this, follower](LogPages::PagePtr page) {
    post([this, follower, page = std::move(page)] {
      if (const auto alive = follower.lock()) loaded(*alive, page);
    });
  };
  hub_.pages->load(f.tenant_, f.cursor_, std::move(there));
}

void Loop::loaded(Follower& f, LogPages::PagePtr page) {
  if (f.gone_) return;
  if (!page) {
    const std::weak_ptr<Follower> follower = f.weak_from_this();
    return thread_.after(load_again, [this, follower] {
      const auto alive = follower.lock();
      if (!alive || alive->gone_) return;
      alive->loading_ = false;
      follow(*alive);
    });
  }
  f.loading_ = false;
  if (!f.stalled_ && !f.queued_) feed_alone(f, std::move(page));
}

void Loop::queue(Follower& f) {
  if (std::exchange(f.queued_, true)) return;
  queue_.push_back(f.weak_from_this());
  if (queue_.size() == 1) thread_.post([this] { run_queue(); });
}

void Loop::run_queue() {
  for (std::size_t i = 0; i < turns_at_once && !queue_.empty(); ++i) {
    const auto f = queue_.front().lock();
    if (!f || f->gone_) {
      queue_.pop_front();
      continue;
    }
    f->queued_ = false;
    if (!f->loading_ && !f->stalled_) feed_alone(*f, nullptr);
    queue_.pop_front();
  }
  if (!queue_.empty()) thread_.post([this] { run_queue(); });
}

// ---- the clock ------------------------------------------------------------------------------------------------------

void Loop::each(const std::function<void(Follower&)>& f) {
  std::vector<std::shared_ptr<Follower>> now;
  now.reserve(all_.size());
  for (auto& [key, follower] : all_) now.push_back(follower);
  for (auto& follower : now)
    if (!follower->gone_) f(*follower);
}

void Loop::arm() {
  if (!std::exchange(marks_armed_, true)) thread_.after(hub_.options.mark_time, [this] { mark_all(); });
  if (!std::exchange(beats_armed_, true)) thread_.after(hub_.options.heartbeat_time, [this] { beat_all(); });
}

// All at once, so that their next messages follow the same number and are made once.
void Loop::mark_all() {
  marks_armed_ = false;
  each([this](Follower& f) {
    if (!f.follows_) return;
    if (!f.stalled_) return f.mark(f.cursor_ >= f.tenant_->head().seq);
    if (f.stalled_at_ != 0 && f.buffered() >= f.stalled_at_) {
      ++hub_.counts.slow_closes;
      return f.close(Follower::Why::slow);
    }
    f.stalled_at_ = f.buffered();
  });
  each([this](Follower& f) { rechecks_.push_back(f.weak_from_this()); });
  thread_.post([this] { recheck_some(); });
  if (!all_.empty()) arm();
}

// A token may have expired, which is no event. A few at a time: each may be a read of the database.
void Loop::recheck_some() {
  for (std::size_t i = 0; i < rechecks_at_once && !rechecks_.empty(); ++i) {
    const auto f = rechecks_.back().lock();
    rechecks_.pop_back();
    if (f && f->follows_ && !f->gone_) f->recheck();
  }
  if (!rechecks_.empty()) thread_.post([this] { recheck_some(); });
}

void Loop::beat_all() {
  beats_armed_ = false;
  each([](Follower& f) {
    if (f.follows_ && !f.stalled_) f.heartbeat();
  });
  if (!all_.empty()) arm();
}

}  // namespace edge
