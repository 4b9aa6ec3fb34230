#include "modules/settings/settings.h"
#include "tests/kit/shop.h"

namespace {

using kit::Lines;

struct Settings : kit::ShopTest {
  Settings() : ShopTest({&settings::module}) {}
  settings::Location main() { return shop.list<settings::Location>("settings.list_location").at(0); }
  settings::Location location(std::string_view json) { return shop.call<settings::Location>("settings.create_location", json); }
};
KIT_ON_BOTH_ENGINES(Settings)

TEST_P(Settings, ABusinessStartsWithAProfileItsSettingsAndOneLocation) {
  const auto profile = shop.ask<settings::Profile>("settings.profile");
  EXPECT_EQ(profile.name, "The Shop");
  EXPECT_EQ(profile.version, 1);
  const auto first = main();
  EXPECT_EQ(first.name, "Main");
  EXPECT_EQ(first.time_zone.text(), "UTC");
  EXPECT_EQ(first.currency.text(), "EUR");
  EXPECT_EQ(shop.ask<settings::Settings>("settings.read").orders.accept_minutes, 10);
  EXPECT_EQ(shop.count("core_log"), 3);
}

TEST_P(Settings, TheProfileChangesAndSaysSoOnce) {
  const auto id = shop.tenant()->id.text();
  const auto changed = shop.change<settings::Profile>("settings.change_profile", "", R"({"tax_id":"DE1","phone":null})");
  EXPECT_EQ(changed.tax_id, "DE1");
  EXPECT_EQ(changed.version, 2);
  EXPECT_EQ(shop.events(), Lines{"profile.changed profile/" + id});
  shop.change<settings::Profile>("settings.change_profile", "", R"({"tax_id":"DE1"})");
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.refused_change("settings.change_profile", "", R"({"name":null})"), "422 input.invalid /name");
  EXPECT_EQ(shop.refused_change("settings.change_profile", "", R"({"name":"X"})", {.if_match = 1}), "412 version.stale");
}

TEST_P(Settings, ChangeOneByOneAndNullIsTheDefault) {
  auto now = shop.change<settings::Settings>("settings.change", "",
                                             R"({"orders":{"accept_minutes":30},"kitchen":{"late_minutes":20}})");
  EXPECT_EQ(now.orders.accept_minutes, 30);
  EXPECT_TRUE(now.orders.closed_hours_block_online);
  EXPECT_EQ(shop.events(), Lines{"settings.changed settings/" + shop.tenant()->id.text()});
  now = shop.change<settings::Settings>("settings.change", "", R"({"orders":{"accept_minutes":null}})");
  EXPECT_EQ(now.orders.accept_minutes, 10);
  EXPECT_EQ(now.kitchen.late_minutes, 20);
  now = shop.change<settings::Settings>("settings.change", "", R"({"kitchen":null})");
  EXPECT_EQ(now.kitchen.late_minutes, 15);
  EXPECT_EQ(shop.ask<settings::Settings>("settings.read").version, 4);
}

TEST_P(Settings, RefuseWhatIsNoSetting) {
  const auto refused = [&](std::string_view patch) { return shop.refused_change("settings.change", "", patch); };
  EXPECT_EQ(refused(R"({"orders":{"accept_minutes":0}})"), "422 input.invalid /orders/accept_minutes");
  EXPECT_EQ(refused(R"({"orders":{"accept_hours":1}})"), "422 input.invalid /orders/accept_hours");
  EXPECT_EQ(refused(R"({"nothing":1,"orders":3})"), "422 input.invalid /nothing /orders");
  EXPECT_EQ(refused(R"({"kitchen":{"warn_minutes":20}})"), "422 input.invalid /kitchen/late_minutes");
  EXPECT_EQ(refused(R"({"version":7})"), "422 input.invalid /version");
  EXPECT_EQ(refused("[]"), "422 input.invalid ");
}

TEST_P(Settings, LocationsAreMadeChangedAndFound) {
  const auto made = location(R"({"name":"Harbour","time_zone":"Europe/Berlin","closing":"03:00",
    "hours":[{"days":["monday","friday"],"from":"09:00","until":"01:00"}],
    "holidays":[{"date":"2025-12-25","name":"Christmas"}]})");
  EXPECT_EQ(made.currency.text(), "EUR");
  EXPECT_EQ(shop.events(), Lines{"location.created location/" + made.id.text()});
  const auto changed = shop.change<settings::Location>("settings.change_location", made.id.text(),
                                                       R"({"currency":"USD","position":3})", {.if_match = 1});
  EXPECT_EQ(changed.currency.text(), "USD");
  EXPECT_EQ(changed.hours.size(), 1u);
  EXPECT_EQ(shop.events(), Lines{"location.changed location/" + made.id.text()});
  EXPECT_EQ(shop.ask<settings::Location>("settings.get_location", R"({"id":")" + made.id.text() + R"("})").holidays.at(0).name,
            "Christmas");
  shop.read([&](core::View& view) {
    const auto& places = view.cached<settings::Places>(settings::places);
    EXPECT_EQ(places.find(made.id)->closing.minutes, 180);
    EXPECT_EQ(places.first()->name, "Main");
  });
}

TEST_P(Settings, AClientMadeLocationIsMadeOnce) {
  const std::string json = R"({"id":"loc_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"Twice"})";
  const auto made = location(json);
  EXPECT_EQ(shop.events().size(), 1u);
  EXPECT_EQ(location(json).created_at, made.created_at);
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.refused("settings.create_location", R"({"id":"loc_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"Other"})"),
            "422 idempotency.reused");
}

TEST_P(Settings, ALocationKeepsToTheRules) {
  const auto first = main().id.text();
  EXPECT_EQ(shop.refused("settings.create_location", R"({"time_zone":"Mars/Olympus"})"), "422 input.invalid /time_zone /name");
  EXPECT_EQ(shop.refused("settings.create_location",
                         R"({"name":"A","holidays":[{"date":"2025-12-25","name":"a"},{"date":"2025-12-25","name":"b"}]})"),
            "422 input.invalid /holidays/1/date");
  EXPECT_EQ(shop.refused_change("settings.change_location", first, R"({"active":false})"), "409 settings.last_location");
  EXPECT_EQ(shop.refused_change("settings.change_location", first, R"({"id":"loc_01jqm3vh6e7s8v3jq0a1b2c3d4"})"),
            "422 input.invalid /id");
  location(R"({"name":"Second","active":true})");
  EXPECT_FALSE(shop.change<settings::Location>("settings.change_location", first, R"({"active":false})").active);
  shop.read([&](core::View& view) { EXPECT_EQ(view.cached<settings::Places>(settings::places).first()->name, "Second"); });
}

TEST_P(Settings, TablesStandAtALocation) {
  const auto at = main().id.text();
  const auto table =
      shop.call<settings::Table>("settings.create_table", R"({"location":")" + at + R"(","name":"7","area":"Garden"})");
  EXPECT_EQ(table.seats, 4);
  EXPECT_EQ(shop.list<settings::Table>("settings.list_table", R"({"area":"Garden"})").size(), 1u);
  EXPECT_EQ(shop.list<settings::Table>("settings.list_table", R"({"area":"Hall"})").size(), 0u);
  EXPECT_EQ(shop.events(), Lines{"table.created table/" + table.id.text()});
  EXPECT_EQ(shop.refused("settings.create_table", R"({"location":"loc_01jqm3vh6e7s8v3jq0a1b2c3d4","name":"8"})"),
            "422 settings.unknown_location /location");
  shop.call<core::Deleted>("settings.delete_table", R"({"id":")" + table.id.text() + R"("})");
  EXPECT_EQ(shop.events(), Lines{"table.deleted table/" + table.id.text()});
  shop.read([&](core::View& view) { EXPECT_TRUE(view.cached<settings::Places>(settings::places).tables.empty()); });
}

TEST_P(Settings, NeedTheirPermissions) {
  const kit::With reader{.actor = kit::actor({"settings.read"})};
  EXPECT_EQ(shop.refused_change("settings.change", "", R"({"orders":null})", reader), "403 auth.forbidden");
  EXPECT_EQ(shop.refused("settings.create_location", R"({"name":"A"})", reader), "403 auth.forbidden");
  EXPECT_EQ(shop.query("settings.profile", "{}", kit::actor({"orders.read"})), "403 auth.forbidden");
}

}  // namespace
