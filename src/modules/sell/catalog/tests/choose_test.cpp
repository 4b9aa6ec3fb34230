#include <gtest/gtest.h>

#include "modules/sell/catalog/catalog.h"

namespace {

using catalog::ModifierChoice;

base::Money eur(std::int64_t cents) { return {cents, base::Currency::parse("EUR").value()}; }
template <class Id>
Id id(char last) {
  return Id::parse(std::string(Id::prefix) + "_01jqm3vh6e7s8v3jq0a1b2c3d" + last).value();
}

// A burger with a required size and up to two sauces, tea in two variants, cake, and a combo of burger and a drink or cake.
struct Choosing : testing::Test {
  Choosing() {
    add({.id = id<catalog::ItemId>('1'),
         .name = "Burger",
         .category = id<catalog::CategoryId>('1'),
         .price = eur(900),
         .modifier_groups = {{id<catalog::ModifierGroupId>('1'),
                              "Size",
                              1,
                              1,
                              {{id<catalog::ModifierId>('1'), "Single", eur(0)},
                               {id<catalog::ModifierId>('2'), "Double", eur(300)}}},
                             {id<catalog::ModifierGroupId>('2'),
                              "Sauce",
                              0,
                              2,
                              {{id<catalog::ModifierId>('3'), "Mayo", eur(50)},
                               {.id = id<catalog::ModifierId>('4'), .name = "Truffle", .price = eur(200), .sold_out = true}}}},
         .stations = {id<catalog::StationId>('1')},
         .allergens = {"gluten"}});
    add({.id = id<catalog::ItemId>('2'),
         .name = "Tea",
         .price = eur(250),
         .variants = {{.id = id<catalog::VariantId>('1'), .name = "Small", .price = eur(250)},
                      {.id = id<catalog::VariantId>('2'), .name = "Large", .price = eur(350)}},
         .stations = {id<catalog::StationId>('2')},
         .tax_category = "drink"});
    add({.id = id<catalog::ItemId>('3'),
         .name = "Cake",
         .price = eur(300),
         .stations = {id<catalog::StationId>('1')},
         .allergens = {"gluten", "egg"}});
    add({.id = id<catalog::ItemId>('4'),
         .kind = catalog::ItemKind::combo,
         .name = "Break",
         .price = eur(500),
         .components = {{id<catalog::ComponentId>('1'), "Sweet", 1, 1, {{id<catalog::ItemId>('3'), {}, eur(0)}}},
                        {id<catalog::ComponentId>('2'),
                         "Drink",
                         1,
                         2,
                         {{id<catalog::ItemId>('2'), id<catalog::VariantId>('1'), eur(0)},
                          {id<catalog::ItemId>('2'), id<catalog::VariantId>('2'), eur(75)}}}}});
    menu.categories[id<catalog::CategoryId>('1')] = {
        .id = id<catalog::CategoryId>('1'), .name = "Food", .tax_category = "food"};
  }
  void add(catalog::Item item) {
    item.version = 1;
    menu.items[item.id] = std::move(item);
  }
  catalog::Item& item(char last) { return menu.items.at(id<catalog::ItemId>(last)); }
  base::Result<catalog::PricedItem> choose(char last, std::vector<ModifierChoice> modifiers = {},
                                           std::optional<catalog::VariantId> variant = {}) {
    return catalog::choose(menu, {id<catalog::ItemId>(last), variant, modifiers}, now,
                           base::Zone::parse("Europe/Berlin").value(), "/lines/0");
  }
  std::string refused(char last, std::vector<ModifierChoice> modifiers = {}, std::optional<catalog::VariantId> variant = {}) {
    const auto chosen = choose(last, std::move(modifiers), variant);
    if (chosen) return "chosen";
    return std::string(chosen.error().code) + ' ' + chosen.error().errors.at(0).pointer;
  }
  static ModifierChoice modifier(char last, std::int64_t quantity = 1) {
    return {id<catalog::ModifierId>(last).text(), quantity};
  }

  catalog::Menu menu;
  base::Instant now = base::parse_instant("2025-11-03T12:00:00Z").value();  // Monday 13:00 in Berlin
};

TEST_F(Choosing, PricesAnItemWithItsModifiers) {
  const auto chosen = choose('1', {modifier('2'), modifier('3', 2)});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->name, "Burger");
  EXPECT_EQ(chosen->unit_price, eur(1300));
  ASSERT_EQ(chosen->modifiers.size(), 2u);
  EXPECT_EQ(chosen->modifiers[1].name, "Mayo");
  EXPECT_EQ(chosen->modifiers[1].quantity, 2);
  EXPECT_EQ(chosen->tax_category, "food");
  EXPECT_EQ(chosen->stations.size(), 1u);
}

TEST_F(Choosing, TakesTheVariantsPrice) {
  const auto chosen = choose('2', {}, id<catalog::VariantId>('2'));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->unit_price, eur(350));
  EXPECT_EQ(chosen->variant_name, "Large");
  EXPECT_EQ(chosen->tax_category, "drink");
}

TEST_F(Choosing, RefusesWhatIsNotThere) {
  EXPECT_EQ(refused('9'), "catalog.unknown_item /lines/0/item");
  EXPECT_EQ(refused('2'), "catalog.variant_required /lines/0/variant");
  EXPECT_EQ(refused('2', {}, id<catalog::VariantId>('9')), "catalog.unknown_variant /lines/0/variant");
  EXPECT_EQ(refused('3', {}, id<catalog::VariantId>('1')), "catalog.unknown_variant /lines/0/variant");
  EXPECT_EQ(refused('1', {modifier('1'), modifier('9')}), "catalog.unknown_modifier /lines/0/modifiers/1");
  EXPECT_EQ(refused('1', {{"mayo", 1}}), "catalog.unknown_modifier /lines/0/modifiers/0");
  item('3').active = false;
  EXPECT_EQ(refused('3'), "catalog.unknown_item /lines/0/item");
}

TEST_F(Choosing, AppliesTheRulesOfEachGroup) {
  EXPECT_EQ(refused('1'), "catalog.modifier_rule /lines/0/modifiers");
  EXPECT_EQ(refused('1', {modifier('1'), modifier('2')}), "catalog.modifier_rule /lines/0/modifiers");
  EXPECT_EQ(refused('1', {modifier('1'), modifier('3', 3)}), "catalog.modifier_rule /lines/0/modifiers");
  EXPECT_EQ(choose('1', {modifier('3', 3)}).error().errors.size(), 2u);  // no size, too many sauces
}

TEST_F(Choosing, RefusesWhatIsSoldOut) {
  EXPECT_EQ(refused('1', {modifier('1'), modifier('4')}), "catalog.sold_out /lines/0/item");
  item('3').sold_out = true;
  EXPECT_EQ(refused('3'), "catalog.sold_out /lines/0/item");
  item('3').sold_out_until = now + std::chrono::minutes(1);
  EXPECT_EQ(refused('3'), "catalog.sold_out /lines/0/item");
  now += std::chrono::minutes(1);
  EXPECT_TRUE(choose('3'));
  item('2').variants[0].sold_out = true;
  EXPECT_EQ(refused('2', {}, id<catalog::VariantId>('1')), "catalog.sold_out /lines/0/item");
  EXPECT_TRUE(choose('2', {}, id<catalog::VariantId>('2')));
}

TEST_F(Choosing, KeepsToTheHoursOnTheWall) {
  item('3').availability = {{{settings::Weekday::monday}, {13 * 60}, {14 * 60}}};
  EXPECT_TRUE(choose('3'));
  now -= std::chrono::seconds(1);
  EXPECT_EQ(refused('3'), "catalog.not_available /lines/0/item");
}

TEST_F(Choosing, MakesACombosPartsAPartOfItsPrice) {
  const auto chosen = choose('4', {{id<catalog::VariantId>('2').text(), 1}});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->unit_price, eur(575));
  ASSERT_EQ(chosen->modifiers.size(), 2u);
  EXPECT_EQ(chosen->modifiers[0].name, "Tea Large");
  EXPECT_EQ(chosen->modifiers[1].name, "Cake");  // no choice there: part of it by itself
  EXPECT_EQ(chosen->stations.size(), 2u);
  EXPECT_EQ(chosen->allergens, (std::vector<std::string>{"gluten", "egg"}));
  EXPECT_EQ(refused('4'), "catalog.modifier_rule /lines/0/modifiers");
  EXPECT_EQ(refused('4', {{id<catalog::ItemId>('2').text(), 1}}), "catalog.unknown_modifier /lines/0/modifiers/0");
  item('3').sold_out = true;
  EXPECT_EQ(refused('4', {{id<catalog::VariantId>('2').text(), 1}}), "catalog.sold_out /lines/0/item");
}

TEST_F(Choosing, NeverGoesBelowNothing) {
  item('1').modifier_groups[1].modifiers[0].price = eur(-5000);
  EXPECT_EQ(choose('1', {modifier('1'), modifier('3')})->unit_price, eur(0));
}

TEST_F(Choosing, DoesNotAddUpDifferentMoney) {
  item('1').modifier_groups[1].modifiers[0].price = base::Money(50, base::Currency::parse("USD").value());
  EXPECT_EQ(refused('1', {modifier('1'), modifier('3')}), "catalog.mixed_currencies /lines/0/item");
}

}  // namespace
