#include "edge/problem.h"

#include <algorithm>
#include <map>

#include "core/daybook.h"
#include "core/log_routes.h"
#include "edge/stranger.h"
#include "reflect/json.h"

namespace edge {

namespace {

constexpr const base::ProblemKind* of_every_route[] = {
    &no_token,    &bad_token,        &core::forbidden,   &reflect::invalid, &core::bad_position, &core::foreign_epoch,
    &not_reached, &core::overloaded, &core::unavailable, &core::internal};
constexpr const base::ProblemKind* of_every_command[] = {
    &reflect::malformed, &media_type, &bad_key, &core::reused, &bad_version, &core::storage_full, &core::commit_unknown};
constexpr const base::ProblemKind* of_some[] = {&unknown_route,    &wrong_method, &core::identity_missing,
                                                &version_required, &core::stale,  &core::rebuilding,
                                                &core::not_found,  &too_many,     &foreign_page};

// What the server refuses before there is a request for the edge (net/problem.h): here for the documentation.
constexpr base::ProblemKind of_the_server[] = {
    {"http.malformed", 400, "This is no HTTP/1.1 request, or one that could be read in two ways."},
    {"http.plain", 400, "This port speaks HTTPS."},
    {"http.timeout", 408, "The request did not come within its time."},
    {"http.too_large", 413, "The body is too large."},
    {"http.expectation", 417, "Of Expect only 100-continue is known."},
    {"http.upgrade", 426, "This is a WebSocket: ask for the upgrade."},
    {"http.header_too_large", 431, "The request line and headers are too large."},
    {"http.overloaded", 503, "There are too many connections; try again in a moment."},
    {"http.version", 505, "HTTP/1.1 is spoken here."}};

struct Appended {
  std::string& out;
  void operator()(std::int64_t n) const { out += std::to_string(n); }
  void operator()(bool b) const { out += b ? "true" : "false"; }
  void operator()(const std::string& s) const { reflect::print_text(s, out); }
  void operator()(const std::vector<std::string>& list) const {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i) out += ',';
      reflect::print_text(list[i], out);
    }
    out += ']';
  }
};

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  reflect::print_text(text, out);
}

void append_errors(std::string& out, const std::vector<base::FieldError>& errors) {
  out += ",\"errors\":[";
  for (std::size_t i = 0; i < errors.size(); ++i) {
    out += i ? ",{\"pointer\":" : "{\"pointer\":";
    reflect::print_text(errors[i].pointer, out);
    append_member(out, "code", errors[i].code);
    append_member(out, "detail", errors[i].detail);
    out += '}';
  }
  out += ']';
}

// Seconds; those that the problem says itself, else one.
std::string retry_after(const base::Problem& problem) {
  for (const auto& [name, value] : problem.members)
    if (const auto* seconds = std::get_if<std::int64_t>(&value); name == "retry_after" && seconds)
      return std::to_string(*seconds);
  return "1";
}

}  // namespace

std::vector<const base::ProblemKind*> all_problems(const core::Registry& registry) {
  std::map<std::string_view, const base::ProblemKind*> by_code;
  for (const auto* kind : of_every_route) by_code.emplace(kind->code, kind);
  for (const auto* kind : of_every_command) by_code.emplace(kind->code, kind);
  for (const auto* kind : of_some) by_code.emplace(kind->code, kind);
  for (const auto& kind : of_the_server) by_code.emplace(kind.code, &kind);
  const auto add = [&](const core::Operation& operation) {
    for (const auto* kind : operation.rejects) by_code.emplace(kind->code, kind);
  };
  std::ranges::for_each(registry.commands(), add);
  std::ranges::for_each(registry.queries(), add);
  std::ranges::for_each(registry.procedures(), add);
  std::vector<const base::ProblemKind*> all;
  for (const auto& [code, kind] : by_code) all.push_back(kind);
  return all;
}

std::vector<const base::ProblemKind*> general_problems(const core::Operation& operation) {
  std::vector<const base::ProblemKind*> all(std::begin(of_every_route), std::end(of_every_route));
  if (!operation.projection.empty()) all.push_back(&core::rebuilding);
  return all;
}

std::vector<const base::ProblemKind*> general_problems(const core::Command& command) {
  auto all = general_problems(static_cast<const core::Operation&>(command));
  if (command.guessable) all.push_back(&too_many);
  if (!command.cookie.empty()) all.push_back(&foreign_page);
  all.insert(all.end(), std::begin(of_every_command), std::end(of_every_command));
  if (command.identity == core::Identity::demanded) all.push_back(&core::identity_missing);
  if (command.if_match == core::IfMatch::demanded) all.insert(all.end(), {&version_required, &core::stale});
  return all;
}

net::Response problem_response(const base::Problem& problem, std::string_view request_id) {
  net::Response response{.status = problem.status};
  auto& out = response.body;
  out.reserve(256 + problem.detail.size());
  out.append("{\"type\":\"/docs/problems#").append(problem.code).append("\"");
  append_member(out, "title", problem.title);
  out.append(",\"status\":").append(std::to_string(problem.status));
  append_member(out, "detail", problem.detail.empty() ? problem.title : std::string_view(problem.detail));
  append_member(out, "code", problem.code);
  if (!problem.errors.empty()) append_errors(out, problem.errors);
  append_member(out, "request_id", request_id);
  for (const auto& [name, value] : problem.members) {
    out += ',';
    reflect::print_text(name, out);
    out += ':';
    std::visit(Appended{out}, value);
  }
  out += '}';
  response.headers.reserve(6);
  response.headers.emplace_back("Content-Type", "application/problem+json");
  if (problem.status == 503 || problem.status == 429) response.headers.emplace_back("Retry-After", retry_after(problem));
  if (problem.status == 401)
    response.headers.emplace_back("WWW-Authenticate",
                                  problem.code == no_token.code ? "Bearer" : "Bearer error=\"invalid_token\"");
  return response;
}

}  // namespace edge
