#pragma once
#include <string>
#include <string_view>

#include "core/event.h"
#include "edge/live_entry.h"

// Server-Sent Events (WHATWG HTML §9.2): what stands on the wire.
namespace edge {

// id: epoch:seq, event: its type, data: print_event.
Parts sse_event(const core::Event&, std::string_view actor_name);
// An event without an entry: the position has moved to `seq`, past what the filter left out. data: {"seq","live"}.
std::string sse_mark(std::string_view epoch, std::int64_t seq, bool live);
// The entries behind the position no longer exist: read the lists again. data: {"reason","seq"}; the stream ends.
std::string sse_sync_required(std::string_view reason, std::int64_t seq);
inline constexpr std::string_view sse_heartbeat = ": still here\n\n";

}  // namespace edge
