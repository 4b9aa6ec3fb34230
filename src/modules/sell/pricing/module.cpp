#include "core/module.h"

#include "modules/sell/pricing/migrations.h"
#include "modules/sell/pricing/pricing.h"

namespace pricing {

namespace {

base::Result<> check_tax(core::Tx&, const core::Actor&, const void*, void* after) {
  if (!after) return {};
  if (static_cast<const Tax*>(after)->rate.millionths() > max_rate)
    return std::unexpected(high_rate.problem().at("/rate", "range", "At most 10."));
  return {};
}

base::Result<> check_discount(core::Tx&, const core::Actor&, const void*, void* after) {
  if (!after) return {};
  const auto& d = *static_cast<const Discount*>(after);
  if (d.percent.has_value() == d.amount.has_value()) return one_of_two();
  if (d.percent && d.percent->millionths() > 100 * base::Rate::one)
    return std::unexpected(one_of_two.problem().at("/percent", "range", "At most 100."));
  if (d.amount && d.amount->minor() < 0) return std::unexpected(one_of_two.problem().at("/amount", "range", "Not below zero."));
  return {};
}

}  // namespace

const core::Module module{
    .name = "pricing",
    .summary = "Taxes and discounts.",
    .needs = {"settings"},
    .migrations = sql::migrations(),
    .resources = {{.path = "/taxes",
                   .subject = "tax",
                   .one = "a tax",
                   .many = "taxes",
                   .table = "pricing_tax",
                   .type = &reflect::type_of<Tax>,
                   .read_permission = "pricing.read",
                   .write_permission = "pricing.write",
                   .filters = {"active"},
                   .check = &check_tax},
                  {.path = "/discounts",
                   .subject = "discount",
                   .one = "a discount",
                   .many = "discounts",
                   .table = "pricing_discount",
                   .type = &reflect::type_of<Discount>,
                   .read_permission = "pricing.read",
                   .write_permission = "pricing.write",
                   .filters = {"active"},
                   .check = &check_discount}},
    .permissions = {{"pricing.read", "See taxes and discounts."}, {"pricing.write", "Change taxes and discounts."}},
    .caches = {&rules},
};

}  // namespace pricing
