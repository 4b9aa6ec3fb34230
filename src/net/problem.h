#pragma once
#include <string_view>

#include "net/http.h"

namespace net {

// A problem that the server itself answers, before any route: `application/problem+json` (RFC 9457) with
// {"type":"/docs/problems#CODE","title","status","detail","code","request_id"}. Any UTF-8 may come in; it is escaped here.
// Codes in use: http.malformed 400, http.plain 400, http.timeout 408, http.too_large 413, http.expectation 417, http.upgrade
// 426, http.header_too_large 431, internal 500, http.overloaded 503, http.version 505.
Response problem(int status, std::string_view code, std::string_view title, std::string_view detail);

}  // namespace net
