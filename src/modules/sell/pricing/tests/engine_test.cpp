#include "modules/sell/pricing/engine.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "modules/sell/pricing/tests/carts.h"

namespace pricing::test {
namespace {

using Minors = std::vector<std::int64_t>;
using base::Rounding;

TEST(Pricing, AnExactHalfIsRoundedAsTheTaxSays) {  // 8.50 + 21 % = 10.285
  auto c = cart("EUR", {850}, {exclusive("0.21")});
  EXPECT_EQ(calculate(c).total.minor(), 1029);
  EXPECT_EQ(calculate(c).tax_total.minor(), 179);
  c.taxes[0].mode = Rounding::half_even;
  EXPECT_EQ(calculate(c).total.minor(), 1028);
  c.taxes[0].mode = Rounding::down;
  EXPECT_EQ(calculate(c).total.minor(), 1028);
}

TEST(Pricing, ATaxIsRoundedByLineOrOncePerRate) {  // 3 x 1.05 at 8.25 %
  const auto by_line = calculate(cart("USD", {105, 105, 105}, {exclusive("0.0825")}));
  EXPECT_EQ(by_line.tax_total.minor(), 27);
  EXPECT_EQ(minors(by_line.lines, &LineTotals::tax), (Minors{9, 9, 9}));
  const auto once = calculate(cart("USD", {105, 105, 105}, {exclusive("0.0825", TaxRounding::rate_bucket)}));
  EXPECT_EQ(once.tax_total.minor(), 26);
  EXPECT_EQ(minors(once.lines, &LineTotals::tax), (Minors{9, 9, 8}));
  EXPECT_EQ(once.total.minor(), 341);
}

TEST(Pricing, AnInclusiveTaxRoundsItsTarget) {  // 10.05 with 20 % in it: 1.675 and 8.375
  const auto tax = calculate(cart("EUR", {1005}, {inclusive("0.20", TaxTarget::tax)}));
  EXPECT_EQ(tax.lines[0].tax.minor(), 168);
  EXPECT_EQ(tax.lines[0].net.minor(), 837);
  const auto net = calculate(cart("EUR", {1005}, {inclusive("0.20", TaxTarget::net)}));
  EXPECT_EQ(net.lines[0].tax.minor(), 167);
  EXPECT_EQ(net.lines[0].net.minor(), 838);
  for (const auto& totals : {tax, net}) {
    EXPECT_EQ(totals.total.minor(), 1005);
    EXPECT_EQ(totals.subtotal.minor(), 1005);
  }
}

TEST(Pricing, AnOrderDiscountIsApportionedToTheUnit) {
  const auto shares = [](std::initializer_list<std::int64_t> prices, DiscountRule rule) {
    auto c = cart("EUR", prices);
    c.discounts = {std::move(rule)};
    return minors(calculate(c).lines, &LineTotals::discount);
  };
  EXPECT_EQ(shares({500, 500, 500}, amount_off(eur(100))), (Minors{34, 33, 33}));
  EXPECT_EQ(shares({3333, 3333, 3334}, percent_off("10")), (Minors{333, 333, 334}));
  EXPECT_EQ(shares({1250, 899, 351}, amount_off(eur(500))), (Minors{250, 180, 70}));
  EXPECT_EQ(shares({1250, 0, 351}, amount_off(eur(1601))), (Minors{1250, 0, 351}));
}

TEST(Pricing, TaxIsComputedOnTheApportionedBase) {
  auto c = cart("EUR", {500, 500, 500}, {exclusive("0.10")});
  c.discounts = {amount_off(eur(100))};
  const auto totals = calculate(c);
  EXPECT_EQ(minors(totals.lines, &LineTotals::net), (Minors{466, 467, 467}));
  EXPECT_EQ(minors(totals.lines, &LineTotals::tax), (Minors{47, 47, 47}));
  EXPECT_EQ(totals.taxes[0].base.minor(), 1400);
  EXPECT_EQ(totals.total.minor(), 1541);
}

TEST(Pricing, ADiscountNeverExceedsItsBase) {
  auto c = cart("EUR", {500, 300}, {inclusive("0.21")});
  c.discounts = {amount_off(eur(900), 1), amount_off(eur(2000)), percent_off("50")};
  const auto totals = calculate(c);
  EXPECT_EQ(minors(totals.lines, &LineTotals::discount), (Minors{500, 300}));
  EXPECT_EQ(totals.total.minor(), 0);
  EXPECT_EQ(totals.tax_total.minor(), 0);
  c.discounts = {percent_off("250")};
  EXPECT_EQ(calculate(c).discount_total.minor(), 800);
}

TEST(Pricing, LineDiscountsComeFirstAndEachSeesWhatTheEarlierOnesLeft) {
  auto c = cart("EUR", {1000, 1000});
  c.discounts = {percent_off("10"), percent_off("10", 0), percent_off("50", 0), amount_off(eur(5))};
  // Line 0: 1000 - 100 - 450 = 450. Order: 10 % of 1450 = 145 (45 + 100), then 5 of 1305 (1.55 + 3.45).
  const auto totals = calculate(c);
  EXPECT_EQ(minors(totals.lines, &LineTotals::discount), (Minors{550 + 45 + 2, 100 + 3}));
  EXPECT_EQ(totals.discount_total.minor(), 700);
  EXPECT_EQ(totals.total.minor(), 1300);
}

TEST(Pricing, PercentagesAreOfAHundredAndHaveDecimals) {
  auto c = cart("EUR", {1000});
  c.discounts = {percent_off("12.5")};
  EXPECT_EQ(calculate(c).discount_total.minor(), 125);
  c.discounts = {percent_off("0.05")};  // 0.5 of a cent
  EXPECT_EQ(calculate(c).discount_total.minor(), 1);
}

TEST(Pricing, AWeighedQuantityIsRoundedOnceAtTheGrossOfTheLine) {  // 3.99 x 0.750 = 2.9925
  auto c = cart("EUR", {399}, {exclusive("0.0825")});
  c.lines[0].quantity = quantity("0.750");
  const auto totals = calculate(c);
  EXPECT_EQ(totals.subtotal.minor(), 299);
  EXPECT_EQ(totals.taxes[0].base.minor(), 299);
  EXPECT_EQ(totals.tax_total.minor(), 25);
}

TEST(Pricing, ACompoundTaxIsComputedOnTheEarlierTaxesAsRounded) {
  // 5 % of 9.99 = 0.4995 -> 50; 9.975 % of 10.49 = 1.0463775 -> 105
  const auto totals = calculate(cart("CAD", {999}, {exclusive("0.05"), compound(exclusive("0.09975"))}));
  EXPECT_EQ(totals.taxes[0].amount.minor(), 50);
  EXPECT_EQ(totals.taxes[1].base.minor(), 1049);
  EXPECT_EQ(totals.taxes[1].amount.minor(), 105);
  EXPECT_EQ(totals.total.minor(), 1154);
}

TEST(Pricing, InclusiveCompoundTaxesAreTakenOutTogether) {
  // 1.00 + 10 % = 1.10, + 20 % of that = 1.32
  const auto totals = calculate(cart("EUR", {132000}, {inclusive("0.10"), compound(inclusive("0.20"))}));
  EXPECT_EQ(totals.lines[0].net.minor(), 100000);
  EXPECT_EQ(totals.taxes[0].amount.minor(), 10000);
  EXPECT_EQ(totals.taxes[1].amount.minor(), 22000);
  EXPECT_EQ(totals.taxes[1].base.minor(), 110000);
  const auto side_by_side = calculate(cart("EUR", {130000}, {inclusive("0.10"), inclusive("0.20")}));
  EXPECT_EQ(side_by_side.lines[0].net.minor(), 100000);
  EXPECT_EQ(side_by_side.taxes[1].amount.minor(), 20000);
  EXPECT_EQ(side_by_side.taxes[1].base.minor(), 100000);
}

TEST(Pricing, InclusiveTaxesComeOutBeforeExclusiveOnesGoOn) {
  // 12.00 contains 20 % (2.00); 5 % on 10.00; a compound 10 % on 10.00 + 2.00 + 0.50.
  auto c = cart("EUR", {1200}, {compound(exclusive("0.10")), exclusive("0.05"), inclusive("0.20")});
  std::swap(c.taxes[0], c.taxes[1]);
  const auto totals = calculate(c);
  EXPECT_EQ(totals.subtotal.minor(), 1200);
  EXPECT_EQ(totals.lines[0].net.minor(), 1000);
  EXPECT_EQ(totals.taxes[0].amount.minor(), 50);
  EXPECT_EQ(totals.taxes[1].base.minor(), 1250);
  EXPECT_EQ(totals.taxes[1].amount.minor(), 125);
  EXPECT_EQ(totals.taxes[2].amount.minor(), 200);
  EXPECT_EQ(totals.tax_total.minor(), 375);
  EXPECT_EQ(totals.total.minor(), 1375);
}

TEST(Pricing, AnInclusiveRateBucketIsRoundedOnceAndSharedOut) {
  // 3 x 0.99 with 20 %: by line 0.165 -> 17 each; once 2.97 / 6 = 0.495 -> 50.
  EXPECT_EQ(calculate(cart("EUR", {99, 99, 99}, {inclusive("0.2")})).tax_total.minor(), 51);
  const auto once = calculate(cart("EUR", {99, 99, 99}, {inclusive("0.2", TaxTarget::tax, TaxRounding::rate_bucket)}));
  EXPECT_EQ(minors(once.lines, &LineTotals::tax), (Minors{17, 17, 16}));
  EXPECT_EQ(minors(once.lines, &LineTotals::net), (Minors{82, 82, 83}));
  EXPECT_EQ(once.taxes[0].base.minor(), 247);
  const auto net = calculate(cart("EUR", {99, 99, 99}, {inclusive("0.2", TaxTarget::net, TaxRounding::rate_bucket)}));
  EXPECT_EQ(net.taxes[0].base.minor(), 248);
  EXPECT_EQ(net.tax_total.minor(), 49);
}

TEST(Pricing, LinesWithOtherInclusiveTaxesAreABucketOfTheirOwn) {
  auto c = cart(
      "EUR", {12000, 13000, 12000},
      {inclusive("0.2", TaxTarget::tax, TaxRounding::rate_bucket), inclusive("0.1", TaxTarget::tax, TaxRounding::rate_bucket)});
  c.lines[0].taxes = c.lines[2].taxes = {0};
  const auto totals = calculate(c);
  EXPECT_EQ(minors(totals.lines, &LineTotals::net), (Minors{10000, 10000, 10000}));
  EXPECT_EQ(totals.taxes[0].amount.minor(), 6000);
  EXPECT_EQ(totals.taxes[1].amount.minor(), 1000);
}

TEST(Pricing, SeveralRoundedTaxesNeverTakeALineBelowZero) {
  std::vector<TaxRule> both{inclusive("0.05", TaxTarget::tax, TaxRounding::rate_bucket),
                            inclusive("0.07", TaxTarget::tax, TaxRounding::rate_bucket)};
  auto c = cart("JPY", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, both);
  const auto bucket = calculate(c);  // 0.54 -> 1 and 0.75 -> 1: both would go to the first line
  EXPECT_EQ(bucket.tax_total.minor(), 2);
  for (const auto& line : bucket.lines) EXPECT_GE(line.net.minor(), 0);
  for (auto& tax : c.taxes) tax.rounding = TaxRounding::line, tax.target = TaxTarget::net, tax.mode = Rounding::down;
  for (const auto& line : calculate(c).lines) {
    EXPECT_EQ(line.net.minor(), 0);
    EXPECT_EQ(line.tax.minor(), 1);
  }
  c.exempt = true;
  for (const auto& line : calculate(c).lines) {
    EXPECT_EQ(line.gross.minor(), 0);
    EXPECT_EQ(line.exempted.minor(), 1);
  }
}

TEST(Pricing, AnExemptOrderPaysNoTaxAndGetsInclusiveTaxOffThePrice) {
  auto c = cart("EUR", {1200, 600}, {inclusive("0.20"), exclusive("0.05")});
  c.lines[1].exempt = true;
  auto totals = calculate(c);
  EXPECT_EQ(totals.subtotal.minor(), 1700);
  EXPECT_EQ(totals.lines[1].gross.minor(), 500);
  EXPECT_EQ(totals.lines[1].exempted.minor(), 100);
  EXPECT_EQ(totals.lines[1].tax.minor(), 0);
  EXPECT_TRUE(totals.lines[1].taxes.empty());
  EXPECT_EQ(totals.total.minor(), 1200 + 50 + 500);
  c.exempt = true;
  c.discounts = {percent_off("10")};
  totals = calculate(c);
  EXPECT_EQ(totals.subtotal.minor(), 1500);
  EXPECT_EQ(totals.discount_total.minor(), 150);
  EXPECT_EQ(totals.tax_total.minor(), 0);
  EXPECT_EQ(totals.total.minor(), 1350);
  ASSERT_EQ(totals.taxes.size(), 2U);
  EXPECT_EQ(totals.taxes[0].base.minor(), 0);
}

TEST(Pricing, ATaxIsOwedOnlyByTheLinesThatListIt) {
  auto c = cart("EUR", {1000, 1000}, {exclusive("0.10"), exclusive("0.20")});
  c.lines[0].taxes = {1};
  c.lines[1].taxes = {};
  const auto totals = calculate(c);
  EXPECT_EQ(totals.taxes[0].amount.minor(), 0);
  EXPECT_EQ(totals.taxes[1].amount.minor(), 200);
  ASSERT_EQ(totals.lines[0].taxes.size(), 1U);
  EXPECT_EQ(totals.lines[0].taxes[0].tax, 1);
  EXPECT_EQ(totals.lines[0].taxes[0].base.minor(), 1000);
}

TEST(Pricing, CurrenciesKeepTheirOwnSmallestUnit) {
  EXPECT_EQ(calculate(cart("JPY", {999}, {exclusive("0.08")})).total.minor(), 1079);          // 79.92
  EXPECT_EQ(calculate(cart("KWD", {12345}, {exclusive("0.05")})).total.decimal(), "12.962");  // 0.61725
}

TEST(Pricing, EmptyAndFreeCartsComeToZero) {
  const auto nothing = calculate(cart("EUR", {}));
  EXPECT_EQ(nothing.total, eur(0));
  auto c = cart("EUR", {0, 0},
                {inclusive("0.2", TaxTarget::tax, TaxRounding::rate_bucket), exclusive("0.1", TaxRounding::rate_bucket)});
  c.discounts = {percent_off("10"), amount_off(eur(100))};
  const auto free = calculate(c);
  EXPECT_EQ(free.total, eur(0));
  EXPECT_EQ(free.discount_total, eur(0));
  c = cart("EUR", {500, 100});
  c.lines[0].quantity = {};
  EXPECT_EQ(calculate(c).total, eur(100));
}

TEST(Pricing, TheLargestAmountsStayExact) {
  auto c = cart("EUR", {base::Money::limit / 2}, {});
  for (const auto* text : {"0.100001", "0.200003", "0.300007"}) {
    c.taxes.push_back(inclusive(text));
    c.lines[0].taxes.push_back(static_cast<std::int64_t>(c.taxes.size()) - 1);
  }
  c.taxes[1].compound = c.taxes[2].compound = true;
  EXPECT_TRUE(check(c));
  const auto totals = calculate(c);
  EXPECT_EQ(totals.total.minor(), base::Money::limit / 2);
  EXPECT_EQ((totals.lines[0].net + totals.tax_total).minor(), base::Money::limit / 2);
  for (auto& tax : c.taxes) tax.rate = base::Rate(max_rate);
  EXPECT_TRUE(check(c));
  EXPECT_EQ(calculate(c).total.minor(), base::Money::limit / 2);
}

TEST(Pricing, ABrokenCartIsABugAndThrows) {
  auto c = cart("EUR", {100});
  c.lines[0].taxes = {0};
  EXPECT_THROW(calculate(c), std::logic_error);
  c = cart("EUR", {100});
  c.discounts = {amount_off(eur(1), 1)};
  EXPECT_THROW(calculate(c), std::logic_error);
  c.discounts = {DiscountRule{}};
  EXPECT_THROW(calculate(c), std::logic_error);
  c = cart("EUR", {100, 100});
  c.lines[1].unit_price = {100, currency("USD")};
  EXPECT_THROW(calculate(c), std::logic_error);
}

std::vector<std::string> pointers(const Cart& c) {
  const auto result = check(c);
  std::vector<std::string> all;
  if (!result)
    for (const auto& error : result.error().errors) all.push_back(error.pointer);
  return all;
}
using Pointers = std::vector<std::string>;

TEST(PricingCheck, NamesEveryOffendingMember) {
  auto c = cart("EUR", {100, 100, -1});
  c.lines[1].unit_price = {100, currency("USD")};
  c.discounts = {DiscountRule{}, amount_off(base::Money(5, currency("USD"))), amount_off(eur(-1)), percent_off("5", 3),
                 percent_off("5", 2)};
  EXPECT_EQ(pointers(c), (Pointers{"/lines/1", "/lines/2", "/discounts/0", "/discounts/1/amount", "/discounts/2/amount",
                                   "/discounts/3/line"}));
  EXPECT_EQ(check(c).error().code, "pricing.unpriceable");
  EXPECT_EQ(pointers(cart("EUR", {100}, {exclusive("0.2")})), Pointers{});
}

TEST(PricingCheck, RefusesWhatWouldNotFitAnAmount) {
  auto c = cart("EUR", {base::Money::limit}, {});
  c.lines[0].quantity = quantity("999");
  EXPECT_EQ(pointers(c), Pointers{"/lines/0"});
  c = cart("EUR", {base::Money::limit / 2, base::Money::limit / 2, 5, 7}, {});
  EXPECT_EQ(pointers(c), Pointers{"/lines/2"});
  c = cart("EUR", {base::Money::limit - 5}, {exclusive("0.000001")});
  EXPECT_EQ(pointers(c), Pointers{"/lines/0"});
  c = cart("EUR", {base::Money::limit - 5});
  EXPECT_EQ(pointers(c), Pointers{});
}

TEST(PricingCheck, RefusesMoreTaxesThanStayExact) {
  auto c = cart("EUR", {100}, std::vector<TaxRule>(9, exclusive("0.01")));
  EXPECT_EQ(pointers(c), Pointers{"/lines/0"});
  c = cart("EUR", {100}, std::vector<TaxRule>(3, compound(inclusive("0.01"))));
  EXPECT_EQ(pointers(c), Pointers{"/lines/0"});
  c = cart("EUR", {100}, {exclusive("10.000001")});
  EXPECT_EQ(pointers(c), Pointers{"/lines/0"});
  c = cart("EUR", {100}, {exclusive("10")});
  EXPECT_EQ(pointers(c), Pointers{});
}

}  // namespace
}  // namespace pricing::test
