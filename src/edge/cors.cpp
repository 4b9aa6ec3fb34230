#include "edge/cors.h"

#include <algorithm>

namespace edge {

bool Cors::knows(std::string_view origin) const { return !origin.empty() && std::ranges::count(origins_, origin) > 0; }

bool Cors::preflight(const net::Request& request) const {
  return request.method == "OPTIONS" && !request.header("origin").empty() &&
         !request.header("access-control-request-method").empty();
}

void Cors::mark(const net::Request& request, net::Response& response) const {
  if (origins_.empty()) return;
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = request.header("origin");
  if (!knows(origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "Daybook-Position, ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id");
}

net::Response Cors::allow(const net::Request& request, const std::string& methods) const {
  net::Response response{.status = 204};
  response.headers.emplace_back("Allow", methods);
  mark(request, response);
  if (!knows(request.header("origin"))) return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", methods);
  response.headers.emplace_back(
      "Access-Control-Allow-Headers",
      "Authorization, Content-Type, Daybook-After, Daybook-Approval, Idempotency-Key, If-Match, If-None-Match, "
      "Last-Event-ID, traceparent");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace edge
