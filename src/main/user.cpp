#include <unistd.h>

#include <iostream>

#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"
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

}  // namespace

int create_user(const Configuration& configuration, const UserWish& wish) {
  const auto input = input_of(wish, read_password());
  std::string made;
  if (auto control = Control::of(place_of(configuration.text("data")))) {
    std::string order = "{\"tenant\":";
    reflect::print_text(wish.tenant, order);
    made = control->call("POST", "/control/user", order + ",\"user\":" + input + '}');
  } else {
    Offline offline(configuration);
    const auto& command = offline.daybook().registry().command("identity.create_user");
    core::Call call{.tenant = offline.tenant(wish.tenant),
                    .command = &command,
                    .actor = core::Actor::system("command line"),
                    .input = reflect::Value(command.input())};
    must(reflect::read(call.input.type(), call.input.data(), input));
    made = must(offline.daybook().execute_and_wait(std::move(call))).body;
  }
  std::cout << reflect::member(made, "id") << std::endl;
  return 0;
}

}  // namespace program
