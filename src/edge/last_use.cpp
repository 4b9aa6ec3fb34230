#include "edge/last_use.h"

namespace edge {

namespace {
constexpr std::chrono::seconds precision{60};
constexpr std::size_t most_remembered = 20'000;  // of one business; then it begins anew
}  // namespace

LastUse::LastUse(core::Daybook& daybook) : daybook_(daybook) {
  for (const auto* module : daybook.registry().modules())
    if (module->note_use) note_ = module->note_use;
}

bool LastUse::put(const std::shared_ptr<core::Tenant>& tenant, const core::Actor& actor) {
  const auto& id = actor.session.empty() ? actor.id : actor.session;
  if (!note_ || (actor.session.empty() && core::actor_kind(actor.id) != "key")) return false;
  const auto now = daybook_.now();
  std::scoped_lock lock(mutex_);
  auto& of = tenants_[tenant->number];
  of.tenant = tenant;
  if (const auto told = of.told.find(id); told != of.told.end() && now - told->second < precision) return false;
  if (of.told.size() >= most_remembered) of.told.clear();
  of.told[id] = of.fresh[id] = now;
  return !std::exchange(arranged_, true);
}

void LastUse::flush() {
  std::map<std::int64_t, OfTenant> fresh;
  {
    std::scoped_lock lock(mutex_);
    arranged_ = false;
    for (auto& [number, of] : tenants_) {
      if (of.fresh.empty()) continue;
      auto& to = fresh[number];
      to.tenant = of.tenant;
      to.fresh.swap(of.fresh);
    }
  }
  for (auto& [number, of] : fresh)
    daybook_.submit(
        core::unit_of(of.tenant, [note = note_, used = std::move(of.fresh)](core::Group& group, core::Tenant& tenant) {
          const auto actor = core::Actor::system("edge");
          const core::Request request;
          auto tx = group.tx(tenant, actor, request);
          note(tx, used);
          tx.keep();
          if (tx.wrote()) group.dirty();
        }));
}

}  // namespace edge
