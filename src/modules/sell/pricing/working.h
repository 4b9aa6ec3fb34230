#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "modules/sell/pricing/engine.h"

// Inside of the engine. calculate() and explain() run the same code; explain() listens.
namespace pricing {

// A line's part of something shared out. weight: what it is measured by; cap: what it can bear at most.
struct Part {
  std::size_t line = 0;
  std::int64_t weight = 0, cap = 0;
  std::int64_t amount = 0;
  base::Wide rest = 0;         // numerator of the fraction of a unit lost by rounding down; denominator: the sum of weights
  std::int64_t remainder = 0;  // units got beyond the share rounded down
};

// The part f/F that an inclusive tax has in the price; both are multiples of 1/scale.
struct InclusivePart {
  base::Wide f = 0, whole = 0, scale = 1;
  bool operator==(const InclusivePart&) const = default;
};

// One rounding. exact = numerator / denominator in minor units.
struct Fact {
  StepKind kind = StepKind::price;
  std::optional<std::size_t> line;
  const TaxRule* tax = nullptr;
  const DiscountRule* discount = nullptr;
  base::Money base;
  base::Wide numerator = 0, denominator = 1;
  InclusivePart inclusive;
  base::Money result;
  std::span<const Part> parts;
};
class Trace {
 public:
  virtual void note(const Fact&) = 0;

 protected:
  ~Trace() = default;
};

inline bool lists(const CartLine& line, std::size_t tax) {
  return std::ranges::find(line.taxes, static_cast<std::int64_t>(tax)) != line.taxes.end();
}

inline constexpr base::Rounding price_rounding = base::Rounding::half_up;

struct Working {
  const Cart& cart;
  Totals& totals;
  Trace* trace;             // may be null
  std::vector<Part> parts;  // reused, so that sharing out allocates once

  bool owes(std::size_t line, std::size_t tax) const { return !exempt(line) && lists(cart.lines[line], tax); }
  bool exempt(std::size_t line) const { return cart.exempt || cart.lines[line].exempt; }
  base::Money money(std::int64_t minor) const { return {minor, cart.currency}; }
  void note(const Fact& fact) const {
    if (trace) trace->note(fact);
  }
};

Totals price(const Cart&, Trace*);
void take_exempt_taxes_out(Working&);
void apply_discounts(Working&);
void take_inclusive_taxes_out(Working&);
void add_exclusive_taxes(Working&);
// Every sum of Totals from its lines; taxes must have their rules already.
void sum_up(Totals&, base::Currency);

// Shares `whole` >= 0 out over the parts by largest remainder within their caps. The order of the parts may change.
void share_out(std::int64_t whole, std::vector<Part>& parts);

// a × b. Past 128 bits: std::overflow_error.
base::Wide times(base::Wide a, base::Wide b);
// The part of `tax` among the inclusive taxes of the line.
InclusivePart inclusive_part(const Cart&, const CartLine&, std::size_t tax);

}  // namespace pricing
