#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/daybook.h"
#include "edge/exchange.h"

// What is particular to operations that need no token (Operation::tenant_from): which business they are of, what a browser
// keeps as a cookie, and how often one address may fail.
namespace edge {

inline constexpr base::ProblemKind foreign_page{"auth.foreign_page", 403,
                                                "Sessions that are kept in a cookie are for pages of this server alone."};
inline constexpr base::ProblemKind too_many{"auth.too_many_attempts", 429,
                                            "Too many attempts; try again after the time in Retry-After."};
inline constexpr std::string_view cookie_name = "daybook_refresh", cookie_path = "/api/v1/auth";

// "kitchen", "dbr_kitchen.…" or "kitchen.…" -> "kitchen".
std::string_view business_named_by(std::string_view credential);
// The member that the operation keeps as a cookie: into the input, where the body leaves it out. Where the cookie is used or
// wanted, the request must come from a page of this very origin (Origin, Sec-Fetch-Site): auth.foreign_page.
base::Result<> take_cookie(Exchange&);
// Out of the answer again, into Set-Cookie; or the cookie's end, where its session is over.
void give_cookie(const Exchange&, net::Response&);

// Failures of an address (its network), over all businesses; what is counted in rows is the business's own. In memory: it only
// has to be dearer than what the rows allow.
class Failures {
 public:
  using Clock = std::chrono::steady_clock;
  base::Result<> admit(const std::string& peer, Clock::time_point now = Clock::now());
  void failed(const std::string& peer, Clock::time_point now = Clock::now());

 private:
  struct Bucket {
    std::int64_t failures = 0;
    Clock::time_point since{};  // up to when it has been emptied
  };
  static void drain(Bucket&, Clock::time_point now);
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace edge
