#include "modules/identity/api_keys.h"
#include "modules/identity/tests/people.h"

using namespace identity_test;
using namespace std::chrono_literals;

namespace {

struct Keys : People {
  identity::ShownApiKey make(std::string_view scopes = R"(["settings:read"])", kit::With with = {},
                             std::string_view more = {}) {
    return shop.call<identity::ShownApiKey>("identity.create_api_key",
                                            R"({"name":"Till","scopes":)" + std::string(scopes) + std::string(more) + '}',
                                            std::move(with));
  }
  kit::With as_ada() { return {.actor = {.id = ada.id.text(), .permissions = kit::owner().permissions}}; }
  static std::string by_id(const identity::ShownApiKey& key) { return R"({"id":")" + key.id.text() + "\"}"; }
};
KIT_ON_BOTH_ENGINES(Keys)

TEST_P(Keys, AreShownOnceAndActWithTheirScopes) {
  const auto made = make(R"(["settings:read","identity:*"])", as_ada());
  EXPECT_TRUE(made.key->starts_with("dbk_shop."));
  EXPECT_EQ(made.maker, ada.id.text());
  EXPECT_EQ(shop.events(), Lines{"api_key.created api_key/" + made.id.text()});
  for (auto& line : shop.contents()) EXPECT_FALSE(line.contains(made.key->substr(9))) << line;
  EXPECT_FALSE(shop.query("identity.list_api_key").contains("dbk_"));
  EXPECT_FALSE(shop.query("identity.get_api_key", by_id(made)).contains("\"key\":\""));
  const auto actor = *bearer(*made.key);
  EXPECT_EQ(actor.id, made.id.text());
  EXPECT_EQ(*actor.permissions, (Lines{"identity.devices", "identity.read", "identity.write", "settings.read"}));
  EXPECT_EQ(reflect::member(shop.query("identity.me", "{}", actor), "kind"), "key");
  EXPECT_EQ(reflect::member(shop.query("identity.me", "{}", actor), "name"), "Till");
}

TEST_P(Keys, NeverMayMoreThanTheirMaker) {
  const auto bob = user(R"({"name":"Bob","email":"bob@example.com","role":"manager"})");
  const kit::With as_bob{
      .actor = {.id = bob.id.text(), .permissions = std::make_shared<const Lines>(Lines{"identity.write", "settings.read"})}};
  EXPECT_EQ(shop.refused("identity.create_api_key", R"({"name":"a","scopes":["settings:write"]})", as_bob),
            "403 identity.beyond_rights");
  EXPECT_EQ(shop.refused("identity.create_api_key", R"({"name":"a","scopes":["*"]})", as_bob), "403 identity.beyond_rights");
  EXPECT_EQ(shop.refused("identity.create_api_key", R"({"name":"a","scopes":["settings:read","no:such"]})"),
            "422 identity.unknown_permission /scopes/1");
  const auto made = make(R"(["settings:read"])", as_bob);
  EXPECT_TRUE(bearer(*made.key)->may("settings.read"));
  const auto idle = shop.call<identity::Role>("identity.create_role", R"({"name":"idle","permissions":[]})");
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"role":"idle"})");
  EXPECT_FALSE(bearer(*made.key)->may("settings.read")) << "at once";
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"role":"manager","active":false})");
  EXPECT_FALSE(bearer(*made.key)->may("settings.read"));
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"active":true})");
  EXPECT_TRUE(bearer(*made.key)->may("settings.read"));
  shop.call<core::Deleted>("identity.delete_user", R"({"id":")" + bob.id.text() + "\"}");
  EXPECT_FALSE(bearer(*made.key)->may("settings.read"));
  EXPECT_TRUE(bearer(*make(R"(["*"])", as_ada()).key)->may("settings.write")) << "an owner's key";
  shop.call<core::Deleted>("identity.delete_role", R"({"id":")" + idle.id.text() + "\"}");  // a key has no role
}

TEST_P(Keys, MakeNoKeys) {
  const auto made = make(R"(["*"])", as_ada());
  const kit::With as_key{.actor = *bearer(*made.key)};
  EXPECT_EQ(shop.refused("identity.create_api_key", R"({"name":"a","scopes":["settings:read"]})", as_key),
            "403 identity.keys_of_keys");
  EXPECT_EQ(shop.refused("identity.rotate_api_key", by_id(made), as_key), "403 identity.keys_of_keys");
}

TEST_P(Keys, AreRotatedWithAnOverlap) {
  const auto first = make();
  const auto rotate = [&](std::int64_t seconds) {
    return shop.call<identity::ShownApiKey>(
        "identity.rotate_api_key", R"({"id":")" + first.id.text() + R"(","overlap_seconds":)" + std::to_string(seconds) + '}');
  };
  const auto second = rotate(60);
  EXPECT_EQ(second.id, first.id);
  EXPECT_NE(second.key, first.key);
  EXPECT_TRUE(bearer(*first.key) && bearer(*second.key));
  shop.pass(60s);
  EXPECT_FALSE(bearer(*first.key));
  EXPECT_TRUE(bearer(*second.key));
  const auto third = rotate(0);
  EXPECT_FALSE(bearer(*second.key)) << "without one it is over at once";
  shop.call<identity::ApiKey>("identity.revoke_api_key", by_id(first));
  EXPECT_FALSE(bearer(*third.key));
  EXPECT_EQ(types(), (Lines{"api_key.created", "api_key.rotated", "api_key.rotated", "api_key.revoked"}));
  shop.call<identity::ApiKey>("identity.revoke_api_key", by_id(first));
  EXPECT_EQ(types(), Lines{});
  EXPECT_EQ(shop.refused("identity.rotate_api_key", by_id(first)), "409 identity.key_revoked");
}

TEST_P(Keys, EndAtTheirTimeAlsoWhileTheyOverlap) {
  const auto until = base::print_instant(shop.now() + 1h);
  const auto made = make(R"(["settings:read"])", {}, R"(,"expires_at":")" + until + '"');
  shop.call<identity::ShownApiKey>("identity.rotate_api_key", R"({"id":")" + made.id.text() + R"(","overlap_seconds":86400})");
  shop.pass(59min);
  EXPECT_TRUE(bearer(*made.key));
  shop.pass(1min);
  EXPECT_FALSE(bearer(*made.key));
  EXPECT_EQ(shop.refused("identity.create_api_key", R"({"name":"a","scopes":["settings:read"],"expires_at":")" + until + "\"}"),
            "422 identity.in_the_past /expires_at");
}

}  // namespace
