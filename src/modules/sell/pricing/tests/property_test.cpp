#include <gtest/gtest.h>

#include <random>

#include "modules/sell/pricing/engine.h"
#include "modules/sell/pricing/tests/carts.h"
#include "modules/sell/pricing/working.h"

// Promises that hold for every cart, tried on 10,000 random ones (a fixed seed: a failure is the same one again).
namespace pricing::test {
namespace {

constexpr int carts = 10'000;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::int64_t roll(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool one_in(std::int64_t n) { return roll(1, n) == 1; }

 private:
  std::mt19937_64 engine_;
};

TaxRule random_tax(Dice& dice) {
  TaxRule tax{.id = {}, .name = base::Text<1, 80>("Tax " + std::to_string(dice.roll(1, 9)))};
  tax.rate = base::Rate(dice.one_in(3) ? dice.roll(0, 300'000) : dice.roll(0, 30) * 10'000);
  tax.inclusive = dice.one_in(2);
  tax.compound = dice.one_in(4);
  tax.rounding = dice.one_in(2) ? TaxRounding::line : TaxRounding::rate_bucket;
  tax.mode = static_cast<base::Rounding>(dice.roll(0, 2));
  tax.target = dice.one_in(2) ? TaxTarget::tax : TaxTarget::net;
  return tax;
}

Cart random_cart(Dice& dice) {
  constexpr std::string_view codes[] = {"JPY", "EUR", "KWD"};
  Cart c{.currency = currency(codes[dice.roll(0, 2)]), .taxes = {}, .lines = {}, .discounts = {}};
  std::size_t compound = 0;
  for (auto n = dice.roll(0, 4); n > 0; --n) {
    auto tax = random_tax(dice);
    tax.compound = tax.compound && (!tax.inclusive || compound < max_compound_inclusive);
    if (tax.compound && tax.inclusive) ++compound;
    c.taxes.push_back(std::move(tax));
  }
  const auto lines = dice.roll(1, 12);
  const std::int64_t largest = dice.one_in(4) ? 5 : dice.one_in(3) ? 1'000'000 : 5000;
  for (auto n = lines; n > 0; --n) {
    CartLine line{.unit_price = {dice.roll(0, largest), c.currency}, .taxes = {}};
    line.quantity = dice.one_in(4) ? base::Quantity(dice.roll(0, 5000)) : base::Quantity::of(dice.roll(1, 5));
    for (std::size_t t = 0; t < c.taxes.size(); ++t)
      if (!dice.one_in(4)) line.taxes.push_back(static_cast<std::int64_t>(t));
    line.exempt = dice.one_in(12);
    c.lines.push_back(std::move(line));
  }
  for (auto n = dice.roll(0, 3); n > 0; --n) {
    DiscountRule rule;
    if (dice.one_in(2))
      rule.percent = base::Rate(dice.roll(0, 120'000'000));
    else
      rule.amount = base::Money(dice.roll(0, largest * 3), c.currency);
    if (dice.one_in(2)) rule.line = dice.roll(0, lines - 1);
    c.discounts.push_back(std::move(rule));
  }
  c.exempt = dice.one_in(30);
  return c;
}

std::int64_t sum(const auto& list, auto member) {
  std::int64_t all = 0;
  for (const auto& element : list) all += (element.*member).minor();
  return all;
}

// Every identity that engine.h states.
void expect_consistent(const Totals& totals, std::string_view where) {
  SCOPED_TRACE(where);
  std::vector<std::int64_t> amounts(totals.taxes.size(), 0), bases(totals.taxes.size(), 0);
  std::int64_t exclusive = 0;
  for (const auto& line : totals.lines) {
    EXPECT_GE(line.gross.minor(), 0);
    EXPECT_GE(line.discount.minor(), 0);
    EXPECT_LE(line.discount.minor(), line.gross.minor());
    EXPECT_GE(line.net.minor(), 0);
    EXPECT_EQ(line.total, line.net + line.tax);
    EXPECT_EQ(sum(line.taxes, &LineTax::amount), line.tax.minor());
    std::int64_t added = 0;
    for (const auto& tax : line.taxes) {
      const auto t = static_cast<std::size_t>(tax.tax);
      EXPECT_GE(tax.amount.minor(), 0);
      amounts.at(t) += tax.amount.minor();
      bases.at(t) += tax.base.minor();
      if (!totals.taxes[t].inclusive) added += tax.amount.minor();
    }
    EXPECT_EQ(line.total.minor(), line.gross.minor() - line.discount.minor() + added);
    exclusive += added;
  }
  for (std::size_t t = 0; t < totals.taxes.size(); ++t) {
    EXPECT_EQ(totals.taxes[t].amount.minor(), amounts[t]);
    EXPECT_EQ(totals.taxes[t].base.minor(), bases[t]);
  }
  EXPECT_EQ(totals.subtotal.minor(), sum(totals.lines, &LineTotals::gross));
  EXPECT_EQ(totals.discount_total.minor(), sum(totals.lines, &LineTotals::discount));
  EXPECT_EQ(totals.tax_total.minor(), sum(totals.taxes, &TaxTotal::amount));
  EXPECT_EQ(totals.total.minor(), totals.subtotal.minor() - totals.discount_total.minor() + exclusive);
  EXPECT_EQ(totals.total.minor(), sum(totals.lines, &LineTotals::net) + totals.tax_total.minor());
}

TEST(PricingProperty, LinesTaxesAndTotalsAddUpToTheUnit) {
  Dice dice(20251010);
  for (int i = 0; i < carts && !::testing::Test::HasFailure(); ++i) {
    const auto c = random_cart(dice);
    ASSERT_TRUE(check(c)) << i;
    expect_consistent(calculate(c), std::to_string(i));
  }
}

// A single exclusive tax, recomputed here from its definition alone.
TEST(PricingProperty, ATaxIsWithinHalfAUnitOfItsExactValueWhereItIsRounded) {
  Dice dice(7);
  for (int i = 0; i < carts; ++i) {
    auto c = random_cart(dice);
    c.taxes = {random_tax(dice)};
    c.taxes[0].mode = base::Rounding::half_up;
    c.taxes[0].inclusive = false;
    for (auto& line : c.lines) line.taxes = {0};
    const auto totals = calculate(c);
    const auto within_half = [&](base::Money base, base::Money amount) {
      const auto twice = 2 * (base.minor() * c.taxes[0].rate.millionths() - amount.minor() * base::Rate::one);
      return -base::Rate::one <= twice && twice < base::Rate::one;
    };
    if (c.taxes[0].rounding == TaxRounding::rate_bucket) {
      ASSERT_TRUE(within_half(totals.taxes[0].base, totals.taxes[0].amount)) << i;
    } else {
      for (const auto& line : totals.lines)
        for (const auto& tax : line.taxes) ASSERT_TRUE(within_half(tax.base, tax.amount)) << i;
    }
  }
}

TEST(PricingProperty, EvenSplitsAddUpInTotalAndInTax) {
  Dice dice(3);
  for (int i = 0; i < carts && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto totals = calculate(random_cart(dice));
    const auto n = static_cast<std::size_t>(dice.roll(1, 20));
    const auto checks = split_evenly(totals, n);
    ASSERT_EQ(checks.size(), n);
    EXPECT_EQ(sum(checks, &Check::total), totals.total.minor());
    EXPECT_EQ(sum(checks, &Check::tax), totals.tax_total.minor());
    std::vector<std::int64_t> taxes(totals.taxes.size(), 0);
    const auto even = totals.tax_total.split_evenly(n);
    for (std::size_t k = 0; k < n; ++k) {
      EXPECT_EQ(checks[k].tax, even[k]);
      EXPECT_GE(checks[k].net.minor(), 0);
      EXPECT_LE(checks.front().total.minor() - checks[k].total.minor(), 1);
      EXPECT_LE(checks[k].total.minor(), checks[k == 0 ? 0 : k - 1].total.minor());
      for (std::size_t t = 0; t < taxes.size(); ++t) taxes[t] += checks[k].taxes[t].minor();
    }
    for (std::size_t t = 0; t < taxes.size(); ++t) EXPECT_EQ(taxes[t], totals.taxes[t].amount.minor());
  }
}

std::vector<std::vector<std::size_t>> random_groups(Dice& dice, std::size_t lines) {
  std::vector<std::vector<std::size_t>> groups(static_cast<std::size_t>(dice.roll(1, 5)));
  for (std::size_t line = 0; line < lines; ++line)
    groups[static_cast<std::size_t>(dice.roll(0, static_cast<std::int64_t>(groups.size()) - 1))].push_back(line);
  return groups;
}

TEST(PricingProperty, SplittingByLinesAndMergingBackLosesNothing) {
  Dice dice(11);
  for (int i = 0; i < carts && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto whole = calculate(random_cart(dice));
    const auto parts = apportion(whole, random_groups(dice, whole.lines.size()));
    for (const auto& part : parts) expect_consistent(part, "part");
    const auto back = merge(parts);
    expect_consistent(back, "merged");
    EXPECT_EQ(back.lines.size(), whole.lines.size());
    for (auto member : {&Totals::subtotal, &Totals::discount_total, &Totals::tax_total, &Totals::total}) {
      EXPECT_EQ(sum(parts, member), (whole.*member).minor());
      EXPECT_EQ(back.*member, whole.*member);
    }
    EXPECT_EQ(sum(back.taxes, &TaxTotal::base), sum(whole.taxes, &TaxTotal::base));
  }
}

// A part of a cart with each line's settled discount as its own: what engine.h advises for orders that were split.
Cart part_of(const Cart& c, const Totals& whole, const std::vector<std::size_t>& group) {
  Cart part{.currency = c.currency, .taxes = c.taxes, .lines = {}, .discounts = {}, .exempt = c.exempt};
  for (const auto line : group) {
    part.discounts.push_back(amount_off(whole.lines[line].discount, static_cast<std::int64_t>(part.lines.size())));
    part.lines.push_back(c.lines[line]);
  }
  return part;
}

TEST(PricingProperty, WithTaxesRoundedByLineASplitOrderPricedAgainComesToTheSame) {
  Dice dice(13);
  for (int i = 0; i < carts && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    auto c = random_cart(dice);
    for (auto& tax : c.taxes) tax.rounding = TaxRounding::line;
    const auto whole = calculate(c);
    const auto groups = random_groups(dice, c.lines.size());
    const auto parts = apportion(whole, groups);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto again = calculate(part_of(c, whole, groups[g]));
      EXPECT_EQ(again.total, parts[g].total);
      EXPECT_EQ(again.tax_total, parts[g].tax_total);
      EXPECT_EQ(again.discount_total, parts[g].discount_total);
    }
  }
}

TEST(PricingProperty, SharesWithoutCapsAreThoseOfMoney) {
  Dice dice(17);
  for (int i = 0; i < carts; ++i) {
    std::vector<Part> parts(static_cast<std::size_t>(dice.roll(1, 9)));
    std::vector<std::int64_t> weights;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      weights.push_back(dice.roll(k == 0 ? 1 : 0, 100));
      parts[k] = {.line = k, .weight = weights[k], .cap = INT64_MAX};
    }
    const auto whole = dice.roll(0, 1000);
    share_out(whole, parts);
    const auto expected = eur(whole).split(weights);
    for (const auto& part : parts) ASSERT_EQ(part.amount, expected[part.line].minor()) << i;
  }
}

TEST(PricingProperty, AnExplanationCountsEveryCent) {
  Dice dice(19);
  for (int i = 0; i < 2000 && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto c = random_cart(dice);
    const auto told = explain(c);
    EXPECT_EQ(told.totals.total, calculate(c).total);
    std::int64_t prices = 0, discounts = 0, taxes = 0;
    for (const auto& step : told.steps) {
      const auto result = step.result.minor();
      switch (step.kind) {
        case StepKind::price:
          prices += result;
          break;
        case StepKind::exemption:
          prices -= result;
          break;
        case StepKind::line_discount:
        case StepKind::order_discount:
          discounts += result;
          break;
        case StepKind::inclusive_tax:
        case StepKind::exclusive_tax:
          taxes += result;
          break;
        case StepKind::total:
          EXPECT_EQ(step.result, told.totals.total);
          break;
      }
      if (!step.line && step.kind != StepKind::total) {
        EXPECT_EQ(sum(step.shares, &StepShare::amount), result);
      }
    }
    EXPECT_EQ(prices, told.totals.subtotal.minor());
    EXPECT_EQ(discounts, told.totals.discount_total.minor());
    EXPECT_EQ(taxes, told.totals.tax_total.minor());
  }
}

}  // namespace
}  // namespace pricing::test
