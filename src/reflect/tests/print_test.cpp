#include <gtest/gtest.h>

#include "base/crypto.h"
#include "reflect/tests/sample.h"

namespace {

using reflect::changes, reflect::from_json, reflect::join, reflect::Part, reflect::to_json, reflect::type_of;
using sample::Everything, sample::Order, sample::parsed;

std::string json_text(std::string_view text) {
  std::string out;
  reflect::print_text(text, out);
  return out;
}

const std::string_view everything =
    R"({"yes":true,"number":-9223372036854775808,"count":999,"text":"a \"quoted\" \\ é 🍕\n","bounded":"äöüß",)"
    R"("id":"ord_01jx0000000000000000000abc","state":"closed","quantity":"0.75","rate":"0.0825","bytes":"00ff",)"
    R"("json":{"a":[1,2.50,1e400,null]},)"
    R"("money":{"amount":-1029,"currency":"GBP"},"currency":"POINTS",)"
    R"("instant":"2025-10-10T22:15:00.123Z","date":"2025-11-01","wall":"09:30",)"
    R"("zone":"Europe/Berlin","list":[1,-2,3],"bounded_list":["open","closed"],"map":{"":0,"a/b":1,"é":2},"optional":"there"})";

TEST(Print, EveryKindComesBackAsItWas) {
  EXPECT_EQ(to_json(from_json<Everything>(everything).value()), everything);
  EXPECT_EQ(to_json(parsed<Everything>(everything)), everything);
}
TEST(Print, EmptyValuesHaveAForm) {
  const Everything nothing;
  const auto text = to_json(nothing);
  EXPECT_NE(text.find(R"("quantity":0,"rate":"0","bytes":"","json":null,"money":{"amount":0,"currency":""},"currency":"",)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("list":[],"bounded_list":["open"],"map":{},"optional":null})"), std::string::npos) << text;
  EXPECT_EQ(to_json(parsed<Everything>(text)), text);
}
TEST(Print, EscapesWhatJsonDemandsAndNothingElse) {
  EXPECT_EQ(json_text(""), R"("")");
  EXPECT_EQ(json_text("\x01\x1f\b\f\n\r\t\"\\/\x7f"), "\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\x7f\"");
  for (std::size_t at = 0; at < 20; ++at)  // wherever it stands in a word of eight bytes
    for (char c : {'"', '\\', '\n', '\0'}) {
      std::string text(20, 'x');
      text[at] = c;
      const auto printed = json_text(text);
      const auto back = from_json<base::Text<0, 99>>(printed);
      EXPECT_EQ(back.has_value(), c != '\0') << printed;
      if (back) {
        EXPECT_EQ(*back, text);
      }
      EXPECT_EQ(printed.find(c == '\n' ? "\\n" : c == '\0' ? "\\u0000" : c == '"' ? "\\\"" : "\\\\"), at + 1);
    }
  std::string high;
  for (int i = 0x80; i < 0x800; ++i) {
    high += static_cast<char>(0xc0 | i >> 6);
    high += static_cast<char>(0x80 | (i & 0x3f));
  }
  EXPECT_EQ(json_text(high), '"' + high + '"');
}
TEST(Print, LeavesSecretAndHiddenOut) {
  Order order;
  order.pin = order.internal = "nobody sees this";
  EXPECT_EQ(to_json(order).find("nobody"), std::string::npos);
  EXPECT_EQ(to_json(order).find("\"pin\""), std::string::npos);
}

Order somebody() {
  return parsed<Order>(
      R"({"id":"ord_01jx0000000000000000000abc","customer":{"name":"Ada","phone":"123","address":{"street":"Main St 1"},
    "visits":3},"remark":"no \"nuts\"","allergies":["nuts"],"lines":[{"quantity":1}],"total":{"amount":5,"currency":"EUR"}})");
}
TEST(Personal, TheOpenPartHasTheSameMembersWithoutContent) {
  const auto open = to_json(somebody(), Part::open);
  EXPECT_EQ(
      open,
      R"({"id":"ord_01jx0000000000000000000abc","state":"open","customer":{"name":"","phone":null,"address":null,"visits":3},)"
      R"("remark":"","allergies":[],"lines":[{"id":"lin_00000000000000000000000000","quantity":1,"note":null}],"by_seat":{},)"
      R"("total":{"amount":5,"currency":"EUR"},"covers":2,"version":1,"opened_as":"ord_00000000000000000000000000"})");
}
TEST(Personal, ThePersonalPartHasOnlyWhatIsThere) {
  EXPECT_EQ(to_json(somebody(), Part::personal),
            R"({"customer":{"name":"Ada","phone":"123","address":{"street":"Main St 1","city":null}},)"
            R"("remark":"no \"nuts\"","allergies":["nuts"]})");
  EXPECT_EQ(to_json(Order(), Part::personal), "");
  Order order;
  order.customer.emplace();
  EXPECT_EQ(to_json(order, Part::personal), "");
  order.customer->phone = std::string("1");
  EXPECT_EQ(to_json(order, Part::personal), R"({"customer":{"phone":"1"}})");
}
TEST(Personal, BothPartsJoinBackToTheWhole) {
  auto order = somebody();
  EXPECT_EQ(join(to_json(order, Part::open), to_json(order, Part::personal)), to_json(order));
  order.customer->phone.reset();
  EXPECT_EQ(join(to_json(order, Part::open), to_json(order, Part::personal)), to_json(order));
  order.customer.reset();
  EXPECT_EQ(join(to_json(order, Part::open), to_json(order, Part::personal)), to_json(order));
  EXPECT_EQ(join(to_json(order, Part::open), ""), to_json(order, Part::open));
}
TEST(Personal, AnOpenPartIsReadAsStoredData) {
  const auto erased = parsed<Order>(to_json(somebody(), Part::open));
  EXPECT_EQ(erased.customer->name, "");
  EXPECT_FALSE(erased.customer->phone);
  EXPECT_EQ(erased.customer->visits, 3);
}
TEST(Personal, IsDeclaredAtAnyDepth) {
  EXPECT_TRUE(reflect::has_personal(type_of<Order>()));
  EXPECT_TRUE(reflect::has_personal(type_of<std::optional<sample::Person>>()));
  EXPECT_FALSE(reflect::has_personal(type_of<sample::Line>()));
  EXPECT_FALSE(reflect::has_personal(type_of<sample::Tree>()));
}
// An answer may list people; without a place to keep their data apart, an open print must still not show it.
TEST(Personal, AnOpenListShowsNobody) {
  const sample::Guests guests{{sample::Person{.name = std::string("Ada"), .phone = {}, .address = {}}}};
  EXPECT_EQ(to_json(guests, Part::open), R"({"people":[{"name":"","phone":null,"address":null,"visits":0}]})");
}

std::string differ(const Order& before, const Order& after, Part part = Part::whole) {
  return changes(type_of<Order>(), &before, &after, part);
}
TEST(Changes, AreLeafByLeaf) {
  const auto before = somebody();
  EXPECT_EQ(differ(before, before), "[]");
  auto after = before;
  after.version = 2;
  after.state = sample::State::closed;
  after.total = base::Money(7, *base::Currency::parse("EUR"));
  after.customer->address->city = std::string("Rome");
  EXPECT_EQ(differ(before, after),
            R"([{"pointer":"/state","from":"open","to":"closed"},{"pointer":"/customer/address/city","from":null,"to":"Rome"},)"
            R"({"pointer":"/total","from":{"amount":5,"currency":"EUR"},"to":{"amount":7,"currency":"EUR"}},)"
            R"({"pointer":"/version","from":1,"to":2}])");
}
TEST(Changes, OfListsWithTheSameIdsGoInside) {
  const auto before = somebody();
  auto after = before;
  after.lines[0].quantity = base::Quantity(2500);
  EXPECT_EQ(differ(before, after), R"([{"pointer":"/lines/0/quantity","from":1,"to":"2.5"}])");
  after.lines.push_back({});
  EXPECT_EQ(differ(before, after), R"([{"pointer":"/lines/0/quantity","from":1,"to":"2.5"},{"pointer":"/lines/1","from":null,)"
                                   R"("to":{"id":"lin_00000000000000000000000000","quantity":0,"note":null}}])");
  after.lines = {sample::Line{.id = sample::LineId(base::Bits128{1}), .quantity = {}, .note = {}}};
  EXPECT_TRUE(differ(before, after).starts_with(R"([{"pointer":"/lines","from":[{)"));
  auto other = before;
  other.allergies = {"milk", "nuts"};
  EXPECT_EQ(differ(before, other), R"([{"pointer":"/allergies","from":["nuts"],"to":["milk","nuts"]}])");
}
TEST(Changes, OfMapsGoByKey) {
  Order before, after;
  before.by_seat = {{"1", {}}, {"2", {}}};
  after.by_seat = {{"2", {.id = {}, .quantity = base::Quantity::of(1), .note = {}}}, {"a/b~", {}}};
  const std::string line = R"({"id":"lin_00000000000000000000000000","quantity":0,"note":null})";
  EXPECT_EQ(differ(before, after), R"([{"pointer":"/by_seat/1","from":)" + line +
                                       R"(,"to":null},{"pointer":"/by_seat/2/quantity","from":0,"to":1},)" +
                                       R"({"pointer":"/by_seat/a~1b~0","from":null,"to":)" + line + "}]");
}
TEST(Changes, KeepPersonalOnesApart) {
  const auto before = somebody();
  auto after = before;
  after.version = 2;
  after.remark = std::string("none");
  after.customer->name = std::string("Bea");
  after.customer->visits = 4;
  after.customer->address->street = std::string("Side St 2");
  EXPECT_EQ(differ(before, after, Part::open),
            R"([{"pointer":"/customer/visits","from":3,"to":4},{"pointer":"/version","from":1,"to":2}])");
  EXPECT_EQ(differ(before, after, Part::personal),
            R"([{"pointer":"/customer/name","from":"Ada","to":"Bea"},)"
            R"({"pointer":"/customer/address/street","from":"Main St 1","to":"Side St 2"},)"
            R"({"pointer":"/remark","from":"no \"nuts\"","to":"none"}])");
}
TEST(Changes, OfAWholePersonLeakNothingIntoTheOpenPart) {
  Order before;
  const auto after = somebody();
  const auto open = differ(before, after, Part::open), personal = differ(before, after, Part::personal);
  for (auto word : {"Ada", "123", "Main", "nuts"}) {
    EXPECT_EQ(open.find(word), std::string::npos) << word;
    EXPECT_NE(personal.find(word), std::string::npos) << word;
  }
}
TEST(Changes, DoNotShowSecrets) {
  Order before, after;
  after.pin = after.internal = "1234";
  EXPECT_EQ(differ(before, after), "[]");
}

TEST(Text, OnlyKeepsTheNamedMembers) {
  const std::string_view object = R"({"id":"a","total":{"amount":1,"x":"},{"},"lines":[{"id":"b"}],"wei\"rd":1.50})";
  EXPECT_EQ(reflect::only(object, "total,id"), R"({"id":"a","total":{"amount":1,"x":"},{"}})");
  EXPECT_EQ(reflect::only(object, "lines,nothing"), R"({"lines":[{"id":"b"}]})");
  EXPECT_EQ(reflect::only(object, "wei\"rd"), R"({"wei\"rd":1.50})");
  EXPECT_EQ(reflect::only(object, ""), "{}");
  EXPECT_EQ(reflect::only(" { } ", "id"), "{}");
}
TEST(Text, MemberGivesAStringUnquotedAndAllElseAsJson) {
  const std::string_view object = R"( { "a" : "x\"\n\u00e9\ud83c\udf55\\" , "b":{"c":[1]}, "d":null,"e": -1.50 })";
  EXPECT_EQ(reflect::member(object, "a"), "x\"\n\u00e9\U0001F355\\");
  EXPECT_EQ(reflect::member(object, "b"), R"({"c":[1]})");
  EXPECT_EQ(reflect::member(object, "d"), "null");
  EXPECT_EQ(reflect::member(object, "e"), "-1.50");
  EXPECT_EQ(reflect::member(object, "c"), "");
}
// Whatever text comes, work on text ends and stays within it (the sanitizers watch).
TEST(Text, BrokenJsonIsHarmless) {
  const std::string_view whole = R"({"a":"x\"\u00e9","b":{"c":[1,{"d":null}]},"e":"\ud83c\udf55"})";
  for (std::size_t n = 0; n <= whole.size(); ++n)
    for (auto cut : {std::string(whole.substr(0, n)), std::string(whole.substr(n))}) {
      reflect::member(cut, "e");
      reflect::only(cut, "a,b");
      join(cut, cut);
    }
}

}  // namespace
