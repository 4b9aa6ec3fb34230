#include "reflect/schema.h"

#include <gtest/gtest.h>

#include "reflect/csv.h"
#include "reflect/tests/sample.h"

namespace {

using reflect::Direction, reflect::example, reflect::NamedSchema, reflect::schema_definition, reflect::schema_name,
    reflect::type_of;

template <class T>
std::string schema(Direction direction = Direction::output) {
  std::set<NamedSchema> used;
  return reflect::schema(type_of<T>(), direction, used);
}
template <class T>
std::string definition(Direction direction) {
  std::set<NamedSchema> used;
  return schema_definition({&type_of<T>(), direction}, used);
}
std::string property(const std::string& definition, std::string_view name) {
  return reflect::member(reflect::member(definition, "properties"), name);
}

TEST(Schema, SaysTheLimitsOfEachKind) {
  EXPECT_EQ(schema<bool>(), R"({"type":"boolean"})");
  EXPECT_EQ(schema<std::int64_t>(), R"({"type":"integer","format":"int64"})");
  EXPECT_EQ((schema<base::Count<1, 999>>()), R"({"type":"integer","format":"int64","minimum":1,"maximum":999})");
  EXPECT_EQ((schema<base::Text<1, 80>>()), R"({"type":"string","minLength":1,"maxLength":80})");
  EXPECT_EQ(schema<std::string>(), R"({"type":"string"})");
  EXPECT_EQ(schema<sample::OrderId>(), R"({"type":"string","pattern":"^ord_[0-7][0-9a-hjkmnp-tv-z]{25}$"})");
  EXPECT_EQ(schema<base::Instant>(), R"({"type":"string","format":"date-time","examples":["2025-10-10T22:15:00.000Z"]})");
  EXPECT_EQ(schema<base::Quantity>(Direction::input),
            R"({"type":["integer","string"],"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?$","minimum":0,)"
            R"("maximum":999999,"examples":[2,"0.75"]})");
  EXPECT_EQ(schema<base::Json>(), "{}");
  EXPECT_EQ((schema<base::List<std::string, 1, 200>>()),
            R"({"type":"array","items":{"type":"string"},"minItems":1,"maxItems":200})");
  EXPECT_EQ((schema<std::map<std::string, bool>>()), R"({"type":"object","additionalProperties":{"type":"boolean"}})");
}
TEST(Schema, AnOptionalIsNullableWhereNullIsAnswered) {
  EXPECT_EQ(schema<std::optional<bool>>(Direction::output), R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})");
  EXPECT_EQ(schema<std::optional<bool>>(Direction::patch), R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})");
  EXPECT_EQ(schema<std::optional<bool>>(Direction::input), R"({"type":"boolean"})");
}
TEST(Schema, NamesWhatDiffersByDirection) {
  std::set<NamedSchema> used;
  EXPECT_EQ(reflect::schema(type_of<sample::Order>(), Direction::output, used), R"({"$ref":"#/components/schemas/Order"})");
  EXPECT_EQ(reflect::schema(type_of<sample::Order>(), Direction::input, used), R"({"$ref":"#/components/schemas/OrderInput"})");
  EXPECT_EQ(reflect::schema(type_of<sample::Order>(), Direction::patch, used), R"({"$ref":"#/components/schemas/OrderPatch"})");
  EXPECT_EQ(used.size(), 3u);
  EXPECT_EQ(schema<base::Money>(Direction::input), R"({"$ref":"#/components/schemas/Money"})");
  EXPECT_EQ(schema<sample::State>(Direction::input), R"({"$ref":"#/components/schemas/State"})");
  EXPECT_EQ(schema<std::vector<sample::Address>>(Direction::input),
            R"({"type":"array","items":{"$ref":"#/components/schemas/AddressInput"}})");
}
TEST(Schema, ADefinitionObeysTheMarks) {
  const auto output = definition<sample::Order>(Direction::output), input = definition<sample::Order>(Direction::input),
             patch = definition<sample::Order>(Direction::patch);
  for (auto hidden_one : {"internal"})
    for (const auto& text : {output, input, patch}) EXPECT_EQ(property(text, hidden_one), "");
  EXPECT_EQ(property(output, "pin"), "");
  EXPECT_EQ(property(input, "pin"), R"({"type":"string","description":"Opens the locker.","writeOnly":true,"default":""})");
  EXPECT_EQ(property(output, "version"),
            R"({"type":"integer","format":"int64","description":"Counts changes.","readOnly":true})");
  EXPECT_EQ(property(input, "version"), "");
  EXPECT_EQ(property(input, "covers"),
            R"({"type":"integer","format":"int64","description":"Guests at the table.","default":2})");
  EXPECT_NE(property(input, "id"), "");
  EXPECT_EQ(property(patch, "id"), "");
  EXPECT_EQ(reflect::member(input, "required"), R"(["id","state","remark","lines"])");
  EXPECT_EQ(reflect::member(output, "required"),
            R"(["id","state","customer","remark","allergies","lines","by_seat","total","covers","version","opened_as"])");
  EXPECT_EQ(reflect::member(patch, "required"), "");
  EXPECT_EQ(reflect::member(input, "additionalProperties"), "false");
  EXPECT_EQ(reflect::member(patch, "additionalProperties"), "false");
  EXPECT_EQ(reflect::member(output, "additionalProperties"), "");
  EXPECT_EQ(reflect::member(input, "title"), "OrderInput");
  EXPECT_EQ(reflect::member(output, "description"), "An order.");
}
TEST(Schema, EnumerationsAndMoneyHaveDefinitions) {
  EXPECT_EQ(definition<sample::State>(Direction::output),
            R"({"title":"State","description":"Where an order stands.","type":"string","enum":["open","closed"]})");
  const auto money = definition<base::Money>(Direction::output);
  EXPECT_EQ(reflect::member(money, "required"), R"(["amount","currency"])");
  EXPECT_EQ(reflect::member(property(money, "amount"), "maximum"), "9007199254740991");
}
TEST(Schema, EveryReferenceIsDefined) {
  std::set<NamedSchema> used, done;
  for (auto direction : {Direction::input, Direction::patch, Direction::output})
    for (const auto* type : {&type_of<sample::Order>(), &type_of<sample::Tree>(), &type_of<sample::Everything>()})
      reflect::schema(*type, direction, used);
  std::set<std::string> names;
  std::string all;
  while (done.size() < used.size())
    for (const auto& named : std::set(used))
      if (done.insert(named).second) {
        EXPECT_TRUE(names.insert(schema_name(named)).second) << schema_name(named);
        all += schema_definition(named, used);
      }
  for (std::size_t at = 0; (at = all.find("schemas/", at)) != all.npos;) {
    at += 8;
    EXPECT_TRUE(names.contains(all.substr(at, all.find('"', at) - at)));
  }
}
template <class T>
void expect_valid_examples() {
  T value{};
  const auto input = example(type_of<T>(), Direction::input), output = example(type_of<T>(), Direction::output);
  EXPECT_EQ(sample::errors_of(reflect::read(type_of<T>(), &value, input)), std::vector<std::string>{}) << input;
  ASSERT_EQ(sample::errors_of(reflect::read(type_of<T>(), &value, output, reflect::Read::stored)), std::vector<std::string>{})
      << output;
  const auto patch = example(type_of<T>(), Direction::patch);
  EXPECT_EQ(sample::errors_of(reflect::merge(type_of<T>(), &value, patch)), std::vector<std::string>{}) << patch;
  EXPECT_NE(patch, "{}");
}
TEST(Example, IsAcceptedByWhatItIsAnExampleOf) {
  expect_valid_examples<sample::Everything>();
  expect_valid_examples<sample::Order>();
  expect_valid_examples<sample::Person>();
  expect_valid_examples<sample::Tree>();
}
TEST(Example, InputIsSmallAndOutputIsComplete) {
  EXPECT_EQ(example(type_of<sample::Address>(), Direction::input), R"({"street":"Text"})");
  EXPECT_EQ(example(type_of<sample::Address>(), Direction::output), R"({"street":"Text","city":"Text"})");
  EXPECT_EQ(example(type_of<sample::Address>(), Direction::patch), R"({"street":"Text"})");
}

using Cells = std::vector<std::string>;
std::vector<Cells> cells(std::string_view text) {
  std::vector<Cells> out;
  const auto rows = reflect::read_csv(text).value();
  for (const auto& row : rows) out.push_back(row.cells);
  return out;
}
std::string csv_error(std::string_view text) {
  const auto rows = reflect::read_csv(text);
  return rows ? "accepted" : rows.error().detail;
}
TEST(Csv, ReadsWhatRfc4180Says) {
  EXPECT_EQ(cells("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), (std::vector<Cells>{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
  EXPECT_EQ(cells("aaa,bbb\nzzz,yyy"), (std::vector<Cells>{{"aaa", "bbb"}, {"zzz", "yyy"}}));
  EXPECT_EQ(cells("\"aaa\",\"b\r\nbb\",\"c\"\"cc\"\"\",\"x,y\""), (std::vector<Cells>{{"aaa", "b\r\nbb", "c\"cc\"", "x,y"}}));
  EXPECT_EQ(cells("a,,\r\n,\"\",b\r\n"), (std::vector<Cells>{{"a", "", ""}, {"", "", "b"}}));
  EXPECT_EQ(cells("\xef\xbb\xbfname, price \r\n"), (std::vector<Cells>{{"name", " price "}}));
  EXPECT_EQ(cells(""), std::vector<Cells>{});
  EXPECT_EQ(cells("\r\n\r\na\r\n\r\n"), std::vector<Cells>{{"a"}});
}
TEST(Csv, RowsKnowTheirLine) {
  const auto rows = reflect::read_csv("a\n\"b\nb\rb\r\nb\"\n\nc\rd\n").value();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].line, 1u);
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[2].line, 7u);
  EXPECT_EQ(rows[3].line, 8u);
}
TEST(Csv, ErrorsNameTheLine) {
  EXPECT_EQ(csv_error("a\nb,\"c\nd"), "Line 2: a quote is not closed.");
  EXPECT_EQ(csv_error("a\nb\"c"), "Line 2: a quote inside a cell needs quotes around it, and to be doubled.");
  EXPECT_EQ(csv_error("a\n\n\"b\"c"), "Line 3: a quote must end its cell.");
  EXPECT_EQ(csv_error("a\nb\xff"), "Line 2: not valid UTF-8.");
}
TEST(Csv, AWrittenLineIsReadBack) {
  const Cells row{"plain", "", "with,comma", "with \"quotes\"", "two\r\nlines", " spaces ", "é"};
  EXPECT_EQ(cells(reflect::csv_line(row)), std::vector<Cells>{row});
  EXPECT_EQ(reflect::csv_line({"a", "b"}), "a,b\r\n");
}
TEST(Csv, ASpreadsheetRunsNothing) {
  EXPECT_EQ(reflect::csv_line({"=1+1", "+cmd", "-x", "@SUM(A1)", "=\"a\""}), "'=1+1,'+cmd,'-x,'@SUM(A1),\"'=\"\"a\"\"\"\r\n");
  EXPECT_EQ(reflect::csv_line({"-5.00", "+3", "-5-5", "-"}), "-5.00,+3,'-5-5,'-\r\n");
}

}  // namespace
