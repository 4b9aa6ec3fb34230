#include "edge/live_pages.h"

#include <algorithm>

#include "base/log.h"
#include "core/log.h"

namespace edge {

LogPages::PagePtr LogPages::find(const core::Tenant& tenant, std::int64_t after) {
  const auto key = key_of(tenant, after);
  const auto now = Clock::now();
  std::scoped_lock lock(mutex_);
  std::erase_if(kept_, [&](const Kept& k) { return k.until < now; });
  for (auto& k : kept_)
    if (k.key == key && k.page->head > after) return k.page;
  return nullptr;
}

void LogPages::load(std::shared_ptr<core::Tenant> tenant, std::int64_t after, Then then) {
  const auto key = key_of(*tenant, after);
  {
    std::scoped_lock lock(mutex_);
    auto [at, fresh] = wanted_.try_emplace(key);
    at->second.tenant = std::move(tenant);
    at->second.waiting.push_back(std::move(then));
    if (fresh) turns_.push_back(key);
  }
  start_next();
}

void LogPages::start_next() {
  while (true) {
    Key key;
    {
      std::scoped_lock lock(mutex_);
      if (turns_.empty() || reading_ >= most_reads) return;
      key = turns_.front();
      turns_.pop_front();
      ++reading_;
    }
    if (!daybook_.post_read([self = shared_from_this(), key] { self->read(key); })) finished(key, nullptr);
  }
}

void LogPages::read(const Key& key) {
  std::shared_ptr<core::Tenant> tenant;
  {
    std::scoped_lock lock(mutex_);
    tenant = wanted_.at(key).tenant;
    wanted_.at(key).stale = false;
  }
  std::shared_ptr<Page> page;
  try {
    daybook_.read(*tenant, [&](core::View& view) {
      page = std::make_shared<Page>();
      page->number = key.second;
      page->head = view.position().seq;
      for (auto& event : core::read_log(view, key.second * size, size))
        if (event.seq <= (key.second + 1) * size)
          page->entries.push_back(std::make_shared<Entry>(std::make_shared<const core::Event>(std::move(event))));
    });
  } catch (const std::exception& error) {
    base::log::warning("a page of the log could not be read", {{"tenant", tenant->slug}, {"error", error.what()}});
    page.reset();
  }
  ++loads_;
  finished(key, std::move(page));
  start_next();
}

void LogPages::finished(const Key& key, PagePtr page) {
  std::vector<Then> waiting;
  {
    std::scoped_lock lock(mutex_);
    const auto at = wanted_.find(key);
    --reading_;
    if (page && at->second.stale) {  // what was read may hold what has been erased since
      turns_.push_front(key);
    } else {
      waiting = std::move(at->second.waiting);
      wanted_.erase(at);
      if (page) {
        std::erase_if(kept_, [&](const Kept& k) { return k.key == key; });
        kept_.push_back({key, page, Clock::now() + kept_for});
        if (kept_.size() > most_kept) kept_.pop_front();
      }
    }
  }
  for (auto& then : waiting) then(page);
}

void LogPages::forget(std::int64_t tenant) {
  std::scoped_lock lock(mutex_);
  std::erase_if(kept_, [&](const Kept& k) { return k.key.first == tenant; });
  for (auto& [key, wanted] : wanted_)
    if (key.first == tenant) wanted.stale = true;
}

}  // namespace edge
