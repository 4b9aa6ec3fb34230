#include "edge/live_hub.h"

#include <algorithm>

#include "base/log.h"
#include "core/log.h"
#include "core/log_routes.h"
#include "edge/live_loop.h"
#include "edge/problem.h"

namespace edge {

// ---- what all share -------------------------------------------------------------------------------------------------

std::string ActorNames::of(core::Tenant& tenant, const std::string& actor) {
  const auto key = std::to_string(tenant.number) + ' ' + actor;
  {
    std::scoped_lock lock(mutex_);
    if (const auto at = names_.find(key); at != names_.end()) return at->second;
  }
  std::string name;
  try {
    daybook_.read(tenant, [&](core::View& view) { name = core::actor_name(view, actor); });
  } catch (const std::exception& error) {  // a name is not worth an event: it goes out without
    base::log::warning("an actor's name could not be read", {{"tenant", tenant.slug}, {"error", error.what()}});
    return {};
  }
  std::scoped_lock lock(mutex_);
  if (names_.size() >= 10'000) names_.clear();
  return names_[key] = name;
}

void ActorNames::forget(std::int64_t tenant, std::string_view actor) {
  const auto key = std::to_string(tenant) + ' ' + std::string(actor);
  std::scoped_lock lock(mutex_);
  names_.erase(key);
}

Live::Hub::Hub(core::Daybook& d, Options o)
    : daybook(d), options(o), pages(std::make_shared<LogPages>(d)), names(d), acks(std::make_shared<Acks>(d)) {
  for (const auto* module : d.registry().modules())
    if (module->authenticate) rights.insert(rights.end(), module->caches.begin(), module->caches.end());
}

void Live::Hub::committed(const std::shared_ptr<core::Tenant>& tenant, const std::vector<core::EventPtr>& events) {
  auto changed = Rights::unchanged;
  bool erased = false;
  for (auto& e : events) {
    if (about_rights(*e)) changed = Rights::perhaps_changed;
    names.forget(tenant->number, e->subject_id());
    erased = erased || e->type.ends_with(".erased");
  }
  if (erased) {  // from here on everything is read, and made, from what is left
    daybook.tail().forget(*tenant);
    entries.forget(tenant->number);
    pages->forget(tenant->number);
  }
  if (const auto a = attached()) a->notify(tenant, changed);
}

std::shared_ptr<Attachment> Live::Hub::attached() const {
  std::scoped_lock lock(mutex);
  return attachment;
}

base::Result<std::pair<core::Actor, std::shared_ptr<core::Tenant>>> Live::Hub::authenticate(std::string_view token) const {
  try {
    if (!token.empty() && authenticator)
      if (auto who = authenticator(token)) return std::move(*who);
    return bad_token();
  } catch (const std::exception& error) {
    base::log::warning("a token could not be looked up", {{"error", error.what()}});
    return core::unavailable();
  }
}

// As Credentials does: what it answers depends on the declared caches of the module that owns credentials, or, where that
// declares none, on anything.
bool Live::Hub::about_rights(const core::Event& e) const {
  return rights.empty() || std::ranges::any_of(rights, [&](const core::CacheKind* cache) { return cache->touched_by(e.type); });
}

// ---- one server -----------------------------------------------------------------------------------------------------

Attachment::Attachment(Live::Hub& hub, net::Server& server) : hub_(hub), server_(&server), threads_(server.threads()) {}
Attachment::~Attachment() = default;

void Attachment::start_loops() {
  for (std::size_t i = 0; i < threads_; ++i) {
    const std::weak_ptr<Attachment> self = weak_from_this();
    auto post = [self, i](std::function<void()> f) {
      const auto alive = self.lock();
      return alive && alive->post(i, std::move(f));
    };
    auto later = [self, i](std::chrono::milliseconds delay, std::function<void()> f) {
      if (const auto alive = self.lock()) alive->after(i, delay, std::move(f));
    };
    loops_.push_back(std::make_unique<Loop>(hub_, Loop::Thread{std::move(post), std::move(later)}));
  }
}

bool Attachment::post(std::size_t thread, std::function<void()> f) {
  std::scoped_lock lock(mutex_);
  if (!server_) return false;
  server_->post(thread, std::move(f));
  return true;
}

void Attachment::after(std::size_t thread, std::chrono::milliseconds delay, std::function<void()> f) {
  std::scoped_lock lock(mutex_);
  if (server_) server_->after(thread, delay, std::move(f));
}

void Attachment::detach() {
  {
    std::scoped_lock lock(mutex_);
    server_ = nullptr;
  }
  for (auto& loop : loops_) loop->end();
}

void Attachment::notify(const std::shared_ptr<core::Tenant>& tenant, Rights rights) {
  for (auto& loop : loops_) loop->notify(tenant, rights);
}

void Attachment::drain() {
  for (std::size_t i = 0; i < loops_.size(); ++i) post(i, [&loop = *loops_[i]] { loop.drain(); });
}

base::Result<core::Position> start_of(Live::Hub& hub, core::Tenant& tenant, const std::optional<core::Position>& wanted) {
  const auto head = tenant.head();
  if (!wanted) return core::Position{head.epoch, head.seq};
  auto seq = wanted->seq;
  if (!wanted->epoch.empty() && wanted->epoch != head.epoch) {
    base::Result<std::int64_t> resolved;
    try {
      hub.daybook.read(tenant, [&](core::View& view) { resolved = core::resolve(view, *wanted, core::read_head(view)); });
    } catch (const std::exception& error) {
      base::log::warning("a position could not be looked up", {{"tenant", tenant.slug}, {"error", error.what()}});
      return core::unavailable();
    }
    seq = TRY(resolved);
  }
  if (seq > head.seq) return core::foreign_epoch("The log ends at " + std::to_string(head.seq) + '.');
  return core::Position{head.epoch, seq};
}

}  // namespace edge
