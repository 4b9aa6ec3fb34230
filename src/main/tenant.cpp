#include <iostream>

#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"
#include "main/offline.h"

namespace program {

namespace {

struct Order {
  std::string slug;
  std::optional<std::string> name;
};
RECORD(Order, slug, name)
RECORD_TYPE(Order, "A business to set up.")

}  // namespace

int create_tenant(const Configuration& configuration, const std::string& slug, const std::string& name) {
  const Order order{slug, name.empty() ? std::nullopt : std::optional(name)};
  std::string id;
  if (auto control = Control::of(place_of(configuration.text("data")))) {
    id = reflect::member(control->call("POST", "/control/tenant", reflect::to_json(order)), "id");
  } else {
    Offline offline(configuration, Offline::Database::may_exist);
    id = must(offline.daybook().create_tenant(slug, name.empty() ? slug : name))->id.text();
  }
  std::cout << "business " << slug << " is there: " << id << "\nnext: daybook token --tenant " << slug << " --role owner\n";
  return 0;
}

}  // namespace program
