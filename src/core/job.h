#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reflect/json.h"

namespace core {

class Outside;
class Tx;
struct Actor;

// What a job's work sees. `key` is stable over retries: give it to the other side as its idempotency key.
struct JobRun {
  std::string id, key, input;
  std::int64_t attempt = 1;
};

// Work outside any transaction, at least once, leased and retried with back-off, then settled by a command.
struct JobKind {
  std::string_view name, summary;
  std::int64_t attempts = 8;  // then it is `failed`, visible, and can be retried by hand
  std::chrono::seconds lease{60};
  std::chrono::seconds first_retry{5};                                   // doubled each time, at most an hour
  base::Result<std::string> (*work)(const JobRun&, Outside&) = nullptr;  // -> outcome JSON
  base::Result<> (*settle)(Tx&, const JobRun&, const base::Result<std::string>& outcome) = nullptr;  // may be null
};

}  // namespace core
