#pragma once
#include <string_view>

#include "net/http.h"

namespace net {

// A problem that the server itself answers, before any route: `application/problem+json` (RFC 9457) with
// {"type":"about:blank","title","status","detail","code"}. The texts may be any UTF-8; they are escaped here.
// Codes in use: http.malformed 400, http.timeout 408, http.too_large 413, http.expectation 417, http.upgrade 426,
// http.header_too_large 431, internal 500, http.overloaded 503, http.version 505.
Response problem(int status, std::string_view code, std::string_view title, std::string_view detail);

}  // namespace net
