#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/tx.h"

// What single headers of a request say.
namespace edge {

// Idempotency-Key: bare or quoted, 1 to 255 visible ASCII characters; "" when the header is absent. idempotency.malformed.
base::Result<std::string> read_key(std::string_view header);
// If-Match: *, "5" or 5, into the request; nothing when absent. version.malformed.
base::Result<> read_if_match(std::string_view header, core::Request&);
// If-None-Match: does one of its ETags name this version?
bool names_version(std::string_view if_none_match, std::int64_t version);
// The trace id of a W3C traceparent, or a new one: 32 lower-case hexadecimal digits.
std::string trace_id(std::string_view traceparent);
// Is this Content-Type JSON (with `patch`: or a merge patch), in UTF-8?
enum class Bodies : std::uint8_t { json, json_or_patch };
bool takes_content_type(std::string_view content_type, Bodies);

}  // namespace edge
