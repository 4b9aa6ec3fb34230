#include "edge/openapi.h"

#include <map>
#include <set>

#include "edge/tests/edge_kit.h"

// The document as a reader of it sees it: complete, closed, and the same each time.
namespace edge::test {
namespace {

using Members = std::map<std::string, base::Json>;

Members members(const std::string& json) {
  auto parsed = reflect::from_json<Members>(json);
  if (!parsed) throw std::runtime_error("no object: " + json.substr(0, 200));
  return *parsed;
}

struct Document : testing::Test {
  Desk desk;
  std::string text = desk.edge->openapi();
  Members root = members(text);  // throws where it is no JSON  // throws where it is no JSON
  std::map<std::string, Members> operations() {
    std::map<std::string, Members> all;
    for (const auto* part : {"paths", "webhooks"})
      for (const auto& [path, methods] : members(root[part]))
        for (const auto& [method, operation] : members(methods)) all[method + ' ' + path] = members(operation);
    return all;
  }
};

TEST_F(Document, IsOpenApi31) {
  EXPECT_EQ(root["openapi"], "\"3.1.0\"");
  EXPECT_EQ(reflect::member(root["info"], "version"), "9.9");
  EXPECT_EQ(reflect::member(root["info"], "x-diagnostics"), "false");
}

TEST_F(Document, HasEveryRouteAndEveryEvent) {
  const auto all = operations();
  for (const auto& route : desk.edge->router().routes()) {
    std::string method = route.method;
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    EXPECT_TRUE(all.contains(method + ' ' + route.path)) << route.path;
  }
  for (const auto& event : desk.daybook->registry().events())
    EXPECT_TRUE(all.contains("post " + std::string(event.type))) << event.type;
  EXPECT_TRUE(all.contains("get /api/v1/daybook/stream"));
}

TEST_F(Document, EveryOperationIsNamedOnceSummedUpAndAnswered) {
  std::set<std::string> ids;
  for (const auto& [name, operation] : operations()) {
    for (const auto* must : {"operationId", "summary", "responses"})
      EXPECT_TRUE(operation.contains(must)) << name << " lacks " << must;
    EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << name;
    EXPECT_FALSE(members(operation.at("responses")).empty()) << name;
  }
}

TEST_F(Document, EveryReferenceLeadsSomewhere) {
  const auto components = members(root["components"]);
  std::map<std::string, Members> parts;
  for (const auto& [name, part] : components) parts[name] = members(part);
  constexpr std::string_view mark = "\"$ref\":\"#/components/";
  int found = 0;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1), ++found) {
    const auto start = at + mark.size(), slash = text.find('/', start), end = text.find('"', start);
    const auto part = text.substr(start, slash - start), name = text.substr(slash + 1, end - slash - 1);
    EXPECT_TRUE(parts[part].contains(name)) << part << '/' << name;
  }
  EXPECT_GT(found, 20);
}

TEST_F(Document, EveryMemberOfAPathIsAParameter) {
  for (const auto& route : desk.edge->router().routes()) {
    std::string method = route.method;
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    const auto operation = operations()[method + ' ' + route.path];
    for (const auto* field : route.segments)
      EXPECT_NE(operation.at("parameters").find("{\"name\":\"" + std::string(field->name) + "\",\"in\":\"path\""),
                std::string::npos)
          << route.path;
  }
}

TEST_F(Document, EveryBodyHasAnExampleThatItsRouteTakes) {
  // Runnable: what the page prefills is accepted as it stands.
  const auto id = desk.create("A");
  const auto sent = [&](std::string_view route, const std::string& path) {
    const auto body = members(operations()[std::string(route)].at("requestBody"));
    const auto example = reflect::member(reflect::member(body.at("content"), "application/json"), "example");
    std::string method(route.substr(0, route.find(' ')));
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
    return desk.as_owner(method, path, example, {{"If-Match", "*"}});
  };
  EXPECT_EQ(sent("post /api/v1/things", "/api/v1/things").status, 201);
  EXPECT_EQ(sent("post /api/v1/makes", "/api/v1/makes").status, 201);
  EXPECT_EQ(sent("patch /api/v1/things/{id}", "/api/v1/things/" + id).status, 200);
  EXPECT_EQ(sent("post /api/v1/things/{id}/rename", "/api/v1/things/" + id + "/rename").status, 200);
  EXPECT_EQ(sent("delete /api/v1/things/{id}/scrap", "/api/v1/things/" + id + "/scrap").status, 200);
}

TEST_F(Document, NamesEveryProblemWithItsSentence) {
  for (const auto* code :
       {"things.too_loud", "auth.missing", "route.unknown", "idempotency.reused", "input.malformed", "list.cursor"})
    EXPECT_NE(root["x-problems"].find("{\"code\":\"" + std::string(code) + "\""), std::string::npos) << code;
  const auto shout = operations()["get /api/v1/things/{id}/shout"];
  EXPECT_NE(members(shout.at("responses")).at("409").find("things.too_loud"), std::string::npos);
}

TEST_F(Document, IsTheSameEachTime) {
  EXPECT_EQ(openapi(desk.daybook->registry(), desk.edge->router(), {.version = "9.9"}), text);
}

}  // namespace
}  // namespace edge::test
