#include "main/control.h"

#include <thread>

#include "main/failure.h"
#include "reflect/json.h"

namespace program {

RECORD_TYPE(TenantLine, "A business.")
RECORD_TYPE(ServerStatus, "The running server.")

namespace {

constexpr std::chrono::seconds starting_time{5};

struct TokenOrder {
  std::string tenant, role, name;
  std::int64_t ttl_seconds = 0;
};
RECORD(TokenOrder, tenant, role, name, ttl_seconds)
RECORD_TYPE(TokenOrder, "A token to make.")

std::string only_tenant(const ServerStatus& status) {
  if (status.tenants.size() == 1) return status.tenants.front().slug;
  std::string names;
  for (auto& tenant : status.tenants) names += (names.empty() ? "" : ", ") + tenant.slug;
  throw Failure(
      names.empty() ? "there is no business yet: daybook tenant create SLUG" : "say which business: --tenant, one of " + names,
      Exit::usage);
}

}  // namespace

std::optional<Control> Control::of(const Place& place) {
  auto holder = holder_of(place);
  if (!holder) return std::nullopt;
  Control control(place);
  const auto until = std::chrono::steady_clock::now() + starting_time;
  while (true) {
    try {
      control.status();
      return control;
    } catch (const std::exception& error) {
      holder = holder_of(place);
      if (!holder) return std::nullopt;
      if (std::chrono::steady_clock::now() >= until)
        throw Failure("the database is in use by " + holder->text() + ", which does not answer on " + place.socket.string() +
                      ": " + error.what());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string Control::call(std::string_view method, std::string_view path, std::string_view body, std::chrono::seconds timeout) {
  net::Client client({.base = "http://localhost", .unix_socket = place_.socket.string(), .timeout = timeout});
  auto response = client.call(method, path, {}, body);
  if (response.status >= 300) throw Failure(text_of(response));
  return std::move(response.body);
}

ServerStatus Control::status() {
  return must(reflect::from_json<ServerStatus>(call("GET", "/control/status"), reflect::Read::stored));
}

std::string text_of(const net::Response& response) {
  auto text = reflect::member(response.body, "detail");
  if (text.empty()) text = reflect::member(response.body, "title");
  const auto code = reflect::member(response.body, "code");
  const auto errors = reflect::member(response.body, "errors");
  if (text.empty()) text = "it answered " + std::to_string(response.status);
  if (!code.empty()) text += " (" + code + ')';
  return errors.empty() || errors == "[]" ? text : text + ' ' + errors;
}

Session open_session(const Configuration& configuration, const Remote& remote, std::string_view role, std::string_view name) {
  if (!remote.url.empty()) {
    if (remote.token.empty()) throw Failure("--url needs a --token", Exit::usage);
    return {{.base = remote.url, .authority = remote.authority}, remote.token, remote.tenant};
  }
  const auto place = place_of(configuration.text("data"));
  auto control = Control::of(place);
  if (!control)
    throw Failure("no server runs on " + without_password(place.data) + ". Start it (daybook serve --data " +
                  without_password(place.data) + "), or name one with --url and --token.");
  Session session{{.base = "http://localhost", .unix_socket = place.socket.string()}, remote.token, remote.tenant};
  if (!session.token.empty()) return session;
  if (session.tenant.empty()) session.tenant = only_tenant(control->status());
  const TokenOrder order{session.tenant, std::string(role), std::string(name), 24 * 3600};
  session.token = reflect::member(control->call("POST", "/control/token", reflect::to_json(order)), "token");
  return session;
}

}  // namespace program
