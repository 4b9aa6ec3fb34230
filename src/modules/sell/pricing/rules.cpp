#include <algorithm>

#include "modules/sell/pricing/pricing.h"

namespace pricing {

namespace {

Rules load(db::Snapshot& s) {
  return {s.all<Tax>("SELECT {} FROM pricing_tax WHERE tenant = $t AND active ORDER BY position, id"),
          s.all<Discount>("SELECT {} FROM pricing_discount WHERE tenant = $t AND active ORDER BY id")};
}

template <class List>
bool open_or_contains(const List& list, std::string_view value) {
  return list.empty() ||
         std::ranges::find(list, value, [](const auto& entry) { return std::string_view(entry); }) != list.end();
}

}  // namespace

const core::CacheKind rules = core::cache_kind<Rules, load>("pricing.rules", {"tax.", "discount."});

const Discount* Rules::find(const DiscountId& id) const {
  const auto found = std::ranges::find(discounts, id, &Discount::id);
  return found == discounts.end() ? nullptr : &*found;
}

bool applies(const Tax& tax, const settings::LocationId& location, std::string_view tax_category, std::string_view order_type) {
  return (tax.locations.empty() || std::ranges::find(tax.locations, location) != tax.locations.end()) &&
         open_or_contains(tax.tax_categories, tax_category) && open_or_contains(tax.order_types, order_type);
}

TaxRule rule_of(const Tax& t) {
  return {.id = t.id,
          .name = t.name,
          .rate = t.rate,
          .inclusive = t.inclusive,
          .compound = t.compound,
          .rounding = t.rounding,
          .mode = t.mode,
          .target = t.target};
}

}  // namespace pricing
