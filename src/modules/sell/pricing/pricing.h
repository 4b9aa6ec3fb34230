#pragma once
#include "core/module.h"
#include "modules/sell/pricing/engine.h"
#include "modules/settings/settings.h"

// The rules of a business about prices: its taxes by place, kind of item and type of order, and its discounts. What they
// amount to is the engine's (engine.h).
namespace pricing {

using DiscountId = base::Id<"dis">;

struct Tax {
  TaxId id;
  base::Text<1, 80> name;
  base::Rate rate;
  bool inclusive = false;
  bool compound = false;
  TaxRounding rounding = TaxRounding::line;
  base::Rounding mode = base::Rounding::half_up;
  TaxTarget target = TaxTarget::tax;
  base::List<settings::LocationId, 0, 200> locations;   // empty: everywhere
  base::List<base::Text<1, 40>, 0, 50> tax_categories;  // empty: whatever the item
  base::List<base::Text<1, 20>, 0, 10> order_types;     // empty: whatever the order
  base::Count<0, 10000> position = 0;                   // taxes apply in this order
  bool active = true;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Tax, id, name, rate, inclusive, compound, rounding, mode, target, locations, tax_categories, order_types, position,
       active, version, created_at, updated_at, fingerprint)

// A discount that a person picks by name; orders keep what it was.
struct Discount {
  DiscountId id;
  base::Text<1, 80> name;
  std::optional<base::Rate> percent;
  std::optional<base::Money> amount;
  bool active = true;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Discount, id, name, percent, amount, active, version, created_at, updated_at, fingerprint)

inline constexpr base::ProblemKind one_of_two{"pricing.percent_or_amount", 422,
                                              "A discount is either a percentage or an amount."};
inline constexpr base::ProblemKind high_rate{"pricing.rate", 422, "A tax rate is at most 10, which is 1000 %."};
inline constexpr base::ProblemKind unknown_discount{"pricing.unknown_discount", 422, "There is no such discount."};

// All of it in memory: `tx.cached<pricing::Rules>(pricing::rules)`.
struct Rules {
  std::vector<Tax> taxes;           // active ones, by position, then id
  std::vector<Discount> discounts;  // active ones
  const Discount* find(const DiscountId&) const;
};
extern const core::CacheKind rules;

// Does this tax apply to an item of that tax category, in an order of that type, at that location?
bool applies(const Tax&, const settings::LocationId&, std::string_view tax_category, std::string_view order_type);
TaxRule rule_of(const Tax&);

extern const core::Module module;

}  // namespace pricing
