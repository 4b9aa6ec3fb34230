#include <unistd.h>

#include <iostream>

#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"
#include "main/modules.h"
#include "main/offline.h"

namespace program {

namespace {

// Printed by hand: of a record no password would be.
void append(std::string& out, std::string_view name, std::string_view text) {
  out.append(out.ends_with('{') ? "\"" : ",\"").append(name).append("\":");
  reflect::print_text(text, out);
}
std::string input_of(const UserWish& wish, const std::string& password) {
  std::string out = "{";
  append(out, "email", wish.email);
  append(out, "name", wish.name.empty() ? wish.email.substr(0, wish.email.find('@')) : wish.name);
  append(out, "role", wish.role);
  if (!password.empty()) append(out, "password", password);
  if (!wish.pin.empty()) append(out, "pin", wish.pin);
  return out + '}';
}

// One line. At a terminal, `read -s` before a pipe keeps it off the screen.
std::string read_password() {
  if (::isatty(STDIN_FILENO)) std::cerr << "Password (empty: none): " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// Of the running server, else here. The answer's JSON.
std::string run_command(const Configuration& configuration, const std::string& tenant, std::string_view name,
                        const std::string& input) {
  if (auto control = Control::of(place_of(configuration.text("data")))) {
    std::string order = "{";
    append(order, "tenant", tenant);
    append(order, "command", name);
    return control->call("POST", "/control/run", order + ",\"input\":" + input + '}');
  }
  Offline offline(configuration);
  const auto& command = offline.daybook().registry().command(name);
  core::Call call{.tenant = offline.tenant(tenant),
                  .command = &command,
                  .actor = core::Actor::system("command line"),
                  .input = reflect::Value(command.input())};
  must(reflect::read(call.input.type(), call.input.data(), input));
  return must(offline.daybook().execute_and_wait(std::move(call))).body;
}

}  // namespace

int create_user(const Configuration& configuration, const UserWish& wish) {
  const auto made = run_command(configuration, wish.tenant, "identity.create_user", input_of(wish, read_password()));
  std::cout << reflect::member(made, "id") << std::endl;
  return 0;
}

int create_key(const Configuration& configuration, const KeyWish& wish) {
  std::string input = "{";
  append(input, "name", wish.name);
  input += ",\"scopes\":[";
  for (auto& scope : wish.scopes) {
    if (!input.ends_with('[')) input += ',';
    reflect::print_text(scope, input);
  }
  input += ']';
  if (wish.seconds > 0) append(input, "expires_at", base::print_instant(system_time() + std::chrono::seconds(wish.seconds)));
  const auto made = run_command(configuration, wish.tenant, "identity.create_api_key", input + '}');
  std::cerr << "key " << reflect::member(made, "id") << " of " << wish.tenant << "; it is shown this once\n";
  std::cout << reflect::member(made, "key") << std::endl;
  return 0;
}

}  // namespace program
