#include "modules/identity/second_factor.h"

#include "base/one_time_code.h"
#include "modules/identity/tests/people.h"

using namespace identity_test;
using namespace std::chrono_literals;

namespace {

std::string unbase32(std::string_view text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    bits = bits << 5 | static_cast<std::uint32_t>(letters.find(c));
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

struct SecondFactor : People {
  kit::With me() {
    return {.actor = {.id = ada.id.text(), .permissions = kit::owner().permissions}, .peer = std::string(at_home)};
  }
  std::string code(std::int64_t away = 0) { return base::one_time_code(secret, base::code_step(shop.now()) + away); }
  std::string with_code(std::string_view text) { return R"({"code":)" + quoted(text) + '}'; }
  void set_up() {
    const auto made = shop.call<identity::TotpSetUp>("identity.set_up_totp", R"({"password":)" + quoted(right) + '}', me());
    secret = unbase32(made.secret);
    EXPECT_EQ(secret.size(), 20u);
    EXPECT_EQ(made.url, "otpauth://totp/The%20Shop:Ada%40example.com?secret=" + made.secret + "&issuer=The%20Shop");
    EXPECT_TRUE(made.qr.starts_with("<svg "));
    EXPECT_EQ(try_login("ada@example.com", right), "done") << "not good before it is confirmed";
    codes = shop.call<identity::RecoveryCodes>("identity.confirm_totp", with_code(code()), me()).recovery_codes;
  }
  std::string login(std::string_view with) {
    return try_login("ada@example.com", right, at_home, R"(,"totp":)" + quoted(with));
  }
  std::string secret;
  std::vector<std::string> codes;
};
KIT_ON_BOTH_ENGINES(SecondFactor)

TEST_P(SecondFactor, IsAskedForBehindThePassword) {
  set_up();
  EXPECT_EQ(types(), (Lines{"session.started", "user.changed"}));
  EXPECT_EQ(try_login("ada@example.com", right), "401 auth.totp_required");
  EXPECT_EQ(try_login("ada@example.com", "guess"), "401 auth.invalid") << "who guesses learns nothing of it";
  EXPECT_EQ(login(code()), "401 auth.invalid") << "the code that confirmed it was used";
  shop.pass(30s);
  EXPECT_EQ(login(code()), "done");
  EXPECT_EQ(login(code()), "401 auth.invalid") << "each is good once";
  EXPECT_EQ(login(code(1)), "done") << "a clock that is a little ahead";
  EXPECT_EQ(login(code(0)), "401 auth.invalid") << "never one before the last";
  shop.pass(2min);
  EXPECT_EQ(login(code(-2)), "401 auth.invalid");
  EXPECT_EQ(login(code(2)), "401 auth.invalid");
  EXPECT_EQ(login(code(-1)), "done");
}

TEST_P(SecondFactor, GuessesAtCodesAreCounted) {
  set_up();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login("00000" + std::to_string(i)), "401 auth.invalid");
  shop.pass(29s);
  EXPECT_EQ(login(code()), "429 auth.too_many_attempts");
}

TEST_P(SecondFactor, RecoveryCodesAreGoodOnceEach) {
  set_up();
  ASSERT_EQ(codes.size(), 10u);
  EXPECT_EQ(login(codes[3]), "done");
  EXPECT_EQ(login(codes[3]), "401 auth.invalid");
  std::string shouted;
  for (const char c : codes[4])
    if (c != '-') shouted += static_cast<char>(std::toupper(c));
  EXPECT_EQ(login(shouted), "done") << "as people type";
  for (auto& line : shop.contents())
    for (const auto& text : {codes[0], shouted, secret, base::base32(secret)}) EXPECT_FALSE(line.contains(text)) << line;
}

TEST_P(SecondFactor, NeedsThePasswordToBeginAndACodeToEnd) {
  EXPECT_EQ(kit::problem_text(shop.execute("identity.set_up_totp", R"({"password":"guess"})", me()).error()),
            "401 auth.invalid");
  EXPECT_EQ(shop.refused("identity.confirm_totp", with_code("123456"), me()), "409 auth.totp_inactive");
  EXPECT_EQ(shop.refused("identity.set_up_totp", R"({"password":"x"})",
                         {.actor = kit::actor({"*"}, "tok_01jqm3vh6e7s8v3jq0a1b2c3d4")}),
            "409 auth.people_only");
  set_up();
  EXPECT_EQ(shop.refused("identity.set_up_totp", R"({"password":)" + quoted(right) + '}', me()), "409 auth.totp_active");
  EXPECT_EQ(kit::problem_text(shop.execute("identity.remove_totp", with_code("000000"), me()).error()),
            "422 auth.wrong_code /code");
  shop.pass(1min);
  EXPECT_FALSE(shop.call<identity::User>("identity.remove_totp", with_code(code()), me()).two_factor);
  EXPECT_EQ(try_login("ada@example.com", right), "done");
  EXPECT_EQ(shop.count("identity_recovery"), 0);
}

TEST_P(SecondFactor, IsTakenAwayByWhoMay) {
  set_up();
  const auto by_id = R"({"id":")" + ada.id.text() + "\"}";
  EXPECT_EQ(shop.refused("identity.reset_totp", by_id, {.actor = kit::actor({"identity.write"})}),
            "403 identity.beyond_rights");
  EXPECT_FALSE(shop.call<identity::User>("identity.reset_totp", by_id).two_factor);
  EXPECT_EQ(try_login("ada@example.com", right), "done");
  types();
  shop.call<identity::User>("identity.reset_totp", by_id);
  EXPECT_EQ(types(), Lines{}) << "twice is as good as once";
}

// The shop's keys are of its run alone, so another one's seal stands for an older key.
TEST_P(SecondFactor, AnUnknownKeyOpensNothingAndLosesNothing) {
  set_up();
  ASSERT_TRUE(shop.daybook().work_and_wait(shop.tenant(), [&](core::Group& group, core::Tenant& tenant) {
    const auto who = core::Actor::system("test");
    const core::Request request;
    auto tx = group.tx(tenant, who, request);
    const base::Bytes foreign(base::Keyring::fresh().seal("one-time code", ada.id.text(), secret));
    tx.run("UPDATE identity_secret SET totp = $1 WHERE tenant = $t", foreign);
    tx.keep();
  }));
  shop.pass(1min);
  shop.run_schedules();
  EXPECT_EQ(login(code()), "401 auth.invalid");
  EXPECT_EQ(login(codes[0]), "done") << "a recovery code needs no master key";
}

}  // namespace
