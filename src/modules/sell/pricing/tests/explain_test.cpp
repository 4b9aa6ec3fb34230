#include <gtest/gtest.h>

#include <stdexcept>

#include "modules/sell/pricing/engine.h"
#include "modules/sell/pricing/tests/carts.h"

namespace pricing::test {
namespace {

const Step& step(const Explanation& told, StepKind kind) {
  for (const auto& s : told.steps)
    if (s.kind == kind) return s;
  throw std::logic_error("no such step");
}

TEST(PricingExplain, ShowsTheUnroundedValueAndItsRounding) {
  auto c = cart("EUR", {850}, {exclusive("0.21")});
  const auto told = explain(c);
  ASSERT_EQ(told.steps.size(), 3U);
  const auto& tax = told.steps[1];
  EXPECT_EQ(tax.kind, StepKind::exclusive_tax);
  EXPECT_EQ(tax.line, 0);
  EXPECT_EQ(tax.rule, "VAT");
  EXPECT_EQ(tax.rate, rate("0.21"));
  EXPECT_EQ(tax.base.minor(), 850);
  EXPECT_EQ(tax.formula, "8.50 × 0.21");
  EXPECT_EQ(tax.exact, "1.785");
  EXPECT_EQ(tax.rounding, base::Rounding::half_up);
  EXPECT_EQ(tax.result.minor(), 179);
  EXPECT_EQ(told.steps[2].formula, "8.50 - 0.00 + 1.79");
  EXPECT_EQ(told.steps[2].exact, "10.29");
}

TEST(PricingExplain, AnEndlessDecimalIsAFraction) {
  const auto told = explain(cart("EUR", {1000}, {inclusive("0.2")}));
  const auto& tax = step(told, StepKind::inclusive_tax);
  EXPECT_EQ(tax.formula, "10.00 × 0.2 / 1.2");
  EXPECT_EQ(tax.exact, "5/3");
  EXPECT_EQ(tax.result.minor(), 167);
  EXPECT_EQ(tax.target, TaxTarget::tax);
}

TEST(PricingExplain, TheTargetNetRoundsWhatIsLeft) {
  const auto told = explain(cart("EUR", {1005}, {inclusive("0.2", TaxTarget::net)}));
  const auto& tax = step(told, StepKind::inclusive_tax);
  EXPECT_EQ(tax.formula, "10.05 - 10.05 × 1 / 1.2");
  EXPECT_EQ(tax.exact, "1.675");
  EXPECT_EQ(tax.target, TaxTarget::net);
  EXPECT_EQ(tax.result.minor(), 167);
}

TEST(PricingExplain, NamesWhoGotTheRemainder) {
  auto c = cart("EUR", {500, 500, 500});
  c.discounts = {amount_off(eur(100))};
  const auto told = explain(c);
  const auto& discount = step(told, StepKind::order_discount);
  EXPECT_FALSE(discount.line);
  EXPECT_FALSE(discount.rounding);
  EXPECT_EQ(discount.formula, "1.00, at most 15.00");
  ASSERT_EQ(discount.shares.size(), 3U);
  EXPECT_EQ(discount.shares[0].exact, "1/3");
  EXPECT_EQ(discount.shares[0].amount.minor(), 34);
  EXPECT_EQ(discount.shares[0].remainder, 1);
  EXPECT_EQ(discount.shares[1].remainder, 0);
  EXPECT_EQ(discount.shares[2].line, 2);
}

TEST(PricingExplain, SharesStandInTheOrderOfTheLines) {
  auto c = cart("EUR", {1250, 899, 351});
  c.discounts = {amount_off(eur(500))};
  const auto told = explain(c);
  const auto& shares = step(told, StepKind::order_discount).shares;
  ASSERT_EQ(shares.size(), 3U);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(shares[static_cast<std::size_t>(i)].line, i);
  EXPECT_EQ(shares[1].exact, "1.798");
  EXPECT_EQ(shares[1].remainder, 1);
}

TEST(PricingExplain, AWeighedLineShowsWhatItWas) {
  auto c = cart("EUR", {399});
  c.lines[0].quantity = quantity("0.750");
  const auto told = explain(c);
  EXPECT_EQ(told.steps[0].formula, "3.99 × 0.75");
  EXPECT_EQ(told.steps[0].exact, "2.9925");
  EXPECT_EQ(told.steps[0].result.minor(), 299);
  const auto yen = explain(cart("JPY", {999}, {exclusive("0.08")}));
  EXPECT_EQ(step(yen, StepKind::exclusive_tax).exact, "79.92");
}

TEST(PricingExplain, AnExemptLineShowsWhatWasTakenOut) {
  auto c = cart("EUR", {1200}, {inclusive("0.2")});
  c.exempt = true;
  const auto told = explain(c);
  EXPECT_EQ(step(told, StepKind::exemption).result.minor(), 200);
  EXPECT_EQ(told.totals.total.minor(), 1000);
}

}  // namespace
}  // namespace pricing::test
