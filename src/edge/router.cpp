#include "edge/router.h"

#include <algorithm>
#include <stdexcept>

namespace edge {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "/a/b" -> "a", leaving "/b".
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

template <class Op>
Route route_of(const Op& operation) {
  const auto space = operation.route.find(' ');
  if (space == operation.route.npos)
    throw std::logic_error("the route of " + std::string(operation.name) + " is no \"METHOD /path\"");
  return {.method = std::string(operation.route.substr(0, space)),
          .path = std::string(api_root) + std::string(operation.route.substr(space + 1)),
          .operation = &operation,
          .input = &operation.input(),
          .output = operation.output};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, Decode how) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && how == Decode::query) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1,
                low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Router::Router(const core::Registry& registry) {
  for (const auto& command : registry.commands())
    if (!command.route.empty()) {
      auto route = route_of(command);
      route.command = &command;
      add(std::move(route));
    }
  for (const auto& query : registry.queries())
    if (!query.route.empty()) {
      auto route = route_of(query);
      route.query = &query;
      add(std::move(route));
    }
  for (const auto& procedure : registry.procedures())
    if (!procedure.route.empty()) {
      auto route = route_of(procedure);
      route.procedure = &procedure;
      add(std::move(route));
    }
  name_creations();
}

void Router::add(Route route) {
  const auto fail = [&](std::string_view why) {
    throw std::logic_error(route.method + ' ' + route.path + ": " + std::string(why));
  };
  const auto method = std::ranges::find(methods, route.method);
  if (method == methods.end()) fail("the method must be GET, POST, PATCH, PUT or DELETE");
  if (route.input->fields.size() > 64) fail("an input has at most 64 members");
  auto* node = &root_;
  for (std::string_view rest = route.path; !rest.empty();) {
    const auto segment = next_segment(rest);
    if (segment.starts_with('{') && segment.ends_with('}')) {
      const auto* field = route.input->field(segment.substr(1, segment.size() - 2));
      if (!field) fail("the input has no member " + std::string(segment));
      route.segments.push_back(field);
      if (!node->member) node->member = std::make_unique<Node>();
      node = node->member.get();
    } else {
      auto& child = node->literal[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  auto& place = node->routes[static_cast<std::size_t>(method - methods.begin())];
  if (place) fail("is the same as " + place->path);
  route.number = routes_.size();
  place = &routes_.emplace_back(std::move(route));
}

// What POST /orders creates is read at GET /orders/{id}; what POST /orders/{id}/payments creates there, or at /payments/{id}.
void Router::name_creations() {
  const auto readable = [&](const std::string& collection) {
    return std::ranges::find_if(routes_, [&](const Route& r) {
      return r.query && r.path.starts_with(collection + "/{") && r.path.find('/', collection.size() + 1) == r.path.npos;
    });
  };
  for (auto& route : routes_) {
    if (!route.command || route.command->creates != core::Creates::resource) continue;
    auto found = readable(route.path);
    if (found == routes_.end()) found = readable(std::string(api_root) + route.path.substr(route.path.rfind('/')));
    if (found != routes_.end()) route.created = found->path;
  }
}

bool Router::walk(const Node& node, std::string_view rest, std::optional<std::size_t> method, Match& match,
                  std::uint32_t& allowed) const {
  if (rest.empty()) {
    for (std::size_t m = 0; m < methods.size(); ++m)
      if (node.routes[m]) allowed |= 1u << m;
    if (!method || !node.routes[*method]) return false;
    match.route = node.routes[*method];
    return true;
  }
  const auto segment = next_segment(rest);
  if (const auto child = node.literal.find(segment); child != node.literal.end())
    if (walk(*child->second, rest, method, match, allowed)) return true;
  if (!node.member || segment.empty()) return false;
  match.segments.push_back(segment);
  if (walk(*node.member, rest, method, match, allowed)) return true;
  match.segments.pop_back();
  return false;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::optional<std::size_t> index;
  if (const auto m = std::ranges::find(methods, method == "HEAD" ? "GET" : method); m != methods.end())
    index = static_cast<std::size_t>(m - methods.begin());
  std::uint32_t allowed = 0;
  if (walk(root_, path, index, match, allowed) || !allowed) return match;
  for (std::size_t m = 0; m < methods.size(); ++m)
    if (allowed & (1u << m)) match.allow += std::string(methods[m]) + (m == 0 ? ", HEAD, " : ", ");
  match.allow += "OPTIONS";
  return match;
}

}  // namespace edge
