#include "edge/live_request.h"

#include <algorithm>

#include "core/log_routes.h"
#include "edge/router.h"
#include "reflect/json.h"

namespace edge {

namespace {

constexpr std::size_t longest_types = 1000;

base::Result<core::Position> position_of(std::string_view text, std::string_view pointer) {
  const auto position = core::Position::parse(text);
  if (text.size() > 64 || !position)
    return std::unexpected(
        core::bad_position.problem().at(std::string(pointer), "format", "a seq, or epoch:seq as Daybook-Position gives it"));
  return *position;
}

enum class Types : std::uint8_t { allowed, unknown };

base::Result<Wanted> read_query(std::string_view query, Types types) {
  Wanted wanted;
  auto problem = reflect::invalid.problem();
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = percent_decoded(pair.substr(0, equals), Decode::query);
    const auto value = percent_decoded(equals == pair.npos ? std::string_view{} : pair.substr(equals + 1), Decode::query);
    const auto pointer = '/' + name.value_or(std::string(pair.substr(0, equals)));
    if (!name || !value)
      problem.errors.push_back({pointer, "format", "is not percent-encoded"});
    else if (*name == "after")
      wanted.after = TRY(position_of(*value, "/after"));
    else if (*name == "types" && types == Types::allowed && value->size() <= longest_types)
      wanted.types = *value;
    else if (*name == "types" && types == Types::allowed)
      problem.errors.push_back({pointer, "length", "has at most 1000 characters"});
    else
      problem.errors.push_back({pointer, "unknown", "is not a parameter here"});
  }
  if (!problem.errors.empty()) return std::unexpected(std::move(problem));
  return wanted;
}

}  // namespace

base::Result<Wanted> read_stream_request(const net::Request& request) {
  auto wanted = TRY(read_query(request.query, Types::allowed));
  if (const auto last = request.header("Last-Event-ID"); !last.empty()) wanted.after = TRY(position_of(last, "/after"));
  return wanted;
}

base::Result<Wanted> read_socket_request(const net::Request& request) { return read_query(request.query, Types::unknown); }

std::optional<std::string> bearer_of(const net::Request& request) {
  const auto header = request.header("Authorization");
  if (header.empty()) return std::nullopt;
  constexpr std::string_view scheme = "bearer ";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  if (header.size() <= scheme.size() || !std::ranges::equal(header.substr(0, scheme.size()), scheme, same))
    return std::string();
  const auto start = header.find_first_not_of(' ', scheme.size());
  return start == header.npos ? std::string() : std::string(header.substr(start));
}

}  // namespace edge
