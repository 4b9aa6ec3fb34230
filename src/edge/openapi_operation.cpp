#include "edge/openapi_operation.h"

#include <algorithm>
#include <map>
#include <vector>

#include "core/resource.h"
#include "edge/input.h"
#include "edge/problem.h"

namespace edge {

namespace {

using reflect::Direction;
using reflect::Field;

bool in_path(const Route& route, const Field& field) { return std::ranges::count(route.segments, &field) > 0; }

bool takes_key(const Route& route) { return route.command && route.command->identity != core::Identity::none; }

// The members that the body brings.
std::vector<const Field*> body_fields(const Route& route) {
  std::vector<const Field*> fields;
  if (route.method == "GET") return fields;
  for (const auto& field : route.input->fields)
    if (is_input(field) && !in_path(route, field)) fields.push_back(&field);
  return fields;
}

// A schema with a sentence: in JSON Schema 2020-12 one may stand beside a $ref.
std::string described(const Field& field, Schemas& used) {
  auto schema = reflect::schema(field.type(), Direction::input, used);
  if (field.summary.empty() || schema == "{}") return schema;
  JsonText j;
  j.open('{').text("description", field.summary);
  return j.take() + ',' + schema.substr(1);
}

void print_parameter(JsonText& j, std::string_view place, const Field& field, Schemas& used) {
  const bool required = place == "path" || !may_be_missing(field);
  j.open('{').text("name", field.name).text("in", place);
  if (!field.summary.empty()) j.text("description", field.summary);
  j.json("required", required ? "true" : "false")
      .json("schema", reflect::schema(field.type(), Direction::input, used))
      .close('}');
}

void print_filter(JsonText& j, const core::Resource& resource, std::string_view name) {
  const auto given = std::ranges::find(resource.defaults, name, [](const auto& pair) { return pair.first; });
  std::string sentence = "Only those with one of these values, comma-separated.";
  if (given != resource.defaults.end()) sentence += " Left out: " + std::string(given->second) + '.';
  j.open('{').text("name", name).text("in", "query").text("description", sentence).json("required", "false");
  j.json("schema", R"({"type":"string"})").close('}');
}

void print_parameters(JsonText& j, const Route& route, Schemas& used) {
  const auto header = [&](std::string_view name) {
    j.json(R"({"$ref":"#/components/parameters/)" + std::string(name) + "\"}");
  };
  j.open("parameters", '[');
  for (const auto* field : route.segments) print_parameter(j, "path", *field, used);
  if (route.method == "GET")
    for (const auto& field : route.input->fields)
      if (is_input(field) && !in_path(route, field)) print_parameter(j, "query", field, used);
  if (route.query && route.query->list && route.query->resource)
    for (const auto name : route.query->resource->filters) print_filter(j, *route.query->resource, name);
  if (takes_key(route)) header("IdempotencyKey");
  if (route.command && route.command->if_match == core::IfMatch::demanded) header("IfMatch");
  if (route.query && !route.query->list) header("IfNoneMatch");
  if (route.operation->tenant_from.empty()) header("DaybookAfter");
  j.close(']');
}

std::string body_example(const Route& route, const std::vector<const Field*>& fields) {
  if (!route.operation->example.empty()) return std::string(route.operation->example);
  if (route.operation->body == core::Body::raw)
    return route.command->body_type ? reflect::example(route.command->body_type(), Direction::patch) : "{}";
  std::string names;
  for (const auto* field : fields) names.append(names.empty() ? "" : ",").append(field->name);
  return reflect::only(reflect::example(*route.input, Direction::input), names);
}

std::string body_schema(const Route& route, const std::vector<const Field*>& fields, Schemas& used) {
  if (route.operation->body == core::Body::raw)
    return route.command->body_type ? reflect::schema(route.command->body_type(), Direction::patch, used)
                                    : R"({"type":"object"})";
  if (route.segments.empty()) return reflect::schema(*route.input, Direction::input, used);
  JsonText j;
  j.open('{').text("type", "object").open("properties", '{');
  for (const auto* field : fields) j.json(field->name, described(*field, used));
  j.close('}');
  if (!std::ranges::all_of(fields, [](const Field* f) { return may_be_missing(*f); })) {
    j.open("required", '[');
    for (const auto* field : fields)
      if (!may_be_missing(*field)) j.text(field->name);
    j.close(']');
  }
  return j.json("additionalProperties", "false").close('}').take();
}

void print_body(JsonText& j, const Route& route, Schemas& used) {
  const auto fields = body_fields(route);
  const bool raw = route.operation->body == core::Body::raw;
  if (fields.empty() && !raw) return;
  const bool required = raw || !std::ranges::all_of(fields, [](const Field* f) { return may_be_missing(*f); });
  j.open("requestBody", '{').json("required", required ? "true" : "false").open("content", '{');
  const auto content = [&](std::string_view type) {
    j.open(type, '{').json("schema", body_schema(route, fields, used)).json("example", body_example(route, fields)).close('}');
  };
  content("application/json");
  if (raw) content("application/merge-patch+json");
  j.close('}').close('}');
}

std::string success_schema(const Route& route, Schemas& used) {
  if (!route.output) return "{}";
  const auto schema = reflect::schema(*route.output, Direction::output, used);
  if (!route.query || !route.query->list) return schema;
  return R"({"type":"object","properties":{"data":{"type":"array","items":)" + schema +
         R"(},"next_cursor":{"type":["string","null"],"description":"`after` of the next page; null at the end."}},)"
         R"("required":["data","next_cursor"]})";
}

void print_success(JsonText& j, const Route& route, std::string_view status, std::string_view sentence, Schemas& used) {
  const auto header = [&](std::string_view name, std::string_view part) {
    j.json(name, R"({"$ref":"#/components/headers/)" + std::string(part) + "\"}");
  };
  j.open(status, '{').text("description", sentence).open("headers", '{');
  header("Daybook-Position", "DaybookPosition");
  if (route.output && route.output->kind == reflect::Kind::record && route.output->field("version") &&
      !(route.query && route.query->list))
    header("ETag", "ETag");
  if (!route.created.empty()) header("Location", "Location");
  if (takes_key(route)) header("Idempotency-Replayed", "IdempotencyReplayed");
  if (route.query && route.query->list) header("Link", "Link");
  j.close('}')
      .open("content", '{')
      .open("application/json", '{')
      .json("schema", success_schema(route, used))
      .close('}')
      .close('}')
      .close('}');
}

// Codes and sentences by status.
using Refusals = std::map<int, std::map<std::string_view, std::string_view>>;
Refusals refusals(const std::vector<const base::ProblemKind*>& kinds) {
  Refusals by_status;
  for (const auto* kind : kinds) by_status[kind->status].emplace(kind->code, kind->title);
  return by_status;
}
// What many operations share stands once, among the components.
struct SharedRefusals {
  std::string_view prefix;
  Refusals by_status;
};
const std::vector<SharedRefusals>& shared_refusals() {
  static const std::vector<SharedRefusals> shared = {{"Problem", refusals(general_problems(core::Operation{}))},
                                                     {"CommandProblem", refusals(general_problems(core::Command{}))}};
  return shared;
}

void print_refusal(JsonText& j, std::string_view key, const Refusals::mapped_type& problems) {
  std::string sentence;
  for (const auto& [code, title] : problems)
    sentence.append(sentence.empty() ? "`" : "\n\n`").append(code).append("` ").append(title);
  j.open(key, '{').text("description", sentence);
  j.json("content", R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})").close('}');
}

// One response a status, naming every kind of problem that it may stand for.
void print_refusals(JsonText& j, const Route& route) {
  auto kinds = route.command ? general_problems(*route.command) : general_problems(*route.operation);
  kinds.insert(kinds.end(), route.operation->rejects.begin(), route.operation->rejects.end());
  if (!route.segments.empty()) kinds.push_back(&core::not_found);
  for (const auto& [status, problems] : refusals(kinds)) {
    const auto number = std::to_string(status);
    const auto same = std::ranges::find_if(shared_refusals(), [&](const SharedRefusals& shared) {
      const auto there = shared.by_status.find(status);
      return there != shared.by_status.end() && there->second == problems;
    });
    if (same == shared_refusals().end())
      print_refusal(j, number, problems);
    else
      j.json(number, R"({"$ref":"#/components/responses/)" + std::string(same->prefix) + number + "\"}");
  }
}

std::string description(const Route& route) {
  const auto& operation = *route.operation;
  std::string text = !operation.tenant_from.empty() ? "Needs no token."
                     : operation.permission.empty() ? "Needs a token."
                                                    : "Needs the permission `" + std::string(operation.permission) + "`.";
  if (operation.identity == core::Identity::demanded)
    text += " Give the thing an `id` of yours or send an `Idempotency-Key`: a retry then cannot do it twice.";
  if (operation.if_match == core::IfMatch::demanded) text += " Demands `If-Match` with the version that was seen.";
  if (route.query && route.query->waits)
    text += " With `wait` the answer comes as soon as there is something, or empty when the time is over.";
  return text;
}

}  // namespace

void print_operation(JsonText& j, const Route& route, std::string_view section, Schemas& used) {
  const auto& operation = *route.operation;
  std::string method = route.method;
  std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  j.open(method, '{')
      .text("operationId", operation.name)
      .text("summary", operation.summary)
      .text("description", description(route));
  j.open("tags", '[').text(section).close(']');
  if (!operation.permission.empty()) j.text("x-permission", operation.permission);
  j.json("security", operation.tenant_from.empty() ? R"([{"bearer":[]}])" : "[]");
  print_parameters(j, route, used);
  print_body(j, route, used);
  j.open("responses", '{');
  const bool creates = operation.creates == core::Creates::resource;
  if (creates) print_success(j, route, "201", "It was created.", used);
  print_success(j, route, "200", creates ? "It was there already, from the same request before." : "Done.", used);
  print_refusals(j, route);
  j.close('}').close('}');
}

std::string_view problem_schema() {
  return R"({"title":"Problem","description":"RFC 9457; some kinds have members of their own besides these.","type":"object",)"
         R"("properties":{"type":{"type":"string","format":"uri-reference","description":"Where the kind is described."},)"
         R"("title":{"type":"string","description":"The kind's sentence."},"status":{"type":"integer"},)"
         R"("detail":{"type":"string","description":"This occurrence, for people."},)"
         R"("code":{"type":"string","description":"Stable: what programs look at."},)"
         R"("errors":{"type":"array","items":{"type":"object","properties":{)"
         R"("pointer":{"type":"string","description":"RFC 6901"},"code":{"type":"string"},"detail":{"type":"string"}},)"
         R"("required":["pointer","code","detail"]}},)"
         R"("request_id":{"type":"string"}},"required":["type","title","status","code","request_id"]})";
}

namespace {

struct AskedHeader {
  std::string_view part, name, sentence;
  std::string_view required = "false";
};
constexpr AskedHeader asked_headers[] = {
    {"IdempotencyKey", "Idempotency-Key",
     "1 to 255 visible ASCII characters, new for each thing you want done. The same key and content again gives the same "
     "answer and does nothing."},
    {"IfMatch", "If-Match", "The ETag of your last read, or *.", "true"},
    {"IfNoneMatch", "If-None-Match", "An ETag: 304 while it is still that version."},
    {"DaybookAfter", "Daybook-After", "epoch:seq of an answer before: this one is at least that new."},
};
struct AnsweredHeader {
  std::string_view part, sentence;
};
constexpr AnsweredHeader answered_headers[] = {
    {"DaybookPosition", "epoch:seq that this answer shows."},
    {"ETag", "The version, in quotes."},
    {"Location", "Where it is read."},
    {"Link", "rel=\"next\": the next page."},
    {"IdempotencyReplayed", "true: this was done by an earlier request with the same id or key."},
};
constexpr std::string_view any_text = R"({"type":"string"})";

}  // namespace

void print_shared_parts(JsonText& j) {
  j.open("parameters", '{');
  for (const auto& header : asked_headers) {
    j.open(header.part, '{').text("name", header.name).text("in", "header").json("required", header.required);
    j.text("description", header.sentence).json("schema", any_text).close('}');
  }
  j.close('}').open("headers", '{');
  for (const auto& header : answered_headers)
    j.open(header.part, '{').text("description", header.sentence).json("schema", any_text).close('}');
  j.close('}').open("responses", '{').open("Problem", '{').text("description", "A problem.");
  j.json("content", R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})").close('}');
  for (const auto& shared : shared_refusals())
    for (const auto& [status, problems] : shared.by_status)
      print_refusal(j, std::string(shared.prefix) + std::to_string(status), problems);
  j.close('}').open("securitySchemes", '{').open("bearer", '{').text("type", "http").text("scheme", "bearer");
  j.text("description", "A token made by `daybook token`.").close('}').close('}');
}

}  // namespace edge
