#include <gtest/gtest.h>

#include <stdexcept>

#include "modules/sell/pricing/engine.h"
#include "modules/sell/pricing/tests/carts.h"

namespace pricing::test {
namespace {

using Minors = std::vector<std::int64_t>;

Minors totals_of(const std::vector<Check>& checks) {
  Minors all;
  for (const auto& check : checks) all.push_back(check.total.minor());
  return all;
}

TEST(PricingSplit, AnEvenSplitLosesNothingAndGivesTheLargerPartsFirst) {
  EXPECT_EQ(totals_of(split_evenly(calculate(cart("EUR", {10000})), 3)), (Minors{3334, 3333, 3333}));
  EXPECT_EQ(totals_of(split_evenly(calculate(cart("EUR", {3000})), 7)), (Minors{429, 429, 429, 429, 428, 428, 428}));
  EXPECT_EQ(totals_of(split_evenly(calculate(cart("JPY", {2})), 4)), (Minors{1, 1, 0, 0}));
  EXPECT_THROW(split_evenly(calculate(cart("JPY", {2})), 0), std::logic_error);
}

TEST(PricingSplit, TheTaxesOfTheChecksAddUpByTaxAndByCheck) {
  // Two taxes of 1.01 each in 3: 34 33 33 would be 68 66 66; dealt on in turn it is 68 67 67.
  const auto checks = split_evenly(calculate(cart("EUR", {1010}, {exclusive("0.1"), exclusive("0.1")})), 3);
  Minors first, second, tax, net;
  for (const auto& check : checks) {
    first.push_back(check.taxes[0].minor());
    second.push_back(check.taxes[1].minor());
    tax.push_back(check.tax.minor());
    net.push_back(check.net.minor());
  }
  EXPECT_EQ(first, (Minors{34, 34, 33}));
  EXPECT_EQ(second, (Minors{34, 33, 34}));
  EXPECT_EQ(tax, (Minors{68, 67, 67}));
  EXPECT_EQ(net, (Minors{336, 337, 337}));
}

TEST(PricingSplit, SplitOrdersKeepTheAmountsOfTheirLines) {
  auto c = cart("USD", {105, 105, 105}, {exclusive("0.0825", TaxRounding::rate_bucket)});
  c.discounts = {amount_off(base::Money(10, c.currency))};
  const auto whole = calculate(c);
  const auto parts = apportion(whole, std::vector<std::vector<std::size_t>>{{2}, {0, 1}});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].lines.size(), 1U);
  EXPECT_EQ(parts[0].total, whole.lines[2].total);
  EXPECT_EQ(parts[0].taxes[0].amount, whole.lines[2].tax);
  EXPECT_EQ(parts[0].taxes[0].base, whole.lines[2].net);
  EXPECT_EQ(parts[0].total + parts[1].total, whole.total);
  EXPECT_EQ(parts[0].tax_total + parts[1].tax_total, whole.tax_total);
  EXPECT_EQ(parts[0].discount_total + parts[1].discount_total, whole.discount_total);
}

TEST(PricingSplit, EveryLineGoesToExactlyOneOrder) {
  const auto whole = calculate(cart("EUR", {100, 200}));
  using Groups = std::vector<std::vector<std::size_t>>;
  EXPECT_THROW(apportion(whole, Groups{{0}}), std::logic_error);
  EXPECT_THROW(apportion(whole, Groups{{0, 1}, {1}}), std::logic_error);
  EXPECT_THROW(apportion(whole, Groups{{0, 1, 2}}), std::logic_error);
}

TEST(PricingMerge, SameTaxesBecomeOneAndOthersStandBeside) {
  auto other = cart("EUR", {500}, {exclusive("0.05"), exclusive("0.10")});
  const std::vector<Totals> two{calculate(cart("EUR", {1000}, {exclusive("0.10")})), calculate(other)};
  const auto sum = merge(two);
  ASSERT_EQ(sum.taxes.size(), 2U);
  EXPECT_EQ(sum.taxes[0].amount.minor(), 150);
  EXPECT_EQ(sum.taxes[0].base.minor(), 1500);
  EXPECT_EQ(sum.taxes[1].amount.minor(), 25);
  EXPECT_EQ(sum.lines[1].taxes[0].tax, 1);
  EXPECT_EQ(sum.total.minor(), 1100 + 575);
  EXPECT_THROW(merge({}), std::logic_error);
}

TEST(PricingRefund, SerialPartialRefundsSumToTheOriginal) {
  auto c = cart("GBP", {2390}, {inclusive("0.20")});
  c.lines[0].quantity = base::Quantity::of(10);
  c.discounts = {percent_off("25")};
  const auto totals = calculate(c);
  EXPECT_EQ(totals.total.minor(), 17925);
  EXPECT_EQ(totals.tax_total.minor(), 2988);
  base::Money paid(0, c.currency), vat(0, c.currency);
  for (std::int64_t k = 1; k <= 10; ++k) {
    const auto refund = cumulative_share(totals.total, k, 10) - paid;
    EXPECT_EQ(refund.minor(), k % 2 == 1 ? 1793 : 1792);
    paid += refund;
    vat += cumulative_share(totals.tax_total, k, 10) - vat;
  }
  EXPECT_EQ(paid, totals.total);
  EXPECT_EQ(vat.minor(), 2988);
  EXPECT_THROW(cumulative_share(totals.total, 11, 10), std::logic_error);
}

TEST(PricingCash, OnlyTheCoinsThatExistAreAskedFor) {
  const auto cad = currency("CAD");
  EXPECT_EQ(cash_round({14997, cad}, 5).minor(), 14995);
  EXPECT_EQ((cash_round({14997, cad}, 5) - base::Money(14997, cad)).minor(), -2);
  EXPECT_EQ(cash_round({4997, cad}, 5).minor(), 4995);
  EXPECT_EQ(cash_round({14998, cad}, 5).minor(), 15000);
  EXPECT_EQ(cash_round({-14998, cad}, 5).minor(), -15000);  // a refund in cash
  EXPECT_EQ(cash_round({25, cad}, 10).minor(), 30);
  EXPECT_EQ(cash_round({25, cad}, 10, base::Rounding::half_even).minor(), 20);
  EXPECT_EQ(cash_round({29, cad}, 10, base::Rounding::down).minor(), 20);
  EXPECT_EQ(cash_round({29, cad}, 1).minor(), 29);
  EXPECT_THROW(cash_round({29, cad}, 0), std::logic_error);
}

}  // namespace
}  // namespace pricing::test
