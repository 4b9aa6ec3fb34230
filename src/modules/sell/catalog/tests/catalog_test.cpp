#include "modules/sell/catalog/catalog.h"
#include "tests/kit/shop.h"

namespace {

using kit::Lines;

struct Catalog : kit::ShopTest {
  Catalog() : ShopTest({&settings::module, &catalog::module}) {}
  catalog::Item item(std::string_view json) { return shop.call<catalog::Item>("catalog.create_item", json); }
  catalog::ModifierGroup group(std::string_view json) {
    return shop.call<catalog::ModifierGroup>("catalog.create_modifier_group", json);
  }
  catalog::ModifierGroup sauces() {
    return group(
        R"({"name":"Sauce","max":2,"modifiers":[{"name":"Mayo","price":{"amount":50,"currency":"EUR"}},{"name":"Mustard"}]})");
  }
  catalog::Item burger(const catalog::ModifierGroup& of) {
    return item(R"({"name":"Burger","price":{"amount":900,"currency":"EUR"},"modifier_groups":[")" + of.id.text() + R"("]})");
  }
  std::string refused(std::string_view json) { return shop.refused("catalog.create_item", json); }
  static std::string by(const auto& id) { return R"({"id":")" + id.text() + R"("})"; }
  static std::string unknown(std::string_view prefix) { return std::string(prefix) + "_01jqm3vh6e7s8v3jq0a1b2c3d4"; }
};
KIT_ON_BOTH_ENGINES(Catalog)

TEST_P(Catalog, AnItemIsMadeAndReadBack) {
  const auto drinks = shop.call<catalog::Category>("catalog.create_category", R"({"name":"Drinks","tax_category":"drink"})");
  const auto tea = item(R"({"name":"Tea","category":")" + drinks.id.text() + R"(","variants":[
    {"name":"Small","price":{"amount":250,"currency":"EUR"},"barcode":"4012"},
    {"name":"Large","price":{"amount":350,"currency":"EUR"}}],
    "barcodes":["4011"],"allergens":["milk"],"stations":["sta_01jqm3vh6e7s8v3jq0a1b2c3d4"]})");
  EXPECT_EQ(tea.price.minor(), 250);
  EXPECT_FALSE(tea.variants.at(1).id.empty());
  EXPECT_EQ(shop.events(), (Lines{"category.created category/" + drinks.id.text(), "item.created item/" + tea.id.text()}));
  const auto read = shop.ask<catalog::Item>("catalog.get_item", by(tea.id));
  EXPECT_EQ(reflect::to_json(read), reflect::to_json(tea));
  EXPECT_EQ(shop.list<catalog::Item>("catalog.list_item", R"({"category":")" + drinks.id.text() + R"("})").size(), 1u);
  EXPECT_EQ(shop.list<catalog::Item>("catalog.list_item", R"({"sold_out":true})").size(), 0u);
}

TEST_P(Catalog, AnItemIsRefusedWithEveryMistake) {
  EXPECT_EQ(refused(R"({"name":"Tea"})"), "422 input.invalid /price");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":-1,"currency":"EUR"}})"), "422 input.invalid /price/amount");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":1,"currency":"USD"}})"), "422 catalog.currency /price/currency");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":1,"currency":"EUR"},"sold_out":true})"), "422 input.invalid /sold_out");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":1,"currency":"EUR"},"category":")" + unknown("cat") + R"("})"),
            "422 catalog.unknown_category /category");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":1,"currency":"EUR"},"modifier_groups":[")" + unknown("mgr") + R"("]})"),
            "422 catalog.unknown_modifier_group /modifier_groups/0/id");
  EXPECT_EQ(refused(R"({"name":"Tea","price":{"amount":1,"currency":"EUR"},"kind":"combo"})"), "422 input.invalid /components");
}

TEST_P(Catalog, GroupsAreGivenByIdAndShownWhole) {
  const auto sauce = sauces();
  const auto first = burger(sauce);
  ASSERT_EQ(first.modifier_groups.size(), 1u);
  EXPECT_EQ(first.modifier_groups[0].name, "Sauce");
  EXPECT_EQ(first.modifier_groups[0].modifiers.at(1).price.currency().text(), "EUR");
  const auto second = item(R"({"name":"Fries","price":{"amount":400,"currency":"EUR"},"modifier_groups":[{"id":")" +
                           sauce.id.text() + R"(","name":"somebody's copy of long ago"}]})");
  EXPECT_EQ(second.modifier_groups[0].name, "Sauce");
  EXPECT_EQ(refused(R"({"name":"Twice","price":{"amount":1,"currency":"EUR"},"modifier_groups":[")" + sauce.id.text() +
                    R"(",")" + sauce.id.text() + R"("]})"),
            "422 input.invalid /modifier_groups/1/id");
}

TEST_P(Catalog, AGroupWithoutAnIdIsMadeWithItsItem) {
  const auto made = item(R"({"name":"Burger","price":{"amount":900,"currency":"EUR"},
    "modifier_groups":[{"name":"Size","min":1,"modifiers":[{"name":"Double","price":{"amount":300,"currency":"EUR"}}]}]})");
  const auto id = made.modifier_groups.at(0).id;
  EXPECT_EQ(shop.events(),
            (Lines{"modifier_group.created modifier_group/" + id.text(), "item.created item/" + made.id.text()}));
  EXPECT_EQ(shop.ask<catalog::ModifierGroup>("catalog.get_modifier_group", by(id)).modifiers.at(0).name, "Double");
  EXPECT_EQ(
      refused(
          R"({"name":"B","price":{"amount":9,"currency":"EUR"},"modifier_groups":[{"name":"Size","min":3,"modifiers":[]}]})"),
      "422 input.invalid /modifier_groups/0/modifiers /modifier_groups/0/max");
}

TEST_P(Catalog, ItemsFollowTheirGroups) {
  const auto sauce = sauces();
  const auto one = burger(sauce);
  shop.pass(std::chrono::milliseconds(1));  // so that the order of the ids is known
  const auto two = burger(sauce);
  const auto plain = item(R"({"name":"Water","price":{"amount":200,"currency":"EUR"}})");
  shop.events();
  shop.change<catalog::ModifierGroup>("catalog.change_modifier_group", sauce.id.text(), R"({"name":"Dip","max":1})");
  EXPECT_EQ(shop.events(), (Lines{"item.changed item/" + one.id.text(), "item.changed item/" + two.id.text(),
                                  "modifier_group.changed modifier_group/" + sauce.id.text()}));
  const auto now = shop.ask<catalog::Item>("catalog.get_item", by(one.id));
  EXPECT_EQ(now.version, 2);
  EXPECT_EQ(now.modifier_groups[0].name, "Dip");
  EXPECT_EQ(now.modifier_groups[0].max, 1);
  EXPECT_EQ(shop.ask<catalog::Item>("catalog.get_item", by(plain.id)).version, 1);
  shop.change<catalog::ModifierGroup>("catalog.change_modifier_group", sauce.id.text(), R"({"name":"Dip"})");
  EXPECT_EQ(shop.events(), Lines{});
}

TEST_P(Catalog, WhatIsInUseStays) {
  const auto sauce = sauces();
  const auto one = burger(sauce);
  EXPECT_EQ(shop.refused("catalog.delete_modifier_group", by(sauce.id)), "409 catalog.in_use");
  const auto top = shop.call<catalog::Category>("catalog.create_category", R"({"name":"Food"})");
  const auto below =
      shop.call<catalog::Category>("catalog.create_category", R"({"name":"Hot","parent":")" + top.id.text() + R"("})");
  shop.change<catalog::Item>("catalog.change_item", one.id.text(),
                             R"({"category":")" + below.id.text() + R"(","modifier_groups":[]})");
  EXPECT_EQ(shop.refused("catalog.delete_category", by(top.id)), "409 catalog.in_use");
  EXPECT_EQ(shop.refused("catalog.delete_category", by(below.id)), "409 catalog.in_use");
  EXPECT_EQ(shop.refused_change("catalog.change_category", top.id.text(), R"({"parent":")" + below.id.text() + R"("})"),
            "422 catalog.category_cycle /parent");
  shop.call<core::Deleted>("catalog.delete_modifier_group", by(sauce.id));
  shop.call<core::Deleted>("catalog.delete_item", by(one.id));
  shop.call<core::Deleted>("catalog.delete_category", by(below.id));
  EXPECT_EQ(shop.count("catalog_item"), 0);
}

TEST_P(Catalog, GroupsKeepToTheirRules) {
  EXPECT_EQ(shop.refused("catalog.create_modifier_group", R"({"name":"A","min":2,"modifiers":[{"name":"a"}]})"),
            "422 input.invalid /max");
  EXPECT_EQ(shop.refused("catalog.create_modifier_group", R"({"name":"A","modifiers":[]})"), "422 input.invalid /modifiers");
  EXPECT_EQ(shop.refused("catalog.create_modifier_group",
                         R"({"name":"A","modifiers":[{"name":"a","price":{"amount":1,"currency":"USD"}}]})"),
            "422 catalog.currency /modifiers/0/price/currency");
  EXPECT_EQ(shop.refused("catalog.create_modifier_group",
                         R"({"name":"A","modifiers":[{"id":"mod_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"a"},
  {"id":"mod_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"b"}]})"),
            "422 input.invalid /modifiers/1/id");
}

TEST_P(Catalog, SoldOutAndAvailableSayItOnce) {
  const auto tea = item(R"({"name":"Tea","price":{"amount":250,"currency":"EUR"}})");
  shop.events();
  EXPECT_TRUE(shop.call<catalog::Item>("catalog.sold_out", by(tea.id)).sold_out);
  EXPECT_EQ(shop.events(), Lines{"item.sold_out item/" + tea.id.text()});
  EXPECT_EQ(shop.call<catalog::Item>("catalog.sold_out", by(tea.id)).version, 2);
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.list<catalog::Item>("catalog.list_item", R"({"sold_out":true})").size(), 1u);
  EXPECT_FALSE(shop.call<catalog::Item>("catalog.available", by(tea.id)).sold_out);
  EXPECT_EQ(shop.events(), Lines{"item.available item/" + tea.id.text()});
  shop.call<catalog::Item>("catalog.available", by(tea.id));
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.refused("catalog.sold_out", R"({"id":"itm_nothing"})"), "404 resource.not_found");
  EXPECT_EQ(shop.refused("catalog.sold_out", R"({"id":")" + tea.id.text() + R"(","until":"2025-11-03T12:00:00Z"})"),
            "422 input.invalid /until");
  EXPECT_EQ(shop.refused("catalog.sold_out", by(tea.id), {.actor = kit::actor({"catalog.read"})}), "403 auth.forbidden");
}

TEST_P(Catalog, AnItemComesBackAtItsTime) {
  const auto tea = item(R"({"name":"Tea","price":{"amount":250,"currency":"EUR"}})");
  shop.call<catalog::Item>("catalog.sold_out", R"({"id":")" + tea.id.text() + R"(","until":"2025-11-03T13:00:00Z"})");
  shop.events();
  shop.pass(std::chrono::minutes(59));
  shop.run_schedules();
  EXPECT_EQ(shop.events(), Lines{});
  shop.pass(std::chrono::minutes(1));
  shop.run_schedules();
  EXPECT_EQ(shop.events(), Lines{"item.available item/" + tea.id.text()});
  EXPECT_FALSE(shop.ask<catalog::Item>("catalog.get_item", by(tea.id)).sold_out_until);
}

TEST_P(Catalog, ABarcodeIsOneThing) {
  const auto tea = item(R"({"name":"Tea","price":{"amount":250,"currency":"EUR"},"barcodes":["1"],
    "variants":[{"name":"Large","price":{"amount":350,"currency":"EUR"},"barcode":"2"}]})");
  EXPECT_EQ(refused(R"({"name":"B","price":{"amount":1,"currency":"EUR"},"barcodes":["3","2"]})"),
            "409 catalog.barcode_taken /barcodes/1");
  EXPECT_EQ(refused(R"({"name":"B","price":{"amount":1,"currency":"EUR"},"barcodes":["3","3"]})"),
            "409 catalog.barcode_taken /barcodes/1");
  shop.change<catalog::Item>("catalog.change_item", tea.id.text(), R"({"barcodes":["1","9"]})");
  const auto scanned = shop.query("catalog.find_barcode", R"({"barcode":"2"})");
  EXPECT_EQ(reflect::member(scanned, "variant"), tea.variants.at(0).id.text());
  EXPECT_EQ(reflect::member(reflect::member(shop.query("catalog.find_barcode", R"({"barcode":"9"})"), "item"), "id"),
            tea.id.text());
  EXPECT_EQ(shop.query("catalog.find_barcode", R"({"barcode":"0"})"), "404 catalog.unknown_barcode");
}

TEST_P(Catalog, ACombosPartsAreItems) {
  const auto tea = item(
      R"({"name":"Tea","price":{"amount":250,"currency":"EUR"},
    "variants":[{"name":"Large","price":{"amount":350,"currency":"EUR"}}]})");
  const auto cake = item(R"({"name":"Cake","price":{"amount":300,"currency":"EUR"}})");
  const auto combo = [](const std::string& items) {
    return R"({"name":"Break","kind":"combo","price":{"amount":500,"currency":"EUR"},"components":[{"name":"Drink","items":[)" +
           items + "]}]}";
  };
  EXPECT_EQ(refused(combo('"' + tea.id.text() + '"')), "422 input.invalid /components/0/items/0/variant");
  EXPECT_EQ(refused(combo('"' + unknown("itm") + '"')), "422 input.invalid /components/0/items/0/item");
  const auto made = item(combo('"' + cake.id.text() + R"(",{"item":")" + tea.id.text() + R"(","variant":")" +
                               tea.variants.at(0).id.text() + R"("})"));
  EXPECT_EQ(refused(combo('"' + made.id.text() + '"')), "422 input.invalid /components/0/items/0/item");
  EXPECT_EQ(shop.refused("catalog.delete_item", by(cake.id)), "409 catalog.in_use");
}

TEST_P(Catalog, AClientMadeItemIsMadeOnce) {
  const std::string json = R"({"id":"itm_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"Tea","price":{"amount":250,"currency":"EUR"},
    "modifier_groups":[{"name":"Milk","modifiers":[{"name":"Oat"}]}]})";
  const auto first = item(json);
  EXPECT_EQ(shop.events().size(), 2u);
  EXPECT_EQ(reflect::to_json(item(json)), reflect::to_json(first));
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.count("catalog_modifier_group"), 1);
}

}  // namespace
