#include <algorithm>
#include <set>

#include "modules/sell/catalog/declared.h"

namespace catalog {

namespace {

struct Known {
  CategoryId id;
};
RECORD(Known, id)
RECORD_TYPE(Known, "A category that is there.")

// One item on its way to the table: each step completes a part of it and notes what is wrong there. Rows are looked up one by
// one: the menu in memory is stale after every item, and an import makes thousands of them.
class Completion {
 public:
  Completion(core::Tx& tx, base::Currency currency, Item& item) : tx_(tx), currency_(currency), item_(item) {}

  base::Result<> run() {
    if (item_.category && !tx_.maybe<Known>("SELECT {} FROM catalog_category WHERE tenant = $t AND id = $1", *item_.category))
      return std::unexpected(
          unknown_category.problem().at("/category", "unknown", "There is no category " + item_.category->text() + "."));
    variants();
    price();
    components();
    TRY(barcodes());
    TRY(groups());
    TRY(std::move(findings_).result());
    for (auto& group : new_groups_) {
      tx_.insert("catalog_modifier_group", group);
      tx_.emit(group_created, group);
    }
    return {};
  }

 private:
  // For what is asked of the whole menu: barcodes and combos.
  const Menu& known() { return tx_.cached<Menu>(menu); }
  static std::string at(std::string_view list, std::size_t i) { return '/' + std::string(list) + '/' + std::to_string(i); }

  void variants() {
    std::set<VariantId> seen;
    for (std::size_t i = 0; i < item_.variants.size(); ++i) {
      auto& variant = item_.variants[i];
      if (variant.id.empty()) variant.id = tx_.fresh<VariantId>();
      if (!seen.insert(variant.id).second) findings_.add(at("variants", i) + "/id", "range", "Another variant has this id.");
      check_price(variant.price, currency_, Negative::refused, at("variants", i) + "/price", findings_);
    }
  }

  void price() {
    if (item_.price.currency().empty()) {
      if (item_.variants.empty()) return findings_.add("/price", "missing", "Give a price, or variants with theirs.");
      item_.price = item_.variants.front().price;
    }
    check_price(item_.price, currency_, Negative::refused, "/price", findings_);
  }

  void components() {
    if (item_.kind == ItemKind::item && !item_.components.empty())
      findings_.add("/components", "range", "Only a combo has parts.");
    if (item_.kind == ItemKind::combo && item_.components.empty())
      findings_.add("/components", "missing", "A combo has parts.");
    for (std::size_t i = 0; i < item_.components.size(); ++i) {
      auto& part = item_.components[i];
      if (part.id.empty()) part.id = tx_.fresh<ComponentId>();
      if (part.min > part.max) findings_.add(at("components", i) + "/max", "range", "At least min.");
      for (std::size_t j = 0; j < part.items.size(); ++j) component_item(part.items[j], at("components", i) + at("items", j));
    }
  }
  void component_item(ComponentItem& part, const std::string& pointer) {
    check_price(part.price, currency_, Negative::allowed, pointer + "/price", findings_);
    const auto* item = known().find(part.item);
    if (!item || part.item == item_.id || item->kind == ItemKind::combo)
      return findings_.add(pointer + "/item", "unknown", "There is no item " + part.item.text() + " that is not a combo.");
    const bool exists = part.variant && std::ranges::find(item->variants, *part.variant, &Variant::id) != item->variants.end();
    if (part.variant.has_value() != !item->variants.empty() || (part.variant && !exists))
      findings_.add(pointer + "/variant", "unknown",
                    item->variants.empty() ? "The item has no variants." : "Name one of the item's variants.");
  }

  base::Result<> barcodes() {
    std::set<std::string> seen;
    const auto check = [&](const std::string& code, std::string pointer) -> base::Result<> {
      const auto& barcodes = known().barcodes;
      const auto other = barcodes.find(code);
      if (seen.insert(code).second && (other == barcodes.end() || other->second.item == item_.id)) return {};
      return std::unexpected(barcode_taken.problem().at(std::move(pointer), "taken", "Another item or variant has it."));
    };
    for (std::size_t i = 0; i < item_.barcodes.size(); ++i) TRY(check(item_.barcodes[i], at("barcodes", i)));
    for (std::size_t i = 0; i < item_.variants.size(); ++i)
      if (item_.variants[i].barcode) TRY(check(*item_.variants[i].barcode, at("variants", i) + "/barcode"));
    return {};
  }

  base::Result<> groups() {
    std::set<ModifierGroupId> seen;
    for (std::size_t i = 0; i < item_.modifier_groups.size(); ++i) {
      auto& group = item_.modifier_groups[i];
      const auto pointer = at("modifier_groups", i);
      if (group.id.empty()) {
        new_group(group, pointer);
      } else if (const auto found = tx_.maybe<ModifierGroup>(
                     "SELECT {} FROM catalog_modifier_group WHERE tenant = $t AND id = $1", group.id)) {
        group = shown(*found);
      } else {
        return std::unexpected(
            unknown_group.problem().at(pointer + "/id", "unknown", "There is no modifier group " + group.id.text() + "."));
      }
      if (!seen.insert(group.id).second) findings_.add(pointer + "/id", "range", "The item has this group already.");
    }
    return {};
  }
  void new_group(ItemGroup& given, const std::string& pointer) {
    if (given.name.empty()) findings_.add(pointer + "/name", "missing", "A new group has a name.");
    if (given.modifiers.empty()) findings_.add(pointer + "/modifiers", "missing", "A new group has modifiers.");
    ModifierGroup group{.id = tx_.fresh<ModifierGroupId>(),
                        .name = base::Text<1, 100>(std::string(given.name)),
                        .min = given.min,
                        .max = given.max,
                        .modifiers = static_cast<std::vector<Modifier>&>(given.modifiers),
                        .version = 1,
                        .created_at = tx_.now(),
                        .updated_at = tx_.now()};
    complete_group(tx_, currency_, group, pointer, findings_);
    given = shown(group);
    new_groups_.push_back(std::move(group));
  }

  core::Tx& tx_;
  base::Currency currency_;
  Item& item_;
  Findings findings_;
  std::vector<ModifierGroup> new_groups_;
};

base::Result<> check_deletion(const Menu& known, const Item& item) {
  for (auto& [id, combo] : known.items)
    for (auto& part : combo.components)
      if (std::ranges::find(part.items, item.id, &ComponentItem::item) != part.items.end())
        return in_use("It is a part of the combo " + combo.name + ".");
  return {};
}

}  // namespace

base::Result<> check_item(core::Tx& tx, const core::Actor&, const void* before, void* after) {
  if (!after) return check_deletion(tx.cached<Menu>(menu), *static_cast<const Item*>(before));
  return Completion(tx, TRY(currency_of(tx)), *static_cast<Item*>(after)).run();
}

}  // namespace catalog
