#include "modules/identity/devices.h"
#include "modules/identity/tests/people.h"

using namespace identity_test;
using namespace std::chrono_literals;

namespace {

struct Devices : People {
  Devices() {
    place = shop.list<settings::Location>("settings.list_location").at(0).id.text();
    bob = user(R"({"name":"Bob","role":"staff","pin":"2580"})");
    cid = user(R"({"name":"Cid","role":"staff","pin":"83615204"})");
    shop.events();
  }
  std::string code() {
    return shop.call<identity::PairingCode>("identity.make_pairing_code", R"({"name":"Till 1","location":")" + place + "\"}")
        .code;
  }
  identity::Paired pair(std::string_view with) {
    return shop.call<identity::Paired>("identity.pair_device", R"({"code":)" + quoted(with) + '}', stranger());
  }
  std::string try_pair(std::string_view with) {
    const auto answer = shop.execute("identity.pair_device", R"({"code":)" + quoted(with) + '}', stranger());
    return answer ? "done" : kit::problem_text(answer.error());
  }
  std::string pin_input(std::string_view token, std::string_view pin, const identity::User* who) {
    return R"({"device_token":)" + quoted(token) + R"(,"pin":)" + quoted(pin) +
           (who ? R"(,"user":")" + who->id.text() + '"' : "") + '}';
  }
  identity::SignedIn by_pin(std::string_view token, std::string_view pin, const identity::User* who = nullptr) {
    return shop.call<identity::SignedIn>("identity.login_by_pin", pin_input(token, pin, who), stranger());
  }
  std::string try_pin(std::string_view token, std::string_view pin, const identity::User* who = nullptr) {
    const auto answer = shop.execute("identity.login_by_pin", pin_input(token, pin, who), stranger());
    return answer ? "done" : kit::problem_text(answer.error());
  }
  std::string place;
  identity::User bob, cid;
};
KIT_ON_BOTH_ENGINES(Devices)

TEST_P(Devices, ArePairedOnceWithACode) {
  const auto given = code();
  EXPECT_EQ(given.size(), std::string("shop.ABCD-EFGH").size());
  EXPECT_EQ(types(), Lines{});
  std::string typed;
  for (const char c : given) typed += static_cast<char>(std::tolower(c));
  const auto paired = pair(typed);
  EXPECT_EQ(shop.events(), Lines{"device.paired device/" + paired.device.id.text()});
  EXPECT_EQ(paired.device.name, "Till 1");
  EXPECT_TRUE(paired.device_token.starts_with("dbd_shop."));
  EXPECT_EQ(try_pair(given), "401 auth.invalid") << "it is good once";
  EXPECT_FALSE(bearer(paired.device_token)) << "a device alone may nothing";
  const auto late = code();
  shop.pass(10min);
  EXPECT_EQ(try_pair(late), "401 auth.invalid");
  EXPECT_EQ(shop.refused("identity.make_pairing_code", R"({"name":"x","location":")" + place + "\"}",
                         {.actor = kit::actor({"identity.read"})}),
            "403 auth.forbidden");
  for (auto& line : shop.contents())
    for (const auto& text : {paired.device_token.substr(9), given.substr(5), late.substr(5)})
      EXPECT_FALSE(line.contains(text)) << line;
}

TEST_P(Devices, PeopleSignInWithTheirPin) {
  const auto till = pair(code());
  types();
  const auto in = by_pin(till.device_token, "2580");
  EXPECT_EQ(in.user.id, bob.id);
  EXPECT_EQ(types(), Lines{"session.started"});
  EXPECT_EQ(bearer(in.access_token)->id, bob.id.text());
  EXPECT_EQ(by_pin(till.device_token, "83615204", &cid).user.id, cid.id);
  EXPECT_EQ(try_pin(till.device_token, "2580", &cid), "401 auth.invalid") << "somebody else's";
  EXPECT_EQ(try_pin(till.device_token + "A", "2580"), "401 auth.invalid");
  EXPECT_EQ(try_pin(till.device_token, "9999"), "401 auth.invalid");
  shop.pass(12h);
  EXPECT_EQ(try_refresh(*in.refresh_token), "401 auth.invalid") << "a shift is over";
  for (auto& line : shop.contents()) EXPECT_FALSE(line.contains("83615204")) << line;
}

TEST_P(Devices, FiveWrongPinsCloseThePersonOnThatDevice) {
  const auto till = pair(code()), other = pair(code());
  types();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(try_pin(till.device_token, "900" + std::to_string(i), &bob), "401 auth.invalid");
  EXPECT_EQ(types(), (Lines{"security.login_failed", "security.pin_locked"}));
  EXPECT_EQ(try_pin(till.device_token, "2580", &bob), "429 auth.too_many_attempts");
  EXPECT_EQ(try_pin(other.device_token, "2580", &bob), "done");
  EXPECT_EQ(try_pin(till.device_token, "83615204", &cid), "done");
  shop.pass(30s);
  EXPECT_EQ(try_pin(till.device_token, "9005", &bob), "401 auth.invalid");
  shop.pass(59s);
  EXPECT_EQ(try_pin(till.device_token, "2580", &bob), "429 auth.too_many_attempts") << "longer each time";
  shop.pass(1s);
  EXPECT_EQ(try_pin(till.device_token, "2580", &bob), "done");
}

// Who knows one PIN must not make good with it what they guess at everybody's.
TEST_P(Devices, GuessingAtNobodyInParticularIsNotForgottenBySuccess) {
  const auto till = pair(code());
  int guesses = 0;
  while (try_pin(till.device_token, std::to_string(9100 + guesses)) == "401 auth.invalid") {
    ASSERT_LT(++guesses, 50);
    const auto mine = try_pin(till.device_token, "2580");
    ASSERT_TRUE(mine == "done" || guesses >= 10) << mine;
  }
  EXPECT_EQ(guesses, 10);
  EXPECT_EQ(try_pin(till.device_token, "2580", &bob), "done") << "by name everybody still comes in";
}

TEST_P(Devices, EveryPinIsOnePersons) {
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"Dan","role":"staff","pin":"2580"})"),
            "409 identity.pin_taken /pin");
  const auto till = pair(code());
  const auto in = by_pin(till.device_token, "2580");
  const auto at_desk = shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"pin":"2468"})");
  EXPECT_FALSE(bearer(in.access_token)) << "a new PIN ends the sessions of the old one";
  EXPECT_EQ(try_pin(till.device_token, "2580"), "401 auth.invalid");
  EXPECT_EQ(by_pin(till.device_token, "2468").user.id, bob.id);
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"pin":null})");
  EXPECT_EQ(try_pin(till.device_token, "2468", &bob), "401 auth.invalid");
  user(R"({"name":"Dan","role":"staff","pin":"2468"})");
}

TEST_P(Devices, ARemovedDeviceEndsItsSessions) {
  const auto till = pair(code());
  const auto in = by_pin(till.device_token, "2580"), elsewhere = sign_in();
  types();
  const auto by_id = R"({"id":")" + till.device.id.text() + "\"}";
  shop.call<identity::Device>("identity.remove_device", by_id);
  EXPECT_EQ(types(), (Lines{"session.ended", "device.removed"}));
  EXPECT_FALSE(bearer(in.access_token));
  EXPECT_TRUE(bearer(elsewhere.access_token));
  EXPECT_EQ(try_pin(till.device_token, "2580"), "401 auth.invalid");
  shop.call<identity::Device>("identity.remove_device", by_id);
  EXPECT_EQ(types(), Lines{});
  EXPECT_TRUE(shop.query("identity.list_device").contains(R"("removed":true)"));
}

}  // namespace
