#include <gtest/gtest.h>

#include "reflect/json.h"

namespace list_sample {

struct Choice {
  base::Text<1, 8> id;
  base::Count<1, 9> quantity = 1;
};
RECORD(Choice, id, quantity)
RECORD_TYPE(Choice, "A choice.", {"id", "What is chosen.", brief}, {"quantity", "How often.", defaulted})
struct Wish {
  base::List<Choice, 0, 3> choices;
};
RECORD(Wish, choices)
RECORD_TYPE(Wish, "A wish.", {"choices", "What is chosen."})

TEST(AListInAMergePatch, IsReplacedAsAWhole) {
  auto wish = reflect::from_json<Wish>(R"({"choices":[{"id":"a","quantity":5}]})").value();
  ASSERT_TRUE(reflect::merge(reflect::type_of<Wish>(), &wish, R"({"choices":["b",{"id":"c"}]})"));
  EXPECT_EQ(reflect::to_json(wish), R"({"choices":[{"id":"b","quantity":1},{"id":"c","quantity":1}]})");
}

}  // namespace list_sample
