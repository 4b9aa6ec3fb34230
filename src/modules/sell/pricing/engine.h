#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/money.h"
#include "base/number.h"
#include "base/result.h"
#include "base/text.h"
#include "reflect/type.h"

namespace base {
ENUM(Rounding, half_up, half_even, down)
}
// The one place where prices, discounts and taxes become amounts: quote, order, split, refund and explanation all call
// it. Values in, values out: no transaction, no clock, no floating point.
//
// The order of calculation, and the only places where something is rounded:
//  1. gross of a line = unit price × quantity, half up.
//  2. An exempt line: its inclusive taxes are taken out of gross (one line at a time, as in 5), and it owes no tax.
//  3. Line discounts in the order given, then order discounts in the order given. Each sees what the earlier ones left,
//     is rounded half up and never exceeds that base. An order discount is shared out by largest remainder.
//  4. price = gross - discount: what the line costs as shown to the customer.
//  5. Inclusive taxes are taken out of price, each at once from the same price: tax = price × f / F, where f is the
//     rate (of a compound tax: rate × (1 + the f of the earlier ones)) and F = 1 + the sum of all f. What stays is net.
//  6. Exclusive taxes are added, in the order of Cart::taxes: base × rate, base = net (compound: net + the line's
//     earlier taxes as rounded, the inclusive ones too).
// `line` rounds 5 and 6 for each line. `rate_bucket` rounds once for a tax over all its lines and shares the result out
// by largest remainder. (Lines with different sets of inclusive taxes have different F: each set is a bucket.)
// Largest remainder: every line gets its exact share rounded down; the units left go to the largest fractions, ties to
// the earlier line. No share takes a line below zero.
namespace pricing {

using TaxId = base::Id<"tax">;

enum class TaxRounding : std::uint8_t { line, rate_bucket };
ENUM(TaxRounding, line, rate_bucket)
// Inclusive taxes: what is rounded, the tax or the price without it. 10.05 with 20 % in it: tax 1.68 or net 8.38.
enum class TaxTarget : std::uint8_t { tax, net };
ENUM(TaxTarget, tax, net)

// A tax as it applies, already chosen by location, category and order type.
struct TaxRule {
  TaxId id;
  base::Text<1, 80> name;
  base::Rate rate;  // "0.21" is 21 %
  bool inclusive = false;
  bool compound = false;
  TaxRounding rounding = TaxRounding::line;
  base::Rounding mode = base::Rounding::half_up;
  TaxTarget target = TaxTarget::tax;
};
RECORD(TaxRule, id, name, rate, inclusive, compound, rounding, mode, target)

// Either a percentage or an amount; of one line, or of the order.
struct DiscountRule {
  base::Text<0, 80> name;
  std::optional<base::Rate> percent;  // of a hundred: "12.5" is 12.5 %
  std::optional<base::Money> amount;
  std::optional<std::int64_t> line;  // position in Cart::lines
};
RECORD(DiscountRule, name, percent, amount, line)

struct CartLine {
  base::Money unit_price;  // of quantity 1, with the variant and the modifiers
  base::Quantity quantity = base::Quantity::of(1);
  std::vector<std::int64_t> taxes;  // positions in Cart::taxes, in any order
  bool exempt = false;
};
struct Cart {
  base::Currency currency;
  std::vector<TaxRule> taxes;  // in the order in which they apply
  std::vector<CartLine> lines;
  std::vector<DiscountRule> discounts;
  bool exempt = false;  // every line is
};

// One tax on one line. An exempt line has none.
struct LineTax {
  std::int64_t tax = 0;  // position in Totals::taxes
  base::Money base;      // what the rate applies to: net, of a compound tax with the earlier taxes
  base::Money amount;
};
RECORD(LineTax, tax, base, amount)

// total = net + tax = gross - discount + exclusive taxes. gross contains inclusive taxes, unless the line is exempt:
// then they are in `exempted`, and gross + exempted is the price on the menu.
struct LineTotals {
  base::Money gross, discount, net, tax, total, exempted;
  base::List<LineTax, 0, 64> taxes;
};
RECORD(LineTotals, gross, discount, net, tax, total, exempted, taxes)

// A tax over all its lines: the sums of their LineTax.
struct TaxTotal {
  TaxId id;
  base::Text<1, 80> name;
  base::Rate rate;
  bool inclusive = false;
  base::Money base, amount;
};
RECORD(TaxTotal, id, name, rate, inclusive, base, amount)

// subtotal: the gross of all lines, before discounts, as shown on the menu: with inclusive taxes, without exclusive
// ones. tax_total: all taxes, of both kinds. total: what is to be paid = subtotal - discount_total + exclusive taxes
// = the sum of net + tax_total. Every member is the exact sum of its lines.
// lines and taxes stand in the order of the cart; a tax that no line owes is there with zeros.
struct Totals {
  base::List<LineTotals, 0, 2000> lines;
  base::Money subtotal, discount_total, tax_total, total;
  base::List<TaxTotal, 0, 64> taxes;
};
RECORD(Totals, lines, subtotal, discount_total, tax_total, total, taxes)

inline constexpr base::ProblemKind unpriceable{"pricing.unpriceable", 422,
                                               "The lines, discounts and taxes do not make a price."};
// What arithmetic stays exact for: rates up to 1000 %, eight taxes a line, two of the inclusive ones compound.
inline constexpr std::int64_t max_rate = 10 * base::Rate::one;
inline constexpr std::size_t max_line_taxes = 8, max_compound_inclusive = 2;

// What a client can get wrong past the types: mixed currencies, negative prices or discounts, a discount that is not
// exactly one of percentage and amount or names no line, more taxes or higher rates than above, totals past
// Money::limit. Pointers are those of the cart: "/lines/3", "/discounts/0/line".
base::Result<> check(const Cart&);

// A cart that passes check() is priced; of another one std::logic_error and std::overflow_error tell (a bug).
Totals calculate(const Cart&);

// ---- how each cent came about ---------------------------------------------------------------------------------------

enum class StepKind : std::uint8_t { price, exemption, line_discount, order_discount, inclusive_tax, exclusive_tax, total };
ENUM(StepKind, price, exemption, line_discount, order_discount, inclusive_tax, exclusive_tax, total)

struct StepShare {
  std::int64_t line = 0;
  base::Money base;            // its weight
  std::string exact;           // its unrounded share
  base::Money amount;          // what it got
  std::int64_t remainder = 0;  // units of it that are remainder: 1 where the exact share was rounded up
};
RECORD(StepShare, line, base, exact, amount, remainder)

// exact: the unrounded value in major units: a decimal where one ends ("10.285"), else a fraction in lowest terms
// ("5/3"). rounding is absent where nothing is rounded. With target `net`, base - exact was rounded instead of exact.
struct Step {
  StepKind kind = StepKind::price;
  std::optional<std::int64_t> line;  // absent: several lines, see shares
  std::string rule;                  // name of the discount or tax
  std::optional<base::Rate> rate;    // of the tax; of a discount its percentage
  base::Money base;
  std::string formula;  // "10.05 × 0.2 / 1.2"
  std::string exact;
  std::optional<base::Rounding> rounding;
  std::optional<TaxTarget> target;
  base::Money result;
  base::List<StepShare, 0, 2000> shares;
};
RECORD(Step, kind, line, rule, rate, base, formula, exact, rounding, target, result, shares)

struct Explanation {
  base::List<Step, 0, 100000> steps;
  Totals totals;
};
RECORD(Explanation, steps, totals)

// The same calculation, told step by step: its totals are those of calculate().
Explanation explain(const Cart&);

// ---- parts of what was calculated; nothing is calculated again, so the sums are kept to the unit ---------------------

struct Check {
  base::Money total, tax, net;
  std::vector<base::Money> taxes;  // as Totals::taxes
};
RECORD(Check, total, tax, net, taxes)
// n >= 1 checks; total and tax each as even as the unit allows, the larger ones first.
std::vector<Check> split_evenly(const Totals&, std::size_t n);

// The totals of groups of lines (positions in whole.lines; each line in exactly one group, else std::logic_error).
// To price such a group again later, give each line its settled discount as a DiscountRule with amount and line: then
// gross, discount and taxes rounded by line come out as they were; a rate_bucket may move by a unit.
std::vector<Totals> apportion(const Totals& whole, std::span<const std::vector<std::size_t>> groups);

// The lines of all, one after another, and their sums. Taxes that are the same in all but amount become one.
// At least one, all of one currency, else std::logic_error.
Totals merge(std::span<const Totals> all);

// What the first k of n units of `total` are worth (0 <= k <= n, n > 0). The refund of the k-th is this less what was
// refunded before: 17925 in 10 gives 1793, 1792, 1793 … and 17925 in the end.
base::Money cumulative_share(base::Money total, std::int64_t k, std::int64_t n, base::Rounding = base::Rounding::half_up);

// An amount paid in cash, to the nearest multiple of the smallest coin (`increment` > 0 minor units): CAD 149.97 with
// increment 5 is 149.95; the difference, -0.02, is the cash rounding.
base::Money cash_round(base::Money due, std::int64_t increment, base::Rounding = base::Rounding::half_up);

}  // namespace pricing
