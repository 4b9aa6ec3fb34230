#include <gtest/gtest.h>

#include <random>

#include "reflect/tests/sample.h"

namespace {

using reflect::from_json, reflect::merge, reflect::read_text, reflect::to_json, reflect::type_of;
using sample::errors_of, sample::Everything, sample::Order, sample::parsed, sample::Person, sample::refused;
using Errors = std::vector<std::string>;

// A complete Everything with one member replaced.
std::string with(std::string_view name, std::string_view value) {
  const auto whole = to_json(Everything{
      .bytes = std::string("\x01"), .money = {1, *base::Currency::parse("EUR")}, .currency = *base::Currency::parse("EUR")});
  return reflect::join(whole, "{\"" + std::string(name) + "\":" + std::string(value) + "}");
}
Errors refused_with(std::string_view name, std::string_view value) { return refused<Everything>(with(name, value)); }

TEST(Strict, AcceptsTheCompleteRecord) { EXPECT_EQ(refused_with("yes", "true"), Errors{}); }

struct Wrong {
  std::string_view name, value, error;
};
TEST(Strict, NamesCodeAndPointerOfEachWrongMember) {
  const Wrong cases[] = {{"yes", "1", "type /yes"},
                         {"yes", "null", "type /yes"},
                         {"yes", "\"true\"", "type /yes"},
                         {"number", "\"1\"", "type /number"},
                         {"number", "1.5", "type /number"},
                         {"number", "1.0", "type /number"},
                         {"number", "1e2", "type /number"},
                         {"number", "9223372036854775808", "range /number"},
                         {"number", "-9223372036854775809", "range /number"},
                         {"number", "123456789012345678901234567890", "range /number"},
                         {"number", "null", "type /number"},
                         {"count", "0", "range /count"},
                         {"count", "1000", "range /count"},
                         {"text", "5", "type /text"},
                         {"text", "null", "type /text"},
                         {"text", R"("a\u0000b")", "format /text"},
                         {"bounded", R"("a")", "length /bounded"},
                         {"bounded", R"("äöüßéx")", "length /bounded"},
                         {"bounded", R"("abcdef")", "length /bounded"},
                         {"id", R"("ord_01JX0000000000000000000ABC")", "format /id"},
                         {"id", R"("itm_01jx0000000000000000000abc")", "format /id"},
                         {"id", "7", "type /id"},
                         {"state", R"("opened")", "format /state"},
                         {"state", "0", "type /state"},
                         {"quantity", "0.75", "type /quantity"},
                         {"quantity", R"("0.7555")", "format /quantity"},
                         {"quantity", "-1", "range /quantity"},
                         {"quantity", R"("-0.5")", "range /quantity"},
                         {"quantity", "1000000", "range /quantity"},
                         {"quantity", "99999999999999999999", "range /quantity"},
                         {"quantity", R"("1000000")", "format /quantity"},
                         {"quantity", "true", "type /quantity"},
                         {"rate", "0.0825", "type /rate"},
                         {"rate", R"("-0.1")", "format /rate"},
                         {"rate", R"("1e-2")", "format /rate"},
                         {"bytes", R"("0")", "format /bytes"},
                         {"bytes", R"("0G")", "format /bytes"},
                         {"bytes", R"("AB")", "format /bytes"},
                         {"bytes", "1", "type /bytes"},
                         {"json", R"({"a":"\u0000"})", "format /json"},
                         {"money", "5", "type /money"},
                         {"money", R"("5 EUR")", "type /money"},
                         {"currency", R"("eur")", "format /currency"},
                         {"currency", R"("")", "format /currency"},
                         {"instant", R"("yesterday")", "format /instant"},
                         {"instant", "1760134500", "type /instant"},
                         {"date", R"("2025-02-29")", "format /date"},
                         {"wall", R"("24:00")", "format /wall"},
                         {"zone", R"("Mars/Base")", "format /zone"},
                         {"list", "{}", "type /list"},
                         {"list", "[1,\"2\"]", "type /list/1"},
                         {"list", "null", "type /list"},
                         {"bounded_list", "[]", "length /bounded_list"},
                         {"bounded_list", R"(["open","open","open","open"])", "length /bounded_list"},
                         {"map", "[]", "type /map"},
                         {"map", R"({"a/b~c":"x"})", "type /map/a~1b~0c"},
                         {"optional", R"("0123456789")", "length /optional"}};
  for (const auto& c : cases)
    EXPECT_EQ(refused_with(c.name, c.value), Errors{std::string(c.error)}) << c.name << " = " << c.value;
}
TEST(Strict, AcceptsTheEdges) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"number", "9223372036854775807"},
                                                                 {"number", "-9223372036854775808"},
                                                                 {"number", "-0"},
                                                                 {"quantity", "999999"},
                                                                 {"quantity", R"("999999.999")"},
                                                                 {"quantity", R"("2")"},
                                                                 {"bounded", R"("äöüßé")"},
                                                                 {"bounded", R"("🍕🍕🍕🍕🍕")"},
                                                                 {"optional", "null"},
                                                                 {"json", "null"},
                                                                 {"json", "[1.0,{}]"},
                                                                 {"money", R"({"amount":9007199254740991,"currency":"EUR"})"},
                                                                 {"money", R"({"currency":"EUR","amount":-9007199254740991})"}};
  for (const auto& [name, value] : cases) EXPECT_EQ(refused_with(name, value), Errors{}) << name << " = " << value;
}
TEST(Strict, MoneyHasExactlyTwoMembersAndStaysBelow2To53) {
  EXPECT_EQ(refused_with("money", R"({"amount":9007199254740992,"currency":"EUR"})"), Errors{"range /money/amount"});
  EXPECT_EQ(refused_with("money", R"({"amount":1.5,"currency":"EUR"})"), Errors{"type /money/amount"});
  EXPECT_EQ(refused<base::Money>(R"({"currency":5,"tip":1})"), (Errors{"type /currency", "unknown /tip", "missing /amount"}));
  EXPECT_EQ(refused<base::Money>("{}"), (Errors{"missing /amount", "missing /currency"}));
  EXPECT_EQ(refused<base::Money>(R"({"amount":1,"currency":"e"})"), (Errors{"format /currency"}));
}
TEST(Strict, ReportsAllErrorsAtOnce) {
  EXPECT_EQ(refused<Order>(R"({"id":"x","lines":[{"quantity":-1},{"quantity":1,"size":2}],"state":"gone","extra/one":1})"),
            (Errors{"format /id", "range /lines/0/quantity", "unknown /lines/1/size", "format /state", "unknown /extra~1one",
                    "missing /remark"}));
  const auto outcome = from_json<Order>(R"({"id":"x"})");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "input.invalid");
  EXPECT_EQ(outcome.error().status, 422);
  EXPECT_EQ(outcome.error().errors[0].detail, "Must be an id: ord_ and 26 lower-case characters of base 32.");
}
TEST(Strict, StopsAtFiftyErrors) {
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  EXPECT_EQ(refused<std::vector<std::string>>(many + "]").size(), 50u);
}
TEST(Strict, MembersThatMayBeMissing) {
  EXPECT_EQ(refused<Order>("{}"), (Errors{"missing /id", "missing /state", "missing /remark", "missing /lines"}));
  const auto order =
      from_json<Order>(R"({"id":"ord_01jx0000000000000000000abc","state":"open","remark":"","lines":[{"quantity":1}]})")
          .value();
  EXPECT_EQ(order.covers, 2);
  EXPECT_FALSE(order.customer);
}
TEST(Strict, WhatTheProgramSetsIsUnknown) {
  EXPECT_EQ(refused<Order>(R"({"id":"ord_01jx0000000000000000000abc","state":"open","remark":"","lines":[{"quantity":1}],)"
                           R"("version":2,"total":{"amount":1,"currency":"EUR"},"internal":"x",)"
                           R"("opened_as":"ord_01jx0000000000000000000abc","pin":"1234"})"),
            (Errors{"unknown /version", "unknown /total", "unknown /internal", "unknown /opened_as"}));
}
TEST(Strict, AMemberGivenTwiceIsRefused) {
  EXPECT_EQ(refused<Person>(R"({"name":"a","visits":1,"name":"b"})"), Errors{"duplicate /name"});
  EXPECT_EQ((refused<std::map<std::string, std::int64_t>>(R"({"a":1,"b":2,"\u0061":3})")), Errors{"duplicate /a"});
}
TEST(Strict, MembersMayComeInAnyOrder) {
  const auto person = from_json<Person>(R"({"visits":4,"address":{"city":"Rome","street":"Via 1"},"name":"\u0041da"})").value();
  EXPECT_EQ(to_json(person), R"({"name":"Ada","phone":null,"address":{"street":"Via 1","city":"Rome"},"visits":4})");
}
TEST(Strict, AJsonMemberKeepsItsNumbers) {
  EXPECT_EQ(
      from_json<base::Json>(R"( {"a" : [ 0.10, 1E5 ,123456789012345678901234567890 ], "\u00e9":"\ud83c\udf55\n"} )").value(),
      R"({"a":[0.10,1E5,123456789012345678901234567890],"é":"🍕\n"})");
}

TEST(Malformed, IsADifferentProblemAndSaysWhere) {
  const auto outcome = from_json<Person>(R"({"name":"x",})");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "input.malformed");
  EXPECT_EQ(outcome.error().status, 400);
  EXPECT_TRUE(outcome.error().detail.starts_with("At byte 12: ")) << outcome.error().detail;
}
TEST(Malformed, HostileDocumentsAreRefused) {
  const std::string deep(33, '['), shallow(32, '['), very(1'000'000, '[');
  const std::string cases[] = {"",
                               " ",
                               "{",
                               "}",
                               "[1,]",
                               "{\"a\" 1}",
                               "{a:1}",
                               "{'a':1}",
                               "nul",
                               "NaN",
                               "Infinity",
                               "01",
                               "1.",
                               ".5",
                               "+1",
                               "-",
                               "0x10",
                               "1 2",
                               "{} {}",
                               "[] x",
                               "// c\n1",
                               "\"\t\"",
                               "\"\n\"",
                               "\"\\x\"",
                               "\"\\u12\"",
                               R"("\ud800")",
                               R"("\udc00")",
                               R"("\ud800A")",
                               "\"\xff\"",
                               "\"\xc0\x80\"",
                               "\"\xed\xa0\x80\"",
                               "{\"\xff\":1}",
                               "\"abc",
                               "\xef\xbb\xbf{}",
                               std::string("{}\0", 3),
                               "1e99999999999999999999",
                               very,
                               deep + std::string(33, ']')};
  for (const auto& text : cases) {
    base::Json out;
    EXPECT_EQ(errors_of(reflect::read(type_of<base::Json>(), &out, text)), Errors{"input.malformed"}) << text.substr(0, 40);
  }
  EXPECT_EQ(refused<base::Json>(shallow + std::string(32, ']')), Errors{});
}
TEST(Malformed, SpaceAroundTheDocumentIsFine) { EXPECT_EQ(refused<base::Json>(" \r\n\t{} \r\n\t"), Errors{}); }
// Neither a cut nor a changed byte may crash (the sanitizers watch), and what is accepted prints and reads again.
TEST(Malformed, DamagedDocumentsNeverCrash) {
  const auto whole = with("json", R"({"a":[1,2.5,null,"\u00e9\n"]})");
  std::mt19937 random(3);
  std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 20'000; ++i) {
    auto text = whole;
    for (int n = 0; n < 1 + i % 3; ++n) text[place(random)] = static_cast<char>(byte(random));
    if (i % 5 == 0) text.resize(place(random));
    Everything value;
    for (auto how : {reflect::Read::strict, reflect::Read::stored})
      if (reflect::read(type_of<Everything>(), &value, text, how)) {
        const auto printed = to_json(value);
        ASSERT_EQ(to_json(parsed<Everything>(printed)), printed) << text;
      }
    (void)merge(type_of<Everything>(), &value, text);
  }
}

TEST(Stored, IsReadLeniently) {
  const auto person = parsed<Person>(R"({"name":null,"nickname":"x","phone":"123","visits":7,"visits":8})");
  EXPECT_EQ(person.name, "");
  EXPECT_EQ(*person.phone, "123");
  EXPECT_EQ(person.visits, 8);
  const auto order =
      parsed<Order>(R"({"version":9,"remark":"","covers":null,"lines":[],"total":{"amount":5,"currency":""},"internal":"no"})");
  EXPECT_EQ(order.version, 9);
  EXPECT_EQ(order.covers, 2);
  EXPECT_EQ(order.internal, "");
}
TEST(Stored, LimitsOfTodayDoNotMakeOldDataUnreadable) {
  const auto value = parsed<Everything>(R"({"count":5000,"bounded":"far too long","bounded_list":[],"quantity":-5})");
  EXPECT_EQ(value.count, 5000);
  EXPECT_EQ(value.bounded, "far too long");
  EXPECT_EQ(value.quantity.text(), "-5");
}
TEST(Stored, WrongTypesAreStillErrors) {
  Person person;
  EXPECT_EQ(errors_of(reflect::read(type_of<Person>(), &person, R"({"name":5})", reflect::Read::stored)), Errors{"type /name"});
}

Order there() {
  return parsed<Order>(
      R"({"id":"ord_01jx0000000000000000000abc","customer":{"name":"Ada","phone":"1",
    "address":{"street":"Main St 1","city":"Rome"}},"remark":"old","lines":[{"quantity":1},{"quantity":2}],
    "by_seat":{"1":{"quantity":1},"2":{"quantity":2}},
    "total":{"amount":5,"currency":"EUR"},"version":4})");
}
Order merged(std::string_view patch) {
  auto order = there();
  const auto outcome = merge(type_of<Order>(), &order, patch);
  EXPECT_EQ(errors_of(outcome), Errors{}) << patch;
  return order;
}
Errors merge_refused(std::string_view patch) {
  auto order = there();
  return errors_of(merge(type_of<Order>(), &order, patch));
}
std::string changed(std::string_view patch) {
  const auto before = there(), after = merged(patch);
  return reflect::changes(type_of<Order>(), &before, &after, reflect::Part::whole);
}
TEST(Merge, TouchesOnlyWhatIsThere) {
  EXPECT_EQ(changed("{}"), "[]");
  EXPECT_EQ(changed(R"({"remark":"new","covers":3})"),
            R"([{"pointer":"/remark","from":"old","to":"new"},{"pointer":"/covers","from":2,"to":3}])");
}
TEST(Merge, GoesIntoRecordsAndNullClearsAnOptional) {
  EXPECT_EQ(
      changed(R"({"customer":{"phone":null,"address":{"city":"Bonn"}}})"),
      R"([{"pointer":"/customer/phone","from":"1","to":null},{"pointer":"/customer/address/city","from":"Rome","to":"Bonn"}])");
  EXPECT_FALSE(merged(R"({"customer":null})").customer);
  EXPECT_EQ(merge_refused(R"({"remark":null,"customer":{"name":null},"lines":null,"state":null})"),
            (Errors{"type /remark", "type /customer/name", "type /lines", "type /state"}));
}
TEST(Merge, CreatesAnEmptyOptionalOnlyWhenItIsComplete) {
  Person person;
  EXPECT_EQ(errors_of(merge(type_of<Person>(), &person, R"({"address":{"city":"Rome"}})")), Errors{"missing /address/street"});
  Person other;
  EXPECT_EQ(errors_of(merge(type_of<Person>(), &other, R"({"address":{"street":"Via 1"}})")), Errors{});
  EXPECT_EQ(other.address->street, "Via 1");
}
TEST(Merge, ReplacesListsAndMergesMaps) {
  EXPECT_EQ(merged(R"({"lines":[{"quantity":9}]})").lines.size(), 1u);
  const auto order = merged(R"({"by_seat":{"1":null,"2":{"note":"x"},"3":{"quantity":3}}})");
  ASSERT_EQ(order.by_seat.size(), 2u);
  EXPECT_EQ(order.by_seat.at("2").quantity.text(), "2");
  EXPECT_EQ(order.by_seat.at("2").note, "x");
  EXPECT_EQ(order.by_seat.at("3").quantity.text(), "3");
  EXPECT_EQ(merge_refused(R"({"by_seat":{"3":{"note":"x"}}})"), Errors{"missing /by_seat/3/quantity"});
  EXPECT_TRUE(merged(R"({"by_seat":null})").by_seat.empty());
}
TEST(Merge, RefusesWhatCannotChange) {
  EXPECT_EQ(
      merge_refused(R"({"id":"ord_01jx0000000000000000000abc","version":5,"total":{"amount":1},"internal":"x","nothing":1})"),
      (Errors{"fixed /id", "unknown /version", "unknown /total", "unknown /internal", "unknown /nothing"}));
  EXPECT_EQ(merge_refused(R"({"remark":"a","remark":"b"})"), Errors{"duplicate /remark"});
  EXPECT_EQ(merge_refused("[]"), Errors{"type "});
  EXPECT_EQ(merge_refused("{"), Errors{"input.malformed"});
  EXPECT_EQ(merge_refused(R"({"lines":[],"covers":"x"})"), (Errors{"length /lines", "type /covers"}));
}
TEST(Merge, OneHalfOfMoneyKeepsTheOther) {
  auto value = parsed<Everything>(R"({"money":{"amount":5,"currency":"EUR"}})");
  ASSERT_TRUE(merge(type_of<Everything>(), &value, R"({"money":{"amount":7}})"));
  EXPECT_EQ(value.money, base::Money(7, *base::Currency::parse("EUR")));
}

template <class T>
std::string from_text(std::string_view text) {
  T value{};
  const auto outcome = read_text(type_of<T>(), &value, text, "/query/x");
  return outcome ? to_json(value) : errors_of(outcome).at(0);
}
TEST(ReadText, TakesOneValueFromAPathOrQuery) {
  EXPECT_EQ(from_text<bool>("true"), "true");
  EXPECT_EQ(from_text<std::int64_t>("-5"), "-5");
  EXPECT_EQ(from_text<std::string>("a \"b\""), R"("a \"b\"")");
  EXPECT_EQ(from_text<sample::State>("closed"), R"("closed")");
  EXPECT_EQ(from_text<base::Date>("2025-11-01"), R"("2025-11-01")");
  EXPECT_EQ(from_text<base::Quantity>("0.5"), R"("0.5")");
  EXPECT_EQ(from_text<base::Bytes>("0a"), R"("0a")");
  EXPECT_EQ(from_text<std::optional<std::int64_t>>("5"), "5");
  EXPECT_EQ(from_text<std::vector<sample::State>>("open,closed"), R"(["open","closed"])");
  EXPECT_EQ(from_text<std::vector<std::string>>(""), "[]");
  EXPECT_EQ(from_text<std::vector<std::string>>("a,,b,"), R"(["a","","b",""])");
}
TEST(ReadText, NamesThePointerInErrors) {
  EXPECT_EQ(from_text<bool>("yes"), "type /query/x");
  EXPECT_EQ(from_text<std::int64_t>("5x"), "type /query/x");
  EXPECT_EQ(from_text<std::int64_t>(""), "type /query/x");
  EXPECT_EQ(from_text<std::int64_t>("9223372036854775808"), "range /query/x");
  EXPECT_EQ((from_text<base::Count<1, 200>>("201")), "range /query/x");
  EXPECT_EQ(from_text<sample::OrderId>("ord_1"), "format /query/x");
  EXPECT_EQ(from_text<std::string>("\xff"), "format /query/x");
  EXPECT_EQ(from_text<std::vector<sample::State>>("open,no"), "format /query/x/1");
  EXPECT_EQ((from_text<base::List<sample::State, 1, 2>>("")), "length /query/x");
  EXPECT_EQ(from_text<Person>("x"), "type /query/x");
}

}  // namespace
