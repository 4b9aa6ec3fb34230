#pragma once
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/module.h"
#include "modules/settings/settings.h"

// What is for sale: categories, items with variants, modifier groups, combos; and the choice that an order line makes.
namespace catalog {

using CategoryId = base::Id<"cat">;
using ItemId = base::Id<"itm">;
using VariantId = base::Id<"var">;
using ModifierGroupId = base::Id<"mgr">;
using ModifierId = base::Id<"mod">;
using ComponentId = base::Id<"cmp">;
using StationId = base::Id<"sta">;      // of the kitchen
using TaxCategory = base::Text<1, 40>;  // "food", "drink": what taxes choose by

struct Category {
  CategoryId id;
  base::Text<1, 100> name;
  std::optional<CategoryId> parent;
  std::optional<TaxCategory> tax_category;  // of items that name none
  base::Count<0, 10000> position = 0;
  bool active = true;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Category, id, name, parent, tax_category, position, active, version, created_at, updated_at, fingerprint)

struct Modifier {
  ModifierId id;
  base::Text<1, 100> name;
  base::Money price;  // added to the item's; may be negative
  bool preselected = false;
  bool sold_out = false;
};
RECORD(Modifier, id, name, price, preselected, sold_out)

// From `min` to `max` modifiers are chosen, counted with their quantities.
struct ModifierGroup {
  ModifierGroupId id;
  base::Text<1, 100> name;
  base::Count<0, 99> min = 0;
  base::Count<1, 99> max = 1;
  base::List<Modifier, 1, 100> modifiers;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(ModifierGroup, id, name, min, max, modifiers, version, created_at, updated_at, fingerprint)

// A group as an item shows it. It follows the group: when the group changes, so do its items, in the same transaction.
// As input its id is enough; without an id it is a new group.
struct ItemGroup {
  ModifierGroupId id;
  base::Text<0, 100> name;
  base::Count<0, 99> min = 0;
  base::Count<1, 99> max = 1;
  base::List<Modifier, 0, 100> modifiers;
};
RECORD(ItemGroup, id, name, min, max, modifiers)

struct Variant {
  VariantId id;
  base::Text<1, 100> name;
  base::Money price;  // instead of the item's
  std::optional<base::Text<1, 64>> sku;
  std::optional<base::Text<1, 64>> barcode;
  bool sold_out = false;
};
RECORD(Variant, id, name, price, sku, barcode, sold_out)

// One choice of a combo: from `min` to `max` of these items, each at its own additional price. Where there is no choice
// (one item, min = max) it is part of the combo by itself.
struct ComponentItem {
  ItemId item;
  std::optional<VariantId> variant;  // must be named when the item comes in variants
  base::Money price;                 // added to the combo's
};
RECORD(ComponentItem, item, variant, price)
struct Component {
  ComponentId id;
  base::Text<1, 100> name;
  base::Count<0, 20> min = 1;
  base::Count<1, 20> max = 1;
  base::List<ComponentItem, 1, 100> items;
};
RECORD(Component, id, name, min, max, items)

enum class ItemKind : std::uint8_t { item, combo };
ENUM(ItemKind, item, combo)

struct Item {
  ItemId id;
  ItemKind kind = ItemKind::item;
  base::Text<1, 200> name;
  std::optional<CategoryId> category;
  std::optional<base::Text<1, 2000>> description;
  base::Money price;
  base::List<Variant, 0, 100> variants;
  base::List<ItemGroup, 0, 30> modifier_groups;
  base::List<Component, 0, 20> components;
  base::List<StationId, 0, 20> stations;
  std::optional<TaxCategory> tax_category;
  std::optional<base::Text<1, 64>> sku;
  base::List<base::Text<1, 64>, 0, 20> barcodes;
  base::List<base::Text<1, 50>, 0, 30> allergens;
  base::List<base::Text<1, 500>, 0, 10> images;
  base::List<settings::Interval, 0, 50> availability;
  std::optional<base::Count<1, 20>> course;
  bool sold_out = false;
  std::optional<base::Instant> sold_out_until;
  base::Count<0, 10000> position = 0;
  bool active = true;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Item, id, kind, name, category, description, price, variants, modifier_groups, components, stations, tax_category, sku,
       barcodes, allergens, images, availability, course, sold_out, sold_out_until, position, active, version, created_at,
       updated_at, fingerprint)

inline constexpr base::ProblemKind unknown_item{"catalog.unknown_item", 422, "There is no such item for sale."};
inline constexpr base::ProblemKind unknown_variant{"catalog.unknown_variant", 422, "The item has no such variant."};
inline constexpr base::ProblemKind variant_required{"catalog.variant_required", 422, "The item comes in variants: choose one."};
inline constexpr base::ProblemKind unknown_modifier{"catalog.unknown_modifier", 422, "The item has no such modifier."};
inline constexpr base::ProblemKind modifier_rule{"catalog.modifier_rule", 422,
                                                 "A modifier group asks for more or fewer choices."};
inline constexpr base::ProblemKind sold_out{"catalog.sold_out", 409, "It is sold out."};
inline constexpr base::ProblemKind not_available{"catalog.not_available", 409, "It is not sold at this time."};

inline constexpr base::ProblemKind mixed_currencies{"catalog.mixed_currencies", 409,
                                                    "The parts of this item are priced in different currencies."};

// Everything for sale, in memory: `tx.cached<catalog::Menu>(catalog::menu)`.
struct Menu {
  std::unordered_map<ItemId, Item> items;
  std::unordered_map<ModifierGroupId, ModifierGroup> groups;
  std::unordered_map<CategoryId, Category> categories;
  struct Scanned {
    ItemId item;
    std::optional<VariantId> variant;
  };
  std::unordered_map<std::string, Scanned> barcodes;
  const Item* find(const ItemId&) const;  // null when there is none
};
extern const core::CacheKind menu;

// What an order line asks for. A modifier is chosen by its id ("mod_…"), a part of a combo by the variant's ("var_…") where
// the combo names one, else by the item's ("itm_…").
struct ModifierChoice {
  base::Text<1, 64> id;
  base::Count<1, 99> quantity = 1;
};
RECORD(ModifierChoice, id, quantity)
struct Choice {
  ItemId item;
  std::optional<VariantId> variant;
  std::span<const ModifierChoice> modifiers;
};

// The chosen thing with its price, as an order keeps it.
struct ChosenModifier {
  base::Text<1, 64> id;
  base::Text<1, 200> name;
  base::Money price;  // of one
  base::Count<1, 99> quantity = 1;
};
RECORD(ChosenModifier, id, name, price, quantity)
struct PricedItem {
  ItemId item;
  std::string name;
  std::optional<VariantId> variant;
  std::string variant_name;               // "" without a variant
  base::Money unit_price;                 // of one, modifiers included
  std::vector<ChosenModifier> modifiers;  // in the order of the choice
  std::vector<StationId> stations;        // of a combo: those of its parts as well, each once
  std::optional<CategoryId> category;
  std::optional<TaxCategory> tax_category;  // the item's, else its category's
  std::vector<std::string> allergens;
  std::optional<std::int64_t> course;
};

// Checks the choice at this moment and prices it. `pointer` is where the choice stands in the input ("/lines/0"), for the
// errors. 422: unknown_item, unknown_variant, variant_required, unknown_modifier, modifier_rule; 409: sold_out,
// not_available (with "item", its id), mixed_currencies.
base::Result<PricedItem> choose(const Menu&, const Choice&, base::Instant now, const base::Zone&, std::string_view pointer);

extern const core::Module module;

}  // namespace catalog
