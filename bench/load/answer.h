#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace load {

struct Answer {
  int status = 0;
  std::size_t size = 0;  // bytes of the received text that belong to it
  bool keep_alive = true;
};

struct BadAnswer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The first HTTP/1.1 answer in `received`, once it is whole: Content-Length, chunked, or a status without a body.
// Throws BadAnswer for what is no HTTP.
std::optional<Answer> first_answer(std::string_view received);

}  // namespace load
