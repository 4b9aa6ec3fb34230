#include <algorithm>

#include "modules/sell/catalog/declared.h"

namespace catalog {

namespace {

base::Result<> check_deletion(const Menu& known, const Category& category) {
  if (std::ranges::any_of(known.items, [&](auto& entry) { return entry.second.category == category.id; }))
    return in_use("Give the items of " + category.name + " another category first.");
  if (std::ranges::any_of(known.categories, [&](auto& entry) { return entry.second.parent == category.id; }))
    return in_use("Move or delete the categories below " + category.name + " first.");
  return {};
}

}  // namespace

base::Result<> check_category(core::Tx& tx, const core::Actor&, const void* before, void* after) {
  const auto& known = tx.cached<Menu>(menu);
  if (!after) return check_deletion(known, *static_cast<const Category*>(before));
  const auto& category = *static_cast<const Category*>(after);
  // Upwards until the top; the category itself must not come by. What is stored has no cycle, so this ends.
  for (auto parent = category.parent; parent;) {
    if (*parent == category.id)
      return std::unexpected(category_cycle.problem().at("/parent", "range", "It stands below this category."));
    const auto found = known.categories.find(*parent);
    if (found == known.categories.end())
      return std::unexpected(
          unknown_category.problem().at("/parent", "unknown", "There is no category " + parent->text() + "."));
    parent = found->second.parent;
  }
  return {};
}

}  // namespace catalog
