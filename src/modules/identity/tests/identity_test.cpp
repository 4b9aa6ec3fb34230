#include "modules/identity/identity.h"
#include "tests/kit/shop.h"

namespace {

using kit::Lines;

const core::Module some_orders{
    .name = "some_orders",
    .summary = "Permissions to give.",
    .permissions = {
        {"orders.read", "Read."}, {"orders.void", "Void."}, {"orders.write", "Write."}, {"kitchen.write", "Cook."}}};

struct Identity : kit::ShopTest {
  Identity() : ShopTest({&settings::module, &identity::module, &some_orders}) {
    identity::set_permissions(shop.daybook().registry().permissions());
  }
  identity::NewToken token(std::string_view json, kit::With with = {}) {
    return shop.call<identity::NewToken>("identity.create_token", json, std::move(with));
  }
  std::optional<core::Actor> bearer(std::string_view text) {
    std::optional<core::Actor> actor;
    shop.read([&](core::View& view) { actor = identity::module.authenticate(view, text); });
    return actor;
  }
  identity::User user(std::string_view json) { return shop.call<identity::User>("identity.create_user", json); }
  identity::Role role(std::string_view name) {
    return shop.list<identity::Role>("identity.list_role", R"({"name":")" + std::string(name) + R"("})").at(0);
  }
  std::string name_of(std::string_view actor) {
    std::string name;
    shop.read([&](core::View& view) { name = identity::module.actor_name(view, actor); });
    return name;
  }
};
KIT_ON_BOTH_ENGINES(Identity)

TEST_P(Identity, ABusinessStartsWithItsRoles) {
  std::vector<std::string> names;
  for (auto& r : shop.list<identity::Role>("identity.list_role")) {
    EXPECT_TRUE(r.builtin);
    names.push_back(r.name);
  }
  std::ranges::sort(names);
  EXPECT_EQ(names, (Lines{"accountant", "driver", "field", "kitchen", "manager", "owner", "staff", "viewer"}));
}

TEST_P(Identity, ATokenIsShownOnceAndActsWithItsRole) {
  const auto made = token(R"({"role":"staff","name":"Till 1"})");
  EXPECT_TRUE(made.token.starts_with("dbt_shop."));
  EXPECT_EQ(made.token.size(), std::string("dbt_shop.").size() + 43);
  EXPECT_EQ(shop.events(), Lines{"token.created token/" + made.id.text()});
  for (auto& line : shop.contents()) EXPECT_FALSE(line.contains(made.token.substr(9))) << line;
  EXPECT_FALSE(shop.query("identity.list_token").contains("hash"));
  const auto actor = bearer(made.token);
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->id, made.id.text());
  EXPECT_TRUE(actor->may("orders.write"));
  EXPECT_FALSE(actor->may("orders.void"));
  EXPECT_EQ(name_of(made.id.text()), "Till 1");
}

TEST_P(Identity, AnUnknownTokenIsNobody) {
  auto made = token(R"({"role":"owner"})");
  EXPECT_EQ(*bearer(made.token)->permissions, Lines{"*"});
  made.token.back() = made.token.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(bearer(made.token));
  EXPECT_FALSE(bearer(""));
  EXPECT_FALSE(bearer("dbt_shop."));
}

TEST_P(Identity, ATokenEndsAtItsTimeAndWhenItIsRevoked) {
  const auto hour = token(R"({"role":"viewer","ttl_seconds":3600})"), ever = token(R"({"role":"viewer"})");
  EXPECT_EQ(hour.expires_at, shop.now() + std::chrono::hours(1));
  shop.pass(std::chrono::minutes(59));
  EXPECT_TRUE(bearer(hour.token));
  shop.pass(std::chrono::minutes(1));
  EXPECT_FALSE(bearer(hour.token));
  EXPECT_TRUE(bearer(ever.token));
  shop.events();
  const std::string by_id = R"({"id":")" + ever.id.text() + R"("})";
  EXPECT_TRUE(shop.call<identity::Token>("identity.revoke_token", by_id).revoked);
  EXPECT_EQ(shop.events(), Lines{"token.revoked token/" + ever.id.text()});
  EXPECT_FALSE(bearer(ever.token));
  shop.call<identity::Token>("identity.revoke_token", by_id);
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.refused("identity.revoke_token", R"({"id":"tok_01jqm3vh6e7s8v3jq0a1b2c3d4"})"), "404 resource.not_found");
}

TEST_P(Identity, ATokenNeedsARoleAndAPlaceThatExist) {
  EXPECT_EQ(shop.refused("identity.create_token", R"({"role":"pirate"})"), "422 identity.unknown_role /role");
  EXPECT_EQ(shop.refused("identity.create_token", R"({"role":"staff","location":"loc_01jqm3vh6e7s8v3jq0a1b2c3d4"})"),
            "422 settings.unknown_location /location");
  const auto place = shop.list<settings::Location>("settings.list_location").at(0).id.text();
  EXPECT_EQ(bearer(token(R"({"role":"staff","location":")" + place + R"("})").token)->location, place);
}

TEST_P(Identity, RolesGrantByNameAndByPattern) {
  const auto made =
      shop.call<identity::Role>("identity.create_role", R"({"name":"shift-lead","permissions":["orders.*","kitchen.write"]})");
  EXPECT_FALSE(made.builtin);
  EXPECT_EQ(shop.events(), Lines{"role.created role/" + made.id.text()});
  const auto lead = token(R"({"role":"shift-lead"})");
  EXPECT_EQ(*bearer(lead.token)->permissions, (Lines{"kitchen.write", "orders.read", "orders.void", "orders.write"}));
  shop.change<identity::Role>("identity.change_role", made.id.text(), R"({"permissions":["orders.read"]})");
  EXPECT_EQ(*bearer(lead.token)->permissions, Lines{"orders.read"});
}

TEST_P(Identity, RolesAreRefusedWithThePlaceOfTheMistake) {
  EXPECT_EQ(shop.refused("identity.create_role", R"({"name":"a","permissions":["orders.read","orders.fly","stock.*"]})"),
            "422 identity.unknown_permission /permissions/1 /permissions/2");
  EXPECT_EQ(shop.refused("identity.create_role", R"({"name":"staff","permissions":[]})"), "409 identity.role_taken");
  EXPECT_EQ(shop.refused("identity.create_role", R"({"name":"Shift Lead","permissions":[]})"), "422 identity.role_name /name");
  EXPECT_EQ(shop.refused_change("identity.change_role", role("owner").id.text(), R"({"permissions":["orders.read"]})"),
            "409 identity.builtin_role");
  EXPECT_EQ(shop.refused("identity.delete_role", R"({"id":")" + role("driver").id.text() + R"("})"),
            "409 identity.builtin_role");
}

TEST_P(Identity, ARoleThatSomebodyHasStays) {
  const auto made = shop.call<identity::Role>("identity.create_role", R"({"name":"helper","permissions":["orders.read"]})");
  const std::string by_id = R"({"id":")" + made.id.text() + R"("})";
  const auto ada = user(R"({"name":"Ada","role":"helper"})");
  EXPECT_EQ(shop.refused("identity.delete_role", by_id), "409 identity.role_in_use");
  shop.change<identity::User>("identity.change_user", ada.id.text(), R"({"role":"staff"})");
  const auto machine = token(R"({"role":"helper"})");
  EXPECT_EQ(shop.refused("identity.delete_role", by_id), "409 identity.role_in_use");
  shop.call<identity::Token>("identity.revoke_token", R"({"id":")" + machine.id.text() + R"("})");
  EXPECT_TRUE(shop.call<core::Deleted>("identity.delete_role", by_id).deleted);
}

TEST_P(Identity, NobodyGrantsMoreThanTheyHave) {
  const kit::With manager{.actor = kit::actor({"identity.write", "orders.read"})};
  EXPECT_EQ(shop.refused("identity.create_token", R"({"role":"owner"})", manager), "403 identity.beyond_rights");
  EXPECT_EQ(shop.refused("identity.create_role", R"({"name":"a","permissions":["orders.*"]})", manager),
            "403 identity.beyond_rights");
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"Eve","role":"staff"})", manager), "403 identity.beyond_rights");
  const auto ada = user(R"({"name":"Ada","role":"staff"})");
  EXPECT_EQ(shop.refused_change("identity.change_user", ada.id.text(), R"({"active":false})", manager),
            "403 identity.beyond_rights");
  shop.call<identity::Role>("identity.create_role", R"({"name":"b","permissions":["orders.read"]})", manager);
}

TEST_P(Identity, PeopleHaveOneMailAddressEach) {
  const auto ada = user(R"({"name":"Ada","email":"Ada@example.com","role":"manager"})");
  EXPECT_EQ(shop.events(), Lines{"user.created user/" + ada.id.text()});
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"Bob","email":"ada@EXAMPLE.com","role":"staff"})"),
            "409 identity.email_taken /email");
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"Bob","email":"nobody","role":"staff"})"),
            "422 input.invalid /email");
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"Bob","role":"pirate"})"), "422 identity.unknown_role /role");
  EXPECT_EQ(name_of(ada.id.text()), "Ada");
  shop.change<identity::User>("identity.change_user", ada.id.text(), R"({"email":null})");
  EXPECT_EQ(shop.events(), Lines{"user.changed user/" + ada.id.text()});
  user(R"({"name":"Bob","email":"ada@example.com","role":"staff"})");
  EXPECT_EQ(shop.list<identity::User>("identity.list_user", R"({"role":"staff"})").size(), 1u);
}

TEST_P(Identity, TheLastOwnerStays) {
  const auto first = user(R"({"name":"Ada","role":"owner"})").id.text();
  EXPECT_EQ(shop.refused_change("identity.change_user", first, R"({"role":"staff"})"), "409 identity.last_owner");
  EXPECT_EQ(shop.refused_change("identity.change_user", first, R"({"active":false})"), "409 identity.last_owner");
  EXPECT_EQ(shop.refused("identity.delete_user", R"({"id":")" + first + R"("})"), "409 identity.last_owner");
  user(R"({"name":"Bob","role":"owner"})");
  EXPECT_TRUE(shop.call<core::Deleted>("identity.delete_user", R"({"id":")" + first + R"("})").deleted);
}

TEST_P(Identity, EverybodyMayAskWhoTheyAre) {
  const auto made = token(R"({"role":"driver","name":"Van"})");
  const auto me = shop.query("identity.me", "{}", *bearer(made.token));
  EXPECT_EQ(reflect::member(me, "id"), made.id.text());
  EXPECT_EQ(reflect::member(me, "kind"), "token");
  EXPECT_EQ(reflect::member(me, "name"), "Van");
  EXPECT_EQ(reflect::member(me, "role"), "driver");
  EXPECT_EQ(reflect::member(me, "permissions"), R"(["daybook.read","orders.read","settings.read"])");
  EXPECT_EQ(reflect::member(reflect::member(me, "tenant"), "slug"), "shop");
}

TEST_P(Identity, PermissionsAreListedWithWhatTheyAllow) {
  const auto list = shop.query("identity.permissions");
  EXPECT_TRUE(list.contains(R"({"name":"orders.void","summary":"Void."})")) << list;
  EXPECT_EQ(reflect::member(list, "next_cursor"), "null");
  EXPECT_EQ(shop.query("identity.permissions", "{}", kit::actor({"orders.read"})), "403 auth.forbidden");
}

}  // namespace
