#include "modules/sell/catalog/declared.h"

namespace catalog {

namespace {

template <class T>
auto by_id(std::vector<T> rows) {
  std::unordered_map<decltype(T::id), T> map;
  for (auto& row : rows) map.emplace(row.id, std::move(row));
  return map;
}

Menu load_menu(db::Snapshot& s) {
  Menu menu{.items = by_id(s.all<Item>("SELECT {} FROM catalog_item WHERE tenant = $t")),
            .groups = by_id(s.all<ModifierGroup>("SELECT {} FROM catalog_modifier_group WHERE tenant = $t")),
            .categories = by_id(s.all<Category>("SELECT {} FROM catalog_category WHERE tenant = $t"))};
  for (auto& [id, item] : menu.items) {
    for (auto& code : item.barcodes) menu.barcodes.emplace(code, Menu::Scanned{id, std::nullopt});
    for (auto& variant : item.variants)
      if (variant.barcode) menu.barcodes.emplace(*variant.barcode, Menu::Scanned{id, variant.id});
  }
  return menu;
}

}  // namespace

const core::CacheKind menu = core::cache_kind<Menu, &load_menu>("catalog.menu", {"item.", "modifier_group.", "category."});

const Item* Menu::find(const ItemId& id) const {
  const auto found = items.find(id);
  return found == items.end() ? nullptr : &found->second;
}

base::Result<ScannedItem> find_barcode(core::View& view, const core::Actor&, const ByBarcode& input) {
  const auto& known = view.cached<Menu>(menu);
  const auto scanned = known.barcodes.find(input.barcode);
  if (scanned == known.barcodes.end()) return unknown_barcode();
  return ScannedItem{*known.find(scanned->second.item), scanned->second.variant};
}

}  // namespace catalog
