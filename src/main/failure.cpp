#include "main/failure.h"

namespace program {

std::string text_of(const base::Problem& problem) {
  std::string text = problem.detail.empty() ? std::string(problem.title) : problem.detail;
  for (auto& error : problem.errors)
    text += "\n  " + error.pointer + ": " + (error.detail.empty() ? std::string(error.code) : error.detail);
  return text;
}

}  // namespace program
