#pragma once
#include <stdexcept>
#include <string>

#include "base/result.h"

// Why a command of the command line ends early. The text goes to standard error and says what to do.
namespace program {

enum class Exit : int { ok = 0, failed = 1, usage = 2, configuration = 3 };

struct Failure : std::runtime_error {
  Exit exit;
  explicit Failure(const std::string& what, Exit e = Exit::failed) : std::runtime_error(what), exit(e) {}
};

// "There is no such role. There is no role chef. /role: unknown" of a problem.
std::string text_of(const base::Problem&);
// The value, or a Failure with the problem's text behind `what`.
template <class T>
T must(base::Result<T> result, const std::string& what = {}) {
  if (!result) throw Failure((what.empty() ? "" : what + ": ") + text_of(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace program
