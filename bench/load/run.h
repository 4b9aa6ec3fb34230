#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/load/options.h"

namespace load {

// What was seen while measuring; warm-up is left out, except for the ids.
struct Result {
  double seconds = 0;
  double cpu_seconds = 0;                   // of this process, user and system
  std::vector<std::uint32_t> latencies_us;  // from the first byte sent to the last byte received
  std::map<int, std::uint64_t> answers;     // by status
  std::uint64_t errors = 0;                 // connections that were refused, broke or spoke no HTTP
  std::string to_json();                    // sorts the latencies
};

// Keeps `connections` connections busy, each with one request at a time, from one thread. Throws std::system_error when
// the server cannot be reached at all.
Result run(const Options&);

}  // namespace load
