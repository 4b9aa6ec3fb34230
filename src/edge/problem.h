#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/registry.h"
#include "core/tx.h"
#include "net/http.h"

// What the pipeline itself refuses, and how any problem looks on the wire (RFC 9457).
namespace edge {

inline constexpr base::ProblemKind unknown_route{"route.unknown", 404, "There is no such route."};
inline constexpr base::ProblemKind wrong_method{"route.method", 405,
                                                "This route does not take this method; Allow lists those it takes."};
inline constexpr base::ProblemKind no_token{"auth.missing", 401, "This needs a token: Authorization: Bearer …"};
inline constexpr const base::ProblemKind& bad_token = core::bad_credentials;
inline constexpr base::ProblemKind media_type{"input.media_type", 415, "The body must be JSON, and say so in Content-Type."};
inline constexpr base::ProblemKind bad_key{"idempotency.malformed", 400,
                                           "An Idempotency-Key has 1 to 255 visible ASCII characters, bare or in quotes."};
inline constexpr base::ProblemKind bad_version{"version.malformed", 400, "If-Match takes one ETag as an answer gave it, or *."};
inline constexpr base::ProblemKind version_required{"version.required", 428,
                                                    "Say which version you saw: If-Match with the ETag of your last read."};
inline constexpr base::ProblemKind not_reached{"position.not_reached", 503,
                                               "The position in Daybook-After was not reached in time; try again in a moment."};

// Every kind that some route may answer, each once, ordered by code: the pipeline's, the kernel's and the modules'.
std::vector<const base::ProblemKind*> all_problems(const core::Registry&);
// Those that any route may answer besides the ones that it declares, by what kind of route it is.
std::vector<const base::ProblemKind*> general_problems(const core::Command&);
std::vector<const base::ProblemKind*> general_problems(const core::Operation&);

// application/problem+json: {"type":"/docs/problems#CODE","title","status","detail"?,"code","errors"?,"request_id", members…}.
// A 503 says when to come back, a 401 which scheme it wants.
net::Response problem_response(const base::Problem&, std::string_view request_id);

}  // namespace edge
