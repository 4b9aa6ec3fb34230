#pragma once
#include "core/log_routes.h"
#include "modules/sell/catalog/catalog.h"

// What module.cpp declares, for the files of this module alone.
namespace catalog {

inline constexpr base::ProblemKind unknown_category{"catalog.unknown_category", 422, "There is no such category."};
inline constexpr base::ProblemKind unknown_group{"catalog.unknown_modifier_group", 422, "There is no such modifier group."};
inline constexpr base::ProblemKind category_cycle{"catalog.category_cycle", 422, "A category cannot stand below itself."};
inline constexpr base::ProblemKind wrong_currency{"catalog.currency", 422, "Prices are in the currency of the business."};
inline constexpr base::ProblemKind barcode_taken{"catalog.barcode_taken", 409, "Another item or variant has this barcode."};
inline constexpr base::ProblemKind in_use{"catalog.in_use", 409, "Something on the menu still needs this."};
inline constexpr base::ProblemKind unknown_barcode{"catalog.unknown_barcode", 404, "Nothing for sale has this barcode."};

inline constexpr core::EventKind item_changed{"item.changed", 1, "There is a new version of an item."};
inline constexpr core::EventKind item_sold_out{"item.sold_out", 1, "An item has run out."};
inline constexpr core::EventKind item_available{"item.available", 1, "An item that had run out is there again."};
inline constexpr core::EventKind group_created{"modifier_group.created", 1, "There is a modifier group."};

// Highest price of a single thing, in minor units: sums of the largest order stay far inside 64 bits.
inline constexpr std::int64_t highest_price = 100'000'000'000;

base::Result<> check_category(core::Tx&, const core::Actor&, const void* before, void* after);
base::Result<> check_group(core::Tx&, const core::Actor&, const void* before, void* after);
base::Result<> check_item(core::Tx&, const core::Actor&, const void* before, void* after);

// What a change has broken so far: the rules of one thing are all looked at, and told together.
struct Findings {
  base::Problem problem = reflect::invalid.problem();
  void add(std::string pointer, std::string_view code, std::string sentence) {
    problem.errors.push_back({std::move(pointer), code, std::move(sentence)});
  }
  base::Result<> result() && {
    if (problem.errors.empty()) return {};
    return std::unexpected(std::move(problem));
  }
};
// The currency that the business sells in.
base::Result<base::Currency> currency_of(core::Tx&);
enum class Negative : std::uint8_t { allowed, refused };
// A price: nothing where none was given, else in that currency and of a size that can be added up.
void check_price(base::Money&, base::Currency, Negative, const std::string& pointer, Findings&);
// Gives the modifiers their ids and checks their prices; min at most max.
void complete_group(core::Tx&, base::Currency, ModifierGroup&, const std::string& pointer, Findings&);
ItemGroup shown(const ModifierGroup&);

struct SoldOut {
  std::string id;
  std::optional<base::Instant> until;
};
RECORD(SoldOut, id, until)
base::Result<Item> mark_sold_out(core::Tx&, const core::Actor&, const SoldOut&);
base::Result<Item> mark_available(core::Tx&, const core::Actor&, const core::ById&);
std::optional<base::Instant> next_return(core::View&);
base::Result<> return_items(core::Tx&);

struct ByBarcode {
  base::Text<1, 64> barcode;
};
RECORD(ByBarcode, barcode)
struct ScannedItem {
  Item item;
  std::optional<VariantId> variant;
};
RECORD(ScannedItem, item, variant)
base::Result<ScannedItem> find_barcode(core::View&, const core::Actor&, const ByBarcode&);

}  // namespace catalog
