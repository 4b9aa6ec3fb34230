#include <algorithm>
#include <string>

#include "modules/sell/pricing/working.h"

namespace pricing {
namespace {

using base::Wide;

Wide greatest_common_divisor(Wide a, Wide b) {
  while (b != 0) {
    const Wide rest = a % b;
    a = b, b = rest;
  }
  return a;
}

std::string digits(Wide n) {  // n >= 0
  std::string text;
  do text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(n % 10)));
  while ((n /= 10) != 0);
  return text;
}

Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// n/d >= 0 exactly: "10.285" where the decimals end, else "5/3".
std::string exact_text(Wide n, Wide d) {
  const Wide common = n == 0 ? d : greatest_common_divisor(n, d);
  n /= common, d /= common;
  Wide odd = d;
  while (odd % 2 == 0) odd /= 2;
  while (odd % 5 == 0) odd /= 5;
  if (odd != 1) return digits(n) + "/" + digits(d);
  auto text = digits(n / d);
  Wide rest = n % d;
  if (rest != 0) text += '.';
  for (; rest != 0; rest = rest * 10 % d) text += static_cast<char>('0' + static_cast<int>(rest * 10 / d));
  return text;
}

// An exact number of minor units, in major units.
std::string exact_money(Wide n, Wide d, base::Currency currency) {
  const Wide common = n == 0 ? d : greatest_common_divisor(n, d);
  return exact_text(n / common, d / common * power_of_ten(currency.decimals()));
}

std::string formula_of(const Cart& cart, const Fact& fact) {
  const auto base = fact.base.decimal();
  switch (fact.kind) {
    case StepKind::price:
      return base + " × " + cart.lines[*fact.line].quantity.text();
    case StepKind::line_discount:
    case StepKind::order_discount:
      if (fact.discount->percent) return base + " × " + fact.discount->percent->text() + " %, at most " + base;
      return fact.discount->amount->decimal() + ", at most " + base;
    case StepKind::exemption:
    case StepKind::inclusive_tax: {
      const auto& part = fact.inclusive;
      const auto whole = exact_text(part.whole, part.scale);
      if (fact.tax->target == TaxTarget::tax) return base + " × " + exact_text(part.f, part.scale) + " / " + whole;
      return base + " - " + base + " × " + exact_text(part.whole - part.f, part.scale) + " / " + whole;
    }
    case StepKind::exclusive_tax:
      return base + " × " + fact.tax->rate.text();
    case StepKind::total:
      break;
  }
  return {};
}

class Teller final : public Trace {
 public:
  Teller(const Cart& cart, base::List<Step, 0, 100000>& steps) : cart_(cart), steps_(steps) {}

  void note(const Fact& fact) override {
    auto& step = steps_.emplace_back();
    step.kind = fact.kind;
    if (fact.line) step.line = static_cast<std::int64_t>(*fact.line);
    step.base = fact.base;
    step.formula = formula_of(cart_, fact);
    step.exact = exact_money(fact.numerator, fact.denominator, cart_.currency);
    step.result = fact.result;
    if (fact.tax) {
      step.rule = fact.tax->name;
      step.rate = fact.tax->rate;
      step.rounding = fact.tax->mode;
      if (fact.tax->inclusive) step.target = fact.tax->target;
    } else if (fact.discount) {
      step.rule = fact.discount->name;
      step.rate = fact.discount->percent;
      if (fact.discount->percent) step.rounding = price_rounding;
    } else {
      step.rounding = price_rounding;
    }
    share(step, fact);
  }

 private:
  void share(Step& step, const Fact& fact) const {
    Wide weights = 0;
    for (const auto& part : fact.parts) weights += part.weight;
    for (const auto& part : fact.parts) {
      const auto exact =
          weights == 0 ? std::string("0") : exact_money(Wide{fact.result.minor()} * part.weight, weights, cart_.currency);
      step.shares.push_back({.line = static_cast<std::int64_t>(part.line),
                             .base = {part.weight, cart_.currency},
                             .exact = exact,
                             .amount = {part.amount, cart_.currency},
                             .remainder = part.remainder});
    }
    std::ranges::sort(step.shares, {}, &StepShare::line);
  }

  const Cart& cart_;
  base::List<Step, 0, 100000>& steps_;
};

Step total_step(const Totals& totals) {
  auto exclusive = totals.total - (totals.subtotal - totals.discount_total);
  Step step;
  step.kind = StepKind::total;
  step.base = totals.subtotal;
  step.formula = totals.subtotal.decimal() + " - " + totals.discount_total.decimal() + " + " + exclusive.decimal();
  step.exact = exact_money(totals.total.minor(), 1, totals.total.currency());
  step.result = totals.total;
  return step;
}

}  // namespace

Explanation explain(const Cart& cart) {
  Explanation explanation;
  Teller teller(cart, explanation.steps);
  explanation.totals = price(cart, &teller);
  explanation.steps.push_back(total_step(explanation.totals));
  return explanation;
}

}  // namespace pricing
