#include <gtest/gtest.h>

#include "modules/sell/pricing/engine.h"
#include "modules/sell/pricing/tests/carts.h"
#include "reflect/json.h"

namespace pricing::test {
namespace {

TEST(PricingTypes, TotalsAndStepsPrintAndReadAsJson) {
  const auto told = explain(cart("EUR", {850}, {exclusive("0.21")}));
  const auto json = reflect::to_json(told.steps[1]);
  EXPECT_NE(json.find(R"("kind":"exclusive_tax")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("exact":"1.785")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("rounding":"half_up")"), std::string::npos) << json;
  const auto totals = reflect::to_json(told.totals);
  const auto again = reflect::from_json<Totals>(totals, reflect::Read::stored);
  ASSERT_TRUE(again) << totals;
  EXPECT_EQ(reflect::to_json(*again), totals);
}

}  // namespace
}  // namespace pricing::test
