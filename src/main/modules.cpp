#include "main/modules.h"

#include "core/log_routes.h"
#include "modules/identity/identity.h"
#include "modules/sell/catalog/catalog.h"
#include "modules/sell/kitchen/kitchen.h"
#include "modules/sell/orders/orders.h"
#include "modules/sell/pricing/pricing.h"
#include "modules/sell/tickets/tickets.h"
#include "modules/settings/settings.h"

namespace program {

// What a module needs stands before it.
std::span<const core::Module* const> modules() {
  static const core::Module* const all[] = {&settings::module, &identity::module, &catalog::module, &pricing::module,
                                            &tickets::module,  &orders::module,   &kitchen::module};
  return all;
}

std::unique_ptr<core::Daybook> open_daybook(core::Daybook::Options options) {
  auto daybook = std::make_unique<core::Daybook>(std::move(options), modules());
  identity::set_permissions(daybook->registry().permissions());
  core::set_actor_names(identity::module.actor_name);
  return daybook;
}

base::Instant system_time() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace program
