#include "edge/openapi.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "edge/openapi_operation.h"
#include "edge/problem.h"

namespace edge {

namespace {

std::string_view section_of(const core::Registry& registry, const core::Operation& operation) {
  return operation.section.empty() ? registry.module_of(operation) : operation.section;
}

void print_info(JsonText& j, const DocumentOptions& options) {
  j.open("info", '{').text("title", "Daybook").text("version", options.version);
  j.text("summary", "The real-time back office of shops and restaurants.");
  j.text(
      "description",
      "Every change is an event in the daybook, written with the change itself. Each answer says where the log stood "
      "(`Daybook-Position`); each request may ask for data at least that new (`Daybook-After`). Creating twice with the same "
      "id or `Idempotency-Key` creates once. Changes demand the version that was seen (`If-Match`). Problems are RFC 9457.");
  j.text("x-problem-page", "/docs/problems").json("x-diagnostics", options.diagnostics ? "true" : "false").close('}');
}

// A section is a heading of the page; its sentence is its module's where only one module stands under it.
void print_tags(JsonText& j, const core::Registry& registry, const Router& router) {
  std::map<std::string_view, std::string_view> sections;
  for (const auto& route : router.routes()) {
    const auto section = section_of(registry, *route.operation);
    const auto module = registry.module_of(*route.operation);
    const auto found = std::ranges::find(registry.modules(), module, [](const core::Module* m) { return m->name; });
    sections.emplace(section, section == module && found != registry.modules().end() ? (*found)->summary : std::string_view());
  }
  j.open("tags", '[');
  for (const auto& [name, summary] : sections) {
    j.open('{').text("name", name);
    if (!summary.empty()) j.text("description", summary);
    j.close('}');
  }
  j.close(']');
}

void print_stream(JsonText& j) {
  j.open("/api/v1/daybook/stream", '{')
      .open("get", '{')
      .text("operationId", "daybook.stream")
      .text("summary", "Entries of the log as they are written (Server-Sent Events)");
  j.text(
      "description",
      "Each event's `id` is `epoch:seq`: send it back as `Last-Event-ID` (or `?after=`) and nothing is missed and nothing "
      "comes "
      "twice. Browsers read it with `fetch`, since EventSource sends no Authorization. Needs the permission `daybook.read`.");
  j.json("tags", "[\"daybook\"]").text("x-permission", "daybook.read").json("security", "[{\"bearer\":[]}]");
  j.open("parameters", '[');
  j.json(R"({"name":"after","in":"query","description":"epoch:seq or a seq; the entries behind it. Left out: from now on.",)"
         R"("schema":{"type":"string"}})");
  j.json(R"({"name":"types","in":"query","description":"Comma-separated types; `*` at the end matches any rest.",)"
         R"("schema":{"type":"string"}})");
  j.json(R"({"name":"Last-Event-ID","in":"header","description":"The last `id` seen.","schema":{"type":"string"}})").close(']');
  j.open("responses", '{');
  j.json("200", R"({"description":"A stream without an end.","content":{"text/event-stream":{"schema":{"type":"string"}}}})");
  j.json("default", R"({"$ref":"#/components/responses/Problem"})").close('}').close('}').close('}');
}

void print_paths(JsonText& j, const core::Registry& registry, const Router& router, Schemas& used) {
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const auto& route : router.routes()) paths[route.path].push_back(&route);
  j.open("paths", '{');
  for (auto& [path, routes] : paths) {
    j.open(path, '{');
    for (const auto* route : routes) print_operation(j, *route, section_of(registry, *route->operation), used);
    j.close('}');
  }
  print_stream(j);
  j.close('}');
}

// What a subscriber gets for an event: the entry of the log, with the subject's own form where a resource declares it.
void print_webhooks(JsonText& j, const core::Registry& registry, Schemas& used) {
  std::map<std::string_view, const core::EventKind*> events;
  for (const auto& event : registry.events()) events.emplace(event.type, &event);
  const auto entry = reflect::schema(reflect::type_of<core::LogEntry>(), reflect::Direction::output, used);
  j.open("webhooks", '{');
  for (const auto& [type, event] : events) {
    const auto* resource = registry.resource(event->subject());
    const bool deleted = type.ends_with(".deleted");
    std::string data = R"({"type":"object"})";
    if (deleted)
      data = reflect::schema(reflect::type_of<core::Deleted>(), reflect::Direction::output, used);
    else if (resource)
      data = reflect::schema(resource->type(), reflect::Direction::output, used);
    j.open(type, '{').open("post", '{').text("operationId", "event." + std::string(type)).text("summary", event->summary);
    j.json("tags", "[\"events\"]").json("x-version", std::to_string(event->version)).json("security", "[]");
    j.open("requestBody", '{')
        .open("content", '{')
        .open("application/json", '{')
        .open("schema", '{')
        .open("allOf", '[')
        .json(entry);
    j.open('{')
        .text("type", "object")
        .open("properties", '{')
        .open("type", '{')
        .text("const", type)
        .close('}')
        .json("data", data)
        .close('}')
        .close('}');
    j.close(']').close('}').close('}').close('}').close('}');
    j.open("responses", '{').json("2XX", R"({"description":"Taken."})").close('}').close('}').close('}');
  }
  j.close('}');
}

// Definitions name others, which are added until none is new; printed in the order of their names.
void print_schemas(JsonText& j, Schemas& used) {
  std::map<std::string, std::pair<reflect::NamedSchema, std::string>> definitions;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& named : Schemas(used)) {
      const auto name = reflect::schema_name(named);
      if (const auto there = definitions.find(name); there != definitions.end()) {
        if (there->second.first.type != named.type)
          throw std::logic_error("two records are both called " + name + " in the documentation: rename one");
        continue;
      }
      definitions.emplace(name, std::pair(named, reflect::schema_definition(named, used)));
      grown = true;
    }
  }
  j.open("schemas", '{');
  for (const auto& [name, definition] : definitions) j.json(name, definition.second);
  j.json("Problem", problem_schema()).close('}');
}

void print_problems(JsonText& j, const core::Registry& registry) {
  j.open("x-problems", '[');
  for (const auto* kind : all_problems(registry))
    j.open('{').text("code", kind->code).json("status", std::to_string(kind->status)).text("title", kind->title).close('}');
  j.close(']');
}

}  // namespace

std::string openapi(const core::Registry& registry, const Router& router, const DocumentOptions& options) {
  Schemas used;
  JsonText j;
  j.open('{').text("openapi", "3.1.0").text("jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema");
  print_info(j, options);
  j.json("servers", R"([{"url":"/"}])");
  print_tags(j, registry, router);
  print_paths(j, registry, router, used);
  print_webhooks(j, registry, used);
  j.open("components", '{');
  print_schemas(j, used);
  print_shared_parts(j);
  j.close('}');
  print_problems(j, registry);
  return j.close('}').take();
}

}  // namespace edge
