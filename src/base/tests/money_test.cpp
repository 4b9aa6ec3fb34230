#include "base/money.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <stdexcept>

namespace {

using base::Currency, base::divide, base::Money, base::Rounding, base::Wide;

Currency eur() { return *Currency::parse("EUR"); }
Money euro(std::int64_t minor) { return {minor, eur()}; }
std::vector<std::int64_t> minors(const std::vector<Money>& parts) {
  std::vector<std::int64_t> out;
  for (auto part : parts) out.push_back(part.minor());
  return out;
}
std::vector<std::int64_t> split(std::int64_t minor, std::vector<std::int64_t> weights) {
  return minors(euro(minor).split(weights));
}
using Minors = std::vector<std::int64_t>;

TEST(Currency, KnowsItsDecimals) {
  const std::pair<std::string_view, int> cases[] = {{"EUR", 2}, {"GBP", 2}, {"USD", 2},    {"JPY", 0}, {"KRW", 0},
                                                    {"ISK", 0}, {"CLP", 0}, {"KWD", 3},    {"BHD", 3}, {"TND", 3},
                                                    {"CLF", 4}, {"UYW", 4}, {"XCG", 2},    {"ZWG", 2}, {"XAU", 0},
                                                    {"ZZZ", 0}, {"XPF", 0}, {"POINTS", 0}, {"AED", 2}, {"STARS1", 0}};
  for (auto [code, decimals] : cases) EXPECT_EQ(Currency::parse(code).value().decimals(), decimals) << code;
}
TEST(Currency, IsThreeToEightCapitalsAndDigits) {
  for (auto code : {"EUR", "POINTS", "STAMPS99", "123"}) EXPECT_EQ(Currency::parse(code).value().text(), code);
  for (auto code : {"", "EU", "eur", "EUR ", "POINTS123", "E-R", "ÉUR"}) EXPECT_FALSE(Currency::parse(code)) << code;
  EXPECT_TRUE(Currency().empty());
  EXPECT_EQ(Currency().text(), "");
}

TEST(Money, AddsAndRefusesToMix) {
  EXPECT_EQ((euro(1000) + euro(29)).minor(), 1029);
  EXPECT_EQ((euro(1000) - euro(1029)).minor(), -29);
  EXPECT_EQ((-euro(5)).minor(), -5);
  EXPECT_EQ((euro(250) * 3).minor(), 750);
  EXPECT_THROW(euro(1) + Money(1, *Currency::parse("USD")), std::logic_error);
  EXPECT_EQ(euro(1) <=> Money(1, *Currency::parse("USD")), std::partial_ordering::unordered);
  EXPECT_LT(euro(1), euro(2));
}
TEST(Money, OverflowThrows) {
  EXPECT_THROW(euro(INT64_MAX) + euro(1), std::overflow_error);
  EXPECT_THROW(euro(INT64_MIN) - euro(1), std::overflow_error);
  EXPECT_THROW(euro(INT64_MAX) * 2, std::overflow_error);
  EXPECT_THROW(-euro(INT64_MIN), std::overflow_error);
  EXPECT_THROW(euro(INT64_MAX).scaled(2, 1, Rounding::down), std::overflow_error);
  EXPECT_THROW(euro(1).scaled(1, 0, Rounding::down), std::logic_error);
}
// commerce.md: one line net 8.50 + 21 % is 10.285.
TEST(Money, RoundsATieByItsPolicy) {
  EXPECT_EQ(euro(850).scaled(121, 100, Rounding::half_up).minor(), 1029);
  EXPECT_EQ(euro(850).scaled(121, 100, Rounding::half_even).minor(), 1028);
  EXPECT_EQ(euro(850).scaled(121, 100, Rounding::down).minor(), 1028);
  EXPECT_EQ(euro(-850).scaled(121, 100, Rounding::half_up).minor(), -1029);
  EXPECT_EQ(euro(-850).scaled(121, 100, Rounding::half_even).minor(), -1028);
  EXPECT_EQ(euro(105).scaled(825, 10'000, Rounding::half_up).minor() * 3, 27);  // three lines of 1.05 at 8.25 %, each rounded
  EXPECT_EQ(euro(315).scaled(825, 10'000, Rounding::half_up).minor(), 26);      // the same, rounded once
  EXPECT_EQ(euro(1005).scaled(20, 120, Rounding::half_up).minor(), 168);        // the tax in 10.05 gross at 20 %
  EXPECT_EQ(euro(1005).scaled(100, 120, Rounding::half_up).minor(), 838);       // its net
}
// commerce.md: in 10.05 gross at 20 % one of the two is rounded, the other is what remains.
TEST(Money, InclusiveTaxAndNetAlwaysMakeTheGross) {
  const auto gross = euro(1005), tax = gross.scaled(20, 120, Rounding::half_up),
             net = gross.scaled(100, 120, Rounding::half_up);
  EXPECT_EQ((gross - tax).minor(), 837);
  EXPECT_EQ((gross - net).minor(), 167);
}
TEST(Money, ScaledEqualsTheNaiveQuotient) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> amount(-Money::limit, Money::limit), factor(-1'000'000, 1'000'000),
      bottom(1, 1'000'000);
  for (int i = 0; i < 10'000; ++i) {
    const auto m = amount(random), n = factor(random), d = bottom(random);
    const Wide exact = Wide{m} * n, twice = exact * 2;
    // floor((2x + d) / 2d) is the nearest, ties up: applied to the magnitude it is half_up
    const Wide size = twice < 0 ? -twice : twice, nearest = (size + d) / (Wide{d} * 2);
    if (nearest > INT64_MAX) continue;
    const auto half_up = static_cast<std::int64_t>(exact < 0 ? -nearest : nearest);
    const auto down = static_cast<std::int64_t>(exact / d);
    const bool tie = size % (Wide{d} * 2) == d;
    const auto half_even = tie && half_up % 2 != 0 ? half_up - (exact < 0 ? -1 : 1) : half_up;
    ASSERT_EQ(euro(m).scaled(n, d, Rounding::half_up).minor(), half_up);
    ASSERT_EQ(euro(m).scaled(n, d, Rounding::half_even).minor(), half_even);
    ASSERT_EQ(euro(m).scaled(n, d, Rounding::down).minor(), down);
  }
}
TEST(Divide, DoesNotOverflowAtTheEndOf128Bits) {
  const Wide large = Wide{1} << 126;
  EXPECT_EQ(divide(large, large, Rounding::half_up), 1);
  EXPECT_EQ(divide(large - 1, large, Rounding::half_up), 1);
  EXPECT_EQ(divide(-(large / 2), large, Rounding::half_up), -1);
  EXPECT_EQ(divide(-(large / 2), large, Rounding::half_even), 0);
  EXPECT_THROW(divide(large, 1, Rounding::down), std::overflow_error);
}

TEST(Split, GivesTheLargestRemainderFirst) {
  EXPECT_EQ(split(500, {1250, 899, 351}), (Minors{250, 180, 70}));
  EXPECT_EQ(split(100, {500, 500, 500}), (Minors{34, 33, 33}));
  EXPECT_EQ(split(1000, {3333, 3333, 3334}), (Minors{333, 333, 334}));
  EXPECT_EQ(split(10'000, {5, 3, 2}), (Minors{5000, 3000, 2000}));
  EXPECT_EQ(split(-500, {1250, 899, 351}), (Minors{-250, -180, -70}));
  EXPECT_EQ(split(1, {0, 0, 7}), (Minors{0, 0, 1}));
  EXPECT_EQ(split(0, {1, 2}), (Minors{0, 0}));
  EXPECT_THROW(split(1, {0, 0}), std::logic_error);
  EXPECT_THROW(split(1, {}), std::logic_error);
  EXPECT_THROW(split(1, {2, -1}), std::logic_error);
  EXPECT_EQ(split(INT64_MAX, {INT64_MAX, INT64_MAX}), (Minors{INT64_MAX / 2 + 1, INT64_MAX / 2}));
  EXPECT_EQ(split(INT64_MIN, {1}), (Minors{INT64_MIN}));
}
TEST(Split, IsAsEvenAsTheUnitAllows) {
  EXPECT_EQ(minors(euro(10'000).split_evenly(3)), (Minors{3334, 3333, 3333}));
  EXPECT_EQ(minors(euro(2).split_evenly(4)), (Minors{1, 1, 0, 0}));
  EXPECT_EQ(minors(euro(3000).split_evenly(7)), (Minors{429, 429, 429, 429, 428, 428, 428}));
  EXPECT_EQ(minors(euro(-5).split_evenly(3)), (Minors{-2, -2, -1}));
  EXPECT_THROW(euro(1).split_evenly(0), std::logic_error);
}
TEST(Split, TenThousandRandomSplitsAddUp) {
  std::mt19937_64 random(42);
  std::uniform_int_distribution<std::int64_t> amount(-Money::limit, Money::limit), weight(0, 1'000'000), parts(1, 40);
  for (int i = 0; i < 10'000; ++i) {
    const auto whole = amount(random);
    Minors weights(static_cast<std::size_t>(parts(random)));
    for (auto& w : weights) w = weight(random) % 5 == 0 ? 0 : weight(random);
    const auto total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    if (total == 0) continue;
    const auto shares = split(whole, weights);
    ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), whole);
    for (std::size_t n = 0; n < shares.size(); ++n) {
      const Wide error = Wide{shares[n]} * total - Wide{whole} * weights[n];  // less than one unit off its exact share
      ASSERT_LT(error < 0 ? -error : error, total);
    }
    const auto even = minors(euro(whole).split_evenly(weights.size()));
    ASSERT_EQ(std::accumulate(even.begin(), even.end(), std::int64_t{0}), whole);
    ASSERT_LE(std::abs(even.front() - even.back()), 1);
  }
}
// commerce.md: ten refunds of 17925 by cumulative difference.
TEST(Scaled, CumulativeRefundsSumToTheOriginal) {
  Minors refunds;
  std::int64_t refunded = 0;
  for (int k = 1; k <= 10; ++k) {
    const auto upto = euro(17'925).scaled(k, 10, Rounding::half_up).minor();
    refunds.push_back(upto - refunded);
    refunded = upto;
  }
  EXPECT_EQ(refunds, (Minors{1793, 1792, 1793, 1792, 1793, 1792, 1793, 1792, 1793, 1792}));
  EXPECT_EQ(refunded, 17'925);
}

TEST(Decimal, HasTheDecimalsOfItsCurrency) {
  const auto text = [](std::int64_t minor, std::string_view code) { return Money(minor, *Currency::parse(code)).decimal(); };
  EXPECT_EQ(text(2499, "EUR"), "24.99");
  EXPECT_EQ(text(5, "EUR"), "0.05");
  EXPECT_EQ(text(-5, "EUR"), "-0.05");
  EXPECT_EQ(text(0, "EUR"), "0.00");
  EXPECT_EQ(text(1500, "JPY"), "1500");
  EXPECT_EQ(text(1500, "KWD"), "1.500");
  EXPECT_EQ(text(-10'000, "CLF"), "-1.0000");
  EXPECT_EQ(text(INT64_MIN, "EUR"), "-92233720368547758.08");
}

}  // namespace
