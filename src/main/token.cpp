#include <charconv>
#include <iostream>

#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"
#include "main/offline.h"
#include "modules/identity/identity.h"

namespace program {

namespace {

struct Order {
  std::string tenant, role;
  std::optional<std::int64_t> ttl_seconds;
  std::optional<std::string> name;
};
RECORD(Order, tenant, role, ttl_seconds, name)
RECORD_TYPE(Order, "A token to make.")

// The order without its tenant is the command's input.
std::string input_of(const Order& order) {
  identity::CreateToken input{.role = order.role};
  if (order.name) input.name = *order.name;
  if (order.ttl_seconds) input.ttl_seconds = *order.ttl_seconds;
  return reflect::to_json(input);
}

std::string make_offline(const Configuration& configuration, const Order& order) {
  Offline offline(configuration);
  auto& daybook = offline.daybook();
  const auto& command = daybook.registry().command("identity.create_token");
  core::Call call{.tenant = offline.tenant(order.tenant),
                  .command = &command,
                  .actor = core::Actor::system("command line"),
                  .input = reflect::Value(command.input())};
  must(reflect::read(call.input.type(), call.input.data(), input_of(order)));
  return must(daybook.execute_and_wait(std::move(call))).body;
}

}  // namespace

std::int64_t parse_duration(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  const std::string_view name(unit, static_cast<std::size_t>(end - unit));
  std::int64_t seconds = 0;
  if (name == "s") seconds = 1;
  if (name == "m") seconds = 60;
  if (name == "h") seconds = 3600;
  if (name == "d") seconds = 86'400;
  if (error != std::errc() || number <= 0 || seconds == 0 || number > 315'360'000 / seconds)
    throw Failure("a time such as 90s, 15m, 1h or 30d, not " + text, Exit::usage);
  return number * seconds;
}

int make_token(const Configuration& configuration, const TokenWish& wish) {
  Order order{.tenant = wish.tenant, .role = wish.role};
  if (wish.seconds > 0) order.ttl_seconds = wish.seconds;
  if (!wish.name.empty()) order.name = wish.name;
  auto control = Control::of(place_of(configuration.text("data")));
  const auto made =
      control ? control->call("POST", "/control/token", reflect::to_json(order)) : make_offline(configuration, order);
  const auto expires = reflect::member(made, "expires_at");
  std::cerr << "token " << reflect::member(made, "id") << " for the role " << wish.role << " of " << wish.tenant << ", "
            << (expires.empty() || expires == "null" ? "without an end" : "until " + expires) << "; it is shown this once\n";
  std::cout << reflect::member(made, "token") << std::endl;
  return 0;
}

}  // namespace program
