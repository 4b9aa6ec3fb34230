#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/call.h"
#include "edge/router.h"
#include "net/http.h"

namespace edge {

// One request on its way through the pipeline, with what each step found out.
struct Exchange {
  Exchange(net::Request&& r, net::Reply to);
  net::Request request;
  net::Reply reply;
  std::chrono::steady_clock::time_point started;
  std::string trace;  // W3C trace id, given or made; also the request's id
  Router::Match match = {};
  core::Actor actor = {};
  std::shared_ptr<core::Tenant> tenant = {};
  core::Request asked = {};  // Idempotency-Key, If-Match
  reflect::Value input = {};
  bool stranger = false;                               // the operation needs no token
  bool cookie = false;                                 // its credential comes and goes as a cookie
  std::chrono::steady_clock::time_point give_up = {};  // of a query that waits
  base::Result<core::Answer> result = {};
  const Route& route() const { return *match.route; }
};
using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace edge
