#include "edge/answer.h"

#include <algorithm>

#include "edge/manners.h"

namespace edge {

namespace {

// The path where the created thing is read: the request's own members, and its id for the one that is new.
std::string location(const Exchange& x, std::string_view id) {
  std::string out;
  std::string_view rest = x.route().created;
  for (std::size_t member = 0; !rest.empty();) {
    const auto open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    rest.remove_prefix(rest.find('}') + 1);
    out += rest.empty() || member >= x.match.segments.size() ? id : x.match.segments[member++];
  }
  return out;
}

std::string next_link(const Exchange& x, std::string_view cursor) {
  std::string link = "<" + x.request.path + '?';
  std::string_view rest = x.request.query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    if (const auto pair = rest.substr(0, end); !pair.empty() && !pair.starts_with("after=")) link.append(pair).append("&");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return link.append("after=").append(cursor).append(">; rel=\"next\"");
}

}  // namespace

std::string_view next_cursor(std::string_view page) {
  constexpr std::string_view name = "\"next_cursor\":\"";
  if (!page.ends_with("\"}")) return {};
  page.remove_suffix(2);
  const auto start = page.rfind(name);
  if (start == page.npos) return {};
  const auto cursor = page.substr(start + name.size());
  return cursor.find('"') == cursor.npos ? cursor : std::string_view();
}

net::Response response_of(const Exchange& x, core::Answer&& answer) {
  const auto& route = x.route();
  net::Response response{.status = answer.status};
  auto& headers = response.headers;
  headers.reserve(8);
  headers.emplace_back("Daybook-Position", answer.position.text());
  if (answer.version) {
    const auto etag = '"' + std::to_string(*answer.version) + '"';
    if (route.query && names_version(x.request.header("if-none-match"), *answer.version)) response.status = 304;
    headers.emplace_back("ETag", etag);
  }
  if (answer.replayed) headers.emplace_back("Idempotency-Replayed", "true");
  if (!route.created.empty() && !answer.id.empty()) headers.emplace_back("Location", location(x, answer.id));
  if (route.query && route.query->list)
    if (const auto cursor = next_cursor(answer.body); !cursor.empty()) headers.emplace_back("Link", next_link(x, cursor));
  if (response.status == 304) return response;
  headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(answer.body);
  return response;
}

}  // namespace edge
