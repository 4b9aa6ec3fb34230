#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "reflect/tests/sample.h"

namespace sample {

ENUM_TYPE(State, "Where an order stands.")
RECORD_TYPE(Everything, "One member of every kind.", {"text", "Any text."}, {"optional", "May be left out."})
RECORD_TYPE(Address, "Where somebody lives.")
RECORD_TYPE(Person, "A guest.", {"name", "As the guest gives it.", personal}, {"phone", "To call back.", personal},
            {"address", "For deliveries.", personal}, {"visits", "How often the guest came."})
RECORD_TYPE(Line, "A line.", {"id", "Made by the program.", defaulted})
RECORD_TYPE(Order, "An order.", {"id", "Its identity.", fixed}, {"remark", "What the guest said.", personal},
            {"allergies", "What the guest must not eat.", personal}, {"covers", "Guests at the table.", defaulted},
            {"version", "Counts changes.", computed}, {"total", "What is to be paid.", computed},
            {"pin", "Opens the locker.", secret | defaulted}, {"internal", "Not for the wire.", hidden},
            {"opened_as", "The first identity.", computed | unstored})
RECORD_TYPE(Tree, "A category.")
RECORD_TYPE(Guests, "A list of people.")

std::vector<std::string> errors_of(const base::Result<>& outcome) {
  std::vector<std::string> out;
  if (outcome) return out;
  if (outcome.error().errors.empty()) out.emplace_back(outcome.error().code);
  for (const auto& error : outcome.error().errors) out.push_back(std::string(error.code) + ' ' + error.pointer);
  return out;
}

}  // namespace sample

namespace {

using reflect::type_of;

TEST(Type, KnowsItsFieldsAndTheirMarks) {
  const auto& type = type_of<sample::Order>();
  EXPECT_EQ(type.name, "Order");
  EXPECT_EQ(type.summary, "An order.");
  ASSERT_NE(type.field("remark"), nullptr);
  EXPECT_TRUE(type.field("remark")->is(reflect::personal));
  EXPECT_EQ(type.field("remark")->summary, "What the guest said.");
  EXPECT_EQ(type.field("nothing"), nullptr);
}
TEST(Type, ASentenceForAMemberThatIsNotThereIsABug) {
  EXPECT_THROW(reflect::documented("Order", {{.name = "id"}}, {{"idd", "A slip."}}), std::logic_error);
}
TEST(Type, PersonalInsideAListIsABug) {
  EXPECT_NO_THROW(reflect::check_personal(type_of<sample::Order>()));
  EXPECT_NO_THROW(reflect::check_personal(type_of<sample::Tree>()));
  try {
    reflect::check_personal(type_of<sample::Guests>());
    FAIL() << "accepted";
  } catch (const std::logic_error& bug) {
    EXPECT_STREQ(bug.what(), "Person.name is personal inside a list or map");
  }
}
TEST(Type, StoresInstantsRatesAndWallTimesAsIntegers) {
  const auto integer = [](const auto& value) {
    const auto& scalar = type_of<std::remove_cvref_t<decltype(value)>>().scalar;
    std::remove_cvref_t<decltype(value)> back{};
    scalar.from_integer(&back, scalar.to_integer(&value));
    EXPECT_EQ(back, value);
    return scalar.to_integer(&value);
  };
  EXPECT_EQ(integer(base::Instant{std::chrono::microseconds{1'760'134'500'123'456}}), 1'760'134'500'123'456);
  EXPECT_EQ(integer(*base::Rate::parse("0.0825")), 82'500);
  EXPECT_EQ(integer(*base::WallTime::parse("09:30")), 570);
  EXPECT_EQ(type_of<base::Date>().scalar.to_integer, nullptr);
  EXPECT_EQ(type_of<sample::OrderId>().scalar.to_integer, nullptr);
}

TEST(Enumeration, AnUnknownOneOfANewerProgramIsKept) {
  const auto order = sample::parsed<sample::Person>(R"({"name":"x"})");
  EXPECT_EQ(order.visits, 0);
  const auto list =
      sample::parsed<std::vector<sample::State>>(R"(["open","paused \"now\"","closed","paused \"now\"","moved"])");
  EXPECT_EQ(list[1], list[3]);
  EXPECT_NE(list[1], list[4]);
  EXPECT_NE(list[1], sample::State::open);
  EXPECT_EQ(reflect::to_json(list), R"(["open","paused \"now\"","closed","paused \"now\"","moved"])");
  EXPECT_EQ(reflect::name_of(list[4]), "moved");
}
TEST(Enumeration, AnUnknownOneIsRefusedInInput) {
  EXPECT_EQ(sample::refused<sample::State>(R"("Open")"), std::vector<std::string>{"format "});
}
TEST(Enumeration, ManyThreadsKeepTheSameNumbers) {
  std::vector<std::vector<std::uint8_t>> seen(8);
  {
    std::vector<std::jthread> threads;
    for (auto& numbers : seen)
      threads.emplace_back([&numbers] {
        for (int i = 0; i < 100; ++i)
          numbers.push_back(reflect::keep_unknown_enumerator("Threaded", 3, "name" + std::to_string(i)));
      });
  }
  for (const auto& numbers : seen)
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_EQ(numbers[i], reflect::keep_unknown_enumerator("Threaded", 3, "name" + std::to_string(i)));
      EXPECT_EQ(reflect::unknown_enumerator("Threaded", numbers[i]), "name" + std::to_string(i));
      EXPECT_GE(numbers[i], 3);
    }
}
TEST(Enumeration, RunningOutOfNumbersIsNotACrash) {
  for (int i = 0; i < 400; ++i) reflect::keep_unknown_enumerator("Crowded", 2, std::to_string(i));
  EXPECT_EQ(reflect::unknown_enumerator("Crowded", reflect::keep_unknown_enumerator("Crowded", 2, "one more")), "unknown");
}

TEST(Value, HoldsARecordKnownOnlyByItsType) {
  auto value = reflect::Value::of(sample::Address{.street = std::string("Main St 1"), .city = {}});
  EXPECT_EQ(reflect::to_json_erased(value.type(), value.data()), R"({"street":"Main St 1","city":null})");
  EXPECT_TRUE(value);
  EXPECT_FALSE(reflect::Value());
}

}  // namespace
