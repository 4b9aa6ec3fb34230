#pragma once
#include "edge/exchange.h"

namespace edge {

// The response of an operation that succeeded: status, Location, ETag, Link, Idempotency-Replayed, Daybook-Position; 304 where
// If-None-Match names the version. The body is moved out of the answer.
net::Response response_of(const Exchange&, core::Answer&&);

// "next_cursor" of a printed page, without reading the page; "" at the end.
std::string_view next_cursor(std::string_view page);

}  // namespace edge
