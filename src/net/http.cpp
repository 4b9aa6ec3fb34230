#include "net/http.h"

#include "net/ascii.h"
#include "net/problem.h"

namespace net {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [given, value] : headers)
    if (same_ignoring_case(given, name)) return value;
  return {};
}

Reply::~Reply() {
  if (target_) target_->answer(problem(500, "internal", "Internal error", "The request was not answered."));
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    Reply unanswered(std::move(*this));  // answers 500 if it still has somebody waiting
    target_ = std::move(other.target_);
  }
  return *this;
}

void Reply::operator()(Response response) && {
  if (const auto target = std::move(target_)) target->answer(std::move(response));
}

}  // namespace net
