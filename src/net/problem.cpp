#include "net/problem.h"

#include "base/crypto.h"

namespace net {
namespace {

// Hand-written because this floor lies below reflect, which owns JSON.
void append_member(std::string& out, std::string_view name, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.append(",\"").append(name).append("\":\"");
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append({'\\', 'u', '0', '0', hex[static_cast<std::size_t>(c >> 4)], hex[static_cast<std::size_t>(c & 15)]});
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace

Response problem(int status, std::string_view code, std::string_view title, std::string_view detail) {
  const auto request_id = base::hex(base::random_bytes(16));
  Response response{
      .status = status, .headers = {{"Content-Type", "application/problem+json"}, {"X-Request-Id", request_id}}, .body = {}};
  std::string& body = response.body;
  body.append(R"({"type":"/docs/problems#)").append(code).append("\"");
  append_member(body, "title", title);
  body.append(",\"status\":").append(std::to_string(status));
  append_member(body, "detail", detail);
  append_member(body, "code", code);
  append_member(body, "request_id", request_id);
  body.push_back('}');
  return response;
}

}  // namespace net
