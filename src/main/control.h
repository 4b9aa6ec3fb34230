#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "main/commands.h"
#include "main/place.h"
#include "net/client.h"
#include "reflect/json.h"

// A running server, as the command line reaches it: over the control socket in its directory, or over HTTP.
namespace program {

struct TenantLine {
  std::string id, slug, name, position;
};
RECORD(TenantLine, id, slug, name, position)
struct ServerStatus {
  std::int64_t pid = 0;
  std::string listen, version;
  std::vector<TenantLine> tenants;
};
RECORD(ServerStatus, pid, listen, version, tenants)

// The control socket of the server that holds the lock of this place.
class Control {
 public:
  // None when nobody holds the lock. Waits a moment for a server that is starting. Throws Failure when a command of the
  // command line holds it.
  static std::optional<Control> of(const Place&);
  // The answer's body; Failure with its problem otherwise.
  std::string call(std::string_view method, std::string_view path, std::string_view body = {},
                   std::chrono::seconds timeout = std::chrono::seconds(60));
  ServerStatus status();

 private:
  explicit Control(Place place) : place_(std::move(place)) {}
  Place place_;
};

// "POST /orders of http://… : 422 …" out of an answer that is a problem.
std::string text_of(const net::Response&);

// The public API of a running server, with a token for it: over its control socket, or over the network.
struct Session {
  net::ClientOptions server;
  std::string token;
  std::string tenant;  // "" when only url and token were given
};
// By url and token, or by the data of a server on this machine, where a token of that role is made for an hour.
Session open_session(const Configuration&, const Remote&, std::string_view role, std::string_view name);

}  // namespace program
