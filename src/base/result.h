#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace base {

// One thing wrong with one member of the input: where (RFC 6901), what (stable code), and a sentence.
struct FieldError {
  std::string pointer;
  std::string_view code;  // static storage: "missing", "unknown", "type", "length", "range", "format", "fixed", "duplicate"
  std::string detail;
};

// A typed member of a problem beyond prose: what a client can act on ("allowed": ["open"]).
using ProblemValue = std::variant<std::int64_t, bool, std::string, std::vector<std::string>>;

// What a well-behaved client may see; RFC 9457 on the wire. Everything else is an exception.
struct Problem {
  std::string_view code;    // stable, documented, static storage: "orders.sold_out"
  int status = 409;         // HTTP status
  std::string_view title;   // the kind's sentence, static storage
  std::string detail = {};  // this occurrence, for people; never parsed
  std::vector<FieldError> errors = {};
  std::vector<std::pair<std::string, ProblemValue>> members = {};

  Problem& with(std::string name, ProblemValue value) & {
    return members.emplace_back(std::move(name), std::move(value)), *this;
  }
  Problem&& with(std::string name, ProblemValue value) && { return std::move(with(std::move(name), std::move(value))); }
  Problem&& at(std::string pointer, std::string_view error_code, std::string sentence) && {
    errors.push_back({std::move(pointer), error_code, std::move(sentence)});
    return std::move(*this);
  }
};

template <class T = void>
using Result = std::expected<T, Problem>;

// A declared kind of problem: `return sold_out("Margherita is sold out.");`
// or, with members: `return std::unexpected(illegal.problem("…").with("from", "open"));`
struct ProblemKind {
  std::string_view code;
  int status;
  std::string_view title;
  [[nodiscard]] Problem problem(std::string detail = {}) const {
    return {.code = code, .status = status, .title = title, .detail = std::move(detail)};
  }
  [[nodiscard]] std::unexpected<Problem> operator()(std::string detail = {}) const {
    return std::unexpected(problem(std::move(detail)));
  }
};

// Several problems of one input, told as one: what was written wrongly (422) leads, and every offending member is listed.
class Problems {
 public:
  void add(Problem problem) {
    if (!told_) {
      told_ = std::move(problem);
      return;
    }
    if (told_->status != 422 && problem.status == 422) std::swap(*told_, problem);
    for (auto& error : problem.errors) told_->errors.push_back(std::move(error));
  }
  void add(Result<> result) {
    if (!result) add(std::move(result).error());
  }
  [[nodiscard]] Result<> result() && {
    if (!told_) return {};
    return std::unexpected(*std::move(told_));
  }

 private:
  std::optional<Problem> told_;
};

}  // namespace base

// The value of a Result, or return its problem to the caller. Not inside a coroutine (g++ 12).
// The counter gives each use its own name, so that one TRY may stand inside another.
#define TRY(expression) DAYBOOK_TRY(expression, DAYBOOK_JOIN(try_result_, __COUNTER__))
#define DAYBOOK_JOIN(a, b) DAYBOOK_JOIN_EXPANDED(a, b)
#define DAYBOOK_JOIN_EXPANDED(a, b) a##b
#define DAYBOOK_TRY(expression, result)                                       \
  __extension__({                                                             \
    auto&& result = (expression);                                             \
    if (!result) [[unlikely]]                                                 \
      return std::unexpected(std::forward<decltype(result)>(result).error()); \
    *std::forward<decltype(result)>(result);                                  \
  })
