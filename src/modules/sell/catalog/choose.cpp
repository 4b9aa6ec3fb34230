#include <algorithm>

#include "modules/sell/catalog/declared.h"

namespace catalog {

namespace {

// A choice on its way to a priced item. No step looks at the database.
class Chosen {
 public:
  Chosen(const Menu& known, const Choice& choice, base::Instant now, const base::Zone& zone, std::string_view pointer)
      : known_(known), choice_(choice), now_(now), zone_(zone), pointer_(pointer) {}

  base::Result<PricedItem> run() {
    const auto* item = known_.find(choice_.item);
    if (!item || !item->active)
      return std::unexpected(
          unknown_item.problem().at(pointer_ + "/item", "unknown", "There is no item " + choice_.item.text() + " for sale."));
    TRY(on_sale(*item));
    out_.item = item->id;
    out_.name = item->name;
    out_.unit_price = item->price;
    out_.category = item->category;
    out_.tax_category = tax_category_of(*item);
    out_.course = item->course;
    take_over(*item);
    TRY(variant(*item));
    TRY(modifiers(*item));
    if (out_.unit_price.minor() < 0) out_.unit_price = base::Money(0, out_.unit_price.currency());
    return std::move(out_);
  }

 private:
  base::Problem about(const base::ProblemKind& kind, const Item& item, std::string detail) const {
    return kind.problem(std::move(detail))
        .with("item", item.id.text())
        .at(pointer_ + "/item", "state", std::string(kind.title));
  }
  base::Result<> on_sale(const Item& item) const {
    if (item.sold_out && !(item.sold_out_until && *item.sold_out_until <= now_))
      return std::unexpected(about(sold_out, item, item.name + " is sold out."));
    if (!item.availability.empty() && !settings::within(item.availability, zone_.local(now_)))
      return std::unexpected(about(not_available, item, item.name + " is not sold at this time."));
    return {};
  }

  std::optional<TaxCategory> tax_category_of(const Item& item) const {
    if (item.tax_category || !item.category) return item.tax_category;
    const auto category = known_.categories.find(*item.category);
    return category == known_.categories.end() ? std::nullopt : category->second.tax_category;
  }

  // Stations and allergens, each once.
  void take_over(const Item& item) {
    for (auto& station : item.stations)
      if (std::ranges::find(out_.stations, station) == out_.stations.end()) out_.stations.push_back(station);
    for (auto& allergen : item.allergens)
      if (std::ranges::find(out_.allergens, allergen) == out_.allergens.end()) out_.allergens.push_back(allergen);
  }

  base::Result<> variant(const Item& item) {
    if (!choice_.variant) {
      if (item.variants.empty()) return {};
      return std::unexpected(
          variant_required.problem().at(pointer_ + "/variant", "missing", item.name + " comes in variants."));
    }
    const auto found = std::ranges::find(item.variants, *choice_.variant, &Variant::id);
    if (found == item.variants.end())
      return std::unexpected(
          unknown_variant.problem().at(pointer_ + "/variant", "unknown", item.name + " has no such variant."));
    if (found->sold_out) return std::unexpected(about(sold_out, item, item.name + ' ' + found->name + " is sold out."));
    out_.variant = found->id;
    out_.variant_name = found->name;
    out_.unit_price = found->price;
    return {};
  }

  base::Result<> add(const Item& item, std::string id, std::string name, base::Money price, std::int64_t quantity) {
    if (price.currency() != out_.unit_price.currency())
      return std::unexpected(about(mixed_currencies, item, name + " is priced in " + price.currency().text() + "."));
    out_.unit_price += price * quantity;
    out_.modifiers.push_back({std::move(id), base::Text<1, 200>(std::move(name)), price, quantity});
    return {};
  }

  base::Result<> modifiers(const Item& item) {
    std::vector<std::int64_t> of_group(item.modifier_groups.size()), of_part(item.components.size());
    base::Problems wrong;
    for (std::size_t i = 0; i < choice_.modifiers.size(); ++i) {
      const auto& wanted = choice_.modifiers[i];
      if (TRY(modifier(item, wanted, of_group)) || TRY(part(item, wanted, of_part))) continue;
      wrong.add(unknown_modifier.problem().at(pointer_ + "/modifiers/" + std::to_string(i), "unknown",
                                              item.name + " has no modifier " + wanted.id + "."));
    }
    TRY(std::move(wrong).result());
    TRY(parts_without_choice(item, of_part));
    return rules(item, of_group, of_part);
  }

  // Is it a modifier of one of the item's groups? Then it is added.
  base::Result<bool> modifier(const Item& item, const ModifierChoice& wanted, std::vector<std::int64_t>& counts) {
    const auto id = ModifierId::parse(wanted.id);
    if (!id) return false;
    for (std::size_t g = 0; g < counts.size(); ++g) {
      const auto& all = item.modifier_groups[g].modifiers;
      const auto found = std::ranges::find(all, *id, &Modifier::id);
      if (found == all.end()) continue;
      if (found->sold_out) return std::unexpected(about(sold_out, item, found->name + " is sold out."));
      counts[g] += wanted.quantity;
      TRY(add(item, wanted.id, found->name, found->price, wanted.quantity));
      return true;
    }
    return false;
  }

  // Is it an item that one of the combo's parts offers? The first part with room for it takes it.
  base::Result<bool> part(const Item& item, const ModifierChoice& wanted, std::vector<std::int64_t>& counts) {
    const ComponentItem* offered = nullptr;
    std::size_t of = 0;
    for (std::size_t p = 0; p < counts.size(); ++p)
      for (auto& candidate : item.components[p].items)
        if (choice_id(candidate) == wanted.id && (!offered || counts[of] + wanted.quantity > item.components[of].max)) {
          offered = &candidate;
          of = p;
        }
    if (!offered) return false;
    counts[of] += wanted.quantity;
    TRY(add_part(item, *offered, wanted.quantity));
    return true;
  }
  base::Result<> parts_without_choice(const Item& item, std::vector<std::int64_t>& counts) {
    for (std::size_t p = 0; p < counts.size(); ++p) {
      const auto& component = item.components[p];
      if (counts[p] > 0 || component.items.size() != 1 || component.min != component.max) continue;
      counts[p] = component.min;
      TRY(add_part(item, component.items.front(), component.min));
    }
    return {};
  }
  base::Result<> add_part(const Item& combo, const ComponentItem& offered, std::int64_t quantity) {
    const auto* item = known_.find(offered.item);
    if (!item || !item->active)
      return std::unexpected(about(not_available, combo, "A part of " + combo.name + " is not for sale."));
    TRY(on_sale(*item));
    take_over(*item);
    std::string name = item->name;
    if (offered.variant) {
      const auto sort = std::ranges::find(item->variants, *offered.variant, &Variant::id);
      if (sort == item->variants.end())
        return std::unexpected(about(not_available, combo, "A part of " + combo.name + " is not for sale."));
      if (sort->sold_out) return std::unexpected(about(sold_out, *item, item->name + ' ' + sort->name + " is sold out."));
      name += ' ' + sort->name;
    }
    return add(combo, choice_id(offered), std::move(name), offered.price, quantity);
  }
  static std::string choice_id(const ComponentItem& offered) {
    return offered.variant ? offered.variant->text() : offered.item.text();
  }

  base::Result<> rules(const Item& item, const std::vector<std::int64_t>& of_group,
                       const std::vector<std::int64_t>& of_part) const {
    auto problem = modifier_rule.problem();
    const auto rule = [&](std::string_view name, std::int64_t count, std::int64_t min, std::int64_t max) {
      if (count >= min && count <= max) return;
      problem.errors.push_back({pointer_ + "/modifiers", "range",
                                std::string(name) + ": choose " +
                                    (min == max ? std::to_string(min) : std::to_string(min) + " to " + std::to_string(max)) +
                                    ", not " + std::to_string(count) + '.'});
    };
    for (std::size_t g = 0; g < of_group.size(); ++g) {
      const auto& group = item.modifier_groups[g];
      rule(group.name, of_group[g], group.min, group.max);
    }
    for (std::size_t p = 0; p < of_part.size(); ++p)
      rule(item.components[p].name, of_part[p], item.components[p].min, item.components[p].max);
    if (problem.errors.empty()) return {};
    problem.detail = problem.errors.front().detail;
    return std::unexpected(std::move(problem));
  }

  const Menu& known_;
  const Choice& choice_;
  base::Instant now_;
  const base::Zone& zone_;
  std::string pointer_;
  PricedItem out_;
};

}  // namespace

base::Result<PricedItem> choose(const Menu& known, const Choice& choice, base::Instant now, const base::Zone& zone,
                                std::string_view pointer) {
  return Chosen(known, choice, now, zone, pointer).run();
}

}  // namespace catalog
