#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/event.h"
#include "core/tenant.h"
#include "net/http.h"

// What a stream or socket is asked for in its request.
namespace edge {

struct Wanted {
  std::optional<core::Position> after;  // nothing: from the head on
  std::string types;                    // comma list, "" for all
};
// ?after=&types= and Last-Event-ID, which wins. 422 for what is malformed or unknown.
base::Result<Wanted> read_stream_request(const net::Request&);
// ?after= of a socket.
base::Result<Wanted> read_socket_request(const net::Request&);
// The token of `Authorization: Bearer …`: nothing without the header, "" for another scheme.
std::optional<std::string> bearer_of(const net::Request&);

}  // namespace edge
