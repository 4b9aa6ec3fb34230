#include <algorithm>
#include <set>

#include "modules/sell/catalog/declared.h"

namespace catalog {

base::Result<base::Currency> currency_of(core::Tx& tx) {
  const auto* first = tx.cached<settings::Places>(settings::places).first();
  if (!first) return settings::no_location();
  return first->currency;
}

void check_price(base::Money& price, base::Currency currency, Negative negative, const std::string& pointer,
                 Findings& findings) {
  if (price.currency().empty()) price = base::Money(0, currency);
  if (price.currency() != currency) {
    findings.problem.code = wrong_currency.code;
    findings.problem.title = wrong_currency.title;
    findings.add(pointer + "/currency", "range", "The business sells in " + currency.text() + ".");
  }
  const auto lowest = negative == Negative::allowed ? -highest_price : 0;
  if (price.minor() < lowest || price.minor() > highest_price)
    findings.add(pointer + "/amount", "range", "From " + std::to_string(lowest) + " to " + std::to_string(highest_price) + ".");
}

void complete_group(core::Tx& tx, base::Currency currency, ModifierGroup& group, const std::string& pointer,
                    Findings& findings) {
  if (group.min > group.max) findings.add(pointer + "/max", "range", "At least min.");
  std::set<ModifierId> seen;
  for (std::size_t i = 0; i < group.modifiers.size(); ++i) {
    auto& modifier = group.modifiers[i];
    const auto at = pointer + "/modifiers/" + std::to_string(i);
    if (modifier.id.empty()) modifier.id = tx.fresh<ModifierId>();
    if (!seen.insert(modifier.id).second) findings.add(at + "/id", "range", "Another modifier of the group has this id.");
    check_price(modifier.price, currency, Negative::allowed, at + "/price", findings);
  }
}

ItemGroup shown(const ModifierGroup& group) {
  return {.id = group.id,
          .name = base::Text<0, 100>(std::string(group.name)),
          .min = group.min,
          .max = group.max,
          .modifiers = static_cast<const std::vector<Modifier>&>(group.modifiers)};
}

namespace {

std::vector<const Item*> users_of(const Menu& known, const ModifierGroupId& id) {
  std::vector<const Item*> items;
  for (auto& [item_id, item] : known.items)
    if (std::ranges::find(item.modifier_groups, id, &ItemGroup::id) != item.modifier_groups.end()) items.push_back(&item);
  std::ranges::sort(items, {}, &Item::id);  // the same order every time
  return items;
}

// Items show their groups, so they change with them: one event each.
void change_items(core::Tx& tx, const ModifierGroup& group, const std::vector<const Item*>& items) {
  const auto form = shown(group);
  for (const auto* before : items) {
    auto after = *before;
    for (auto& g : after.modifier_groups)
      if (g.id == group.id) g = form;
    if (reflect::to_json(after) == reflect::to_json(*before)) continue;
    ++after.version;
    after.updated_at = tx.now();
    tx.update("catalog_item", after);
    tx.emit(item_changed, *before, after);
  }
}

}  // namespace

base::Result<> check_group(core::Tx& tx, const core::Actor&, const void* before, void* after) {
  const auto& known = tx.cached<Menu>(menu);
  if (!after) {
    const auto items = users_of(known, static_cast<const ModifierGroup*>(before)->id);
    if (items.empty()) return {};
    std::vector<std::string> ids;
    for (const auto* item : items) ids.push_back(item->id.text());
    return std::unexpected(in_use.problem("Take the group off its items first.").with("items", std::move(ids)));
  }
  auto& group = *static_cast<ModifierGroup*>(after);
  Findings findings;
  complete_group(tx, TRY(currency_of(tx)), group, "", findings);
  TRY(std::move(findings).result());
  if (before) change_items(tx, group, users_of(known, group.id));
  return {};
}

}  // namespace catalog
