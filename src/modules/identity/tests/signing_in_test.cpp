#include "base/crypto.h"
#include "base/password.h"
#include "modules/identity/secrets.h"
#include "modules/identity/tests/people.h"

using namespace identity_test;
using namespace std::chrono_literals;

namespace {

struct SigningIn : People {};
KIT_ON_BOTH_ENGINES(SigningIn)

TEST_P(SigningIn, APasswordBringsASession) {
  const auto in = sign_in();
  EXPECT_EQ(shop.events(), Lines{"session.started session/" + in.session.text()});
  EXPECT_EQ(in.user.id, ada.id);
  EXPECT_EQ(in.user.name, "Ada");
  EXPECT_EQ(in.user.role, "owner");
  EXPECT_EQ(in.expires_in, 900);
  EXPECT_EQ(in.token_type, "Bearer");
  EXPECT_TRUE(in.access_token.starts_with("dba_shop."));
  EXPECT_TRUE(in.refresh_token->starts_with("dbr_shop."));
  const auto actor = bearer(in.access_token);
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->id, ada.id.text());
  EXPECT_EQ(actor->session, in.session.text());
  EXPECT_TRUE(actor->may("settings.write"));
  EXPECT_FALSE(bearer(*in.refresh_token)) << "a refresh token opens nothing";
  const auto me = shop.query("identity.me", "{}", *actor);
  EXPECT_EQ(reflect::member(me, "kind"), "user");
}

TEST_P(SigningIn, WrongIsWrongInAnyWay) {
  user(R"({"name":"Bob","email":"bob@example.com","role":"staff"})");
  user(R"({"name":"Cid","email":"cid@example.com","role":"staff","password":"correct horse battery","active":false})");
  for (const auto* email : {"ada@example.com", "bob@example.com", "cid@example.com", "nobody@example.com"})
    EXPECT_EQ(try_login(email, email == std::string("ada@example.com") ? "correct horse batterz" : right), "401 auth.invalid");
  EXPECT_EQ(shop.count("identity_session"), 0);
}

TEST_P(SigningIn, NothingOfASecretIsKept) {
  const auto in = sign_in();
  try_login("ada@example.com", "not the password");
  refresh(*in.refresh_token);
  for (auto& line : shop.contents())
    for (const auto& secret : {std::string(right), std::string("not the password"), in.access_token.substr(9),
                               in.refresh_token->substr(9), base::hex(right)})
      EXPECT_FALSE(line.contains(secret)) << line;
  for (const auto* query : {"identity.list_user", "identity.sessions"})
    EXPECT_FALSE(shop.query(query).contains("password\"")) << query;
}

TEST_P(SigningIn, APasswordOfAUsersChangeIsNotGuessedFromAFingerprint) {
  const auto patch = [&](std::string_view password) {
    return R"({"id":")" + ada.id.text() + R"(","patch":{"password":")" + std::string(password) + "\"}}";
  };
  shop.call<identity::User>("identity.change_user", patch("another long one"), {.key = "k"});
  const auto again = shop.execute("identity.change_user", patch("yet another one"), {.key = "k"});
  EXPECT_TRUE(again && again->replayed) << "the fingerprint does not know it";
  EXPECT_EQ(try_login("ada@example.com", "another long one"), "done");
}

TEST_P(SigningIn, AccessEndsAtItsTimeAndWithItsSession) {
  const auto in = sign_in();
  shop.pass(14min + 59s);
  EXPECT_TRUE(bearer(in.access_token));
  shop.pass(1s);
  EXPECT_FALSE(bearer(in.access_token));
  const auto again = refresh(*in.refresh_token);
  EXPECT_TRUE(bearer(again.access_token));
  shop.call<identity::SignedOut>("identity.logout", token_input(*again.refresh_token), stranger());
  EXPECT_FALSE(bearer(again.access_token));
  EXPECT_EQ(try_refresh(*again.refresh_token), "401 auth.invalid");
  EXPECT_EQ(types(), (Lines{"session.started", "session.ended"}));
  shop.call<identity::SignedOut>("identity.logout", token_input(*again.refresh_token), stranger());
  EXPECT_EQ(types(), Lines{}) << "twice is as good as once";
}

TEST_P(SigningIn, AForgedTokenIsNobodys) {
  const auto in = sign_in();
  for (std::size_t i = 9; i < in.access_token.size(); ++i) {
    auto forged = in.access_token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(bearer(forged)) << i;
  }
  EXPECT_FALSE(bearer(in.access_token + "AA"));
  EXPECT_FALSE(bearer(in.access_token.substr(0, in.access_token.size() - 2)));
  EXPECT_FALSE(bearer("dba_shop."));
  EXPECT_FALSE(bearer("dba_other" + in.access_token.substr(8)));
  auto other = shop.daybook().create_tenant("other", "Another").value();
  std::optional<core::Actor> actor;
  shop.daybook().read(
      *other, [&](core::View& view) { actor = identity::module.authenticate(view, "dba_other" + in.access_token.substr(8)); });
  EXPECT_FALSE(actor) << "another business's";
}

TEST_P(SigningIn, RightsFollowTheRoleAndEndWithThePerson) {
  const auto bob = user(R"({"name":"Bob","email":"bob@example.com","role":"staff","password":"correct horse battery"})");
  const auto in = sign_in("bob@example.com");
  EXPECT_FALSE(bearer(in.access_token)->may("settings.write"));
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"role":"manager"})");
  EXPECT_TRUE(bearer(in.access_token)->may("settings.write")) << "at once, with the token of before";
  shop.events();
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"active":false})");
  EXPECT_EQ(types(), (Lines{"session.ended", "user.changed"}));
  EXPECT_FALSE(bearer(in.access_token));
  EXPECT_EQ(try_refresh(*in.refresh_token), "401 auth.invalid");
  shop.change<identity::User>("identity.change_user", bob.id.text(), R"({"active":true})");
  EXPECT_FALSE(bearer(in.access_token)) << "the session stays over";
  EXPECT_EQ(try_login("bob@example.com", right), "done");
  shop.call<core::Deleted>("identity.delete_user", R"({"id":")" + bob.id.text() + "\"}");
  EXPECT_EQ(shop.count("identity_secret"), 1) << "Ada's";
}

// ---- refresh -----------------------------------------------------------------------------------------------------------

TEST_P(SigningIn, ARefreshTokenIsGoodOnceAndForALostReply) {
  const auto first = sign_in();
  const auto second = refresh(*first.refresh_token);
  EXPECT_NE(second.refresh_token, first.refresh_token);
  shop.pass(60s);
  EXPECT_EQ(refresh(*first.refresh_token).refresh_token, second.refresh_token) << "the same successor";
  const auto third = refresh(*second.refresh_token);
  EXPECT_EQ(types(), Lines{"session.started"}) << "carrying on is no event";
  EXPECT_EQ(refresh(*second.refresh_token).refresh_token, third.refresh_token) << "a second tab";
  EXPECT_TRUE(bearer(third.access_token));
}

TEST_P(SigningIn, AReusedRefreshTokenEndsTheSession) {
  const auto first = sign_in();
  const auto second = refresh(*first.refresh_token);
  types();
  shop.pass(61s);
  EXPECT_EQ(try_refresh(*first.refresh_token), "401 auth.invalid");
  const auto told = shop.entries();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0]->type, "session.ended");
  EXPECT_EQ(reflect::member(told[0]->body, "ended_by"), "reuse");
  EXPECT_EQ(told[1]->type, "security.refresh_reused");
  EXPECT_EQ(reflect::member(told[1]->body, "user"), ada.id.text());
  EXPECT_FALSE(bearer(second.access_token)) << "neither the thief nor the victim goes on";
  EXPECT_EQ(try_refresh(*second.refresh_token), "401 auth.invalid");
}

TEST_P(SigningIn, AnOlderGenerationIsReuseEvenWithinTheTime) {
  const auto first = sign_in();
  const auto second = refresh(*first.refresh_token);
  refresh(*second.refresh_token);
  EXPECT_EQ(try_refresh(*first.refresh_token), "401 auth.invalid");
  EXPECT_EQ(shop.count("identity_session WHERE ended_by = 'reuse'"), 1);
}

TEST_P(SigningIn, ASessionThatIsNotUsedEnds) {
  const auto in = sign_in();
  shop.pass(std::chrono::days(29));
  const auto next = refresh(*in.refresh_token);
  shop.pass(std::chrono::days(29));
  const auto last = refresh(*next.refresh_token);
  shop.pass(std::chrono::days(31));
  EXPECT_EQ(try_refresh(*last.refresh_token), "401 auth.invalid");
  shop.pass(std::chrono::days(31));
  shop.run_schedules();
  EXPECT_EQ(shop.count("identity_session"), 0);
}

TEST_P(SigningIn, AClockThatStepsBackBringsNothingBack) {
  const auto in = sign_in();
  shop.pass(20min);
  EXPECT_FALSE(bearer(in.access_token));
  const auto second = refresh(*in.refresh_token);
  sign_in();  // an entry of the log: it has seen this hour
  shop.pass(-1h);
  EXPECT_FALSE(bearer(in.access_token)) << "expired is expired";
  EXPECT_TRUE(bearer(second.access_token));
  EXPECT_EQ(refresh(*second.refresh_token).expires_in, 900);
  EXPECT_EQ(try_login("ada@example.com", right), "done");
}

// ---- passwords ---------------------------------------------------------------------------------------------------------

TEST_P(SigningIn, PasswordsAreLongEnoughAndNotCommon) {
  const auto refused = [&](std::string_view password) {
    return shop.refused_change("identity.change_user", ada.id.text(), R"({"password":")" + std::string(password) + "\"}");
  };
  for (const auto* bad : {"short", "password123", "PassWord123", "aaaaaaaaaaaa", "1234567890", "ada@Example.com"})
    EXPECT_EQ(refused(bad), "422 input.invalid /password") << bad;
  EXPECT_EQ(refused(std::string(201, 'x')), "422 input.invalid /password");
  const auto pin = [&](std::string_view digits) {
    return shop.refused_change("identity.change_user", ada.id.text(), R"({"pin":")" + std::string(digits) + "\"}");
  };
  for (const auto* bad : {"123", "123456789", "12a4", "1111", "4321"}) EXPECT_EQ(pin(bad), "422 input.invalid /pin") << bad;
  EXPECT_EQ(shop.refused("identity.create_user", R"({"name":"B","role":"staff","password":"qwertyuiop"})"),
            "422 input.invalid /password");
}

TEST_P(SigningIn, APasswordIsTheSameHoweverItsAccentsAreSpelled) {
  shop.change<identity::User>("identity.change_user", ada.id.text(), "{\"password\":\"caf\u00e9 au lait\"}");
  EXPECT_EQ(try_login("ada@example.com", "cafe\u0301 au lait"), "done");
}

TEST_P(SigningIn, ANewPasswordEndsAllOtherSessions) {
  const auto here = sign_in(), elsewhere = sign_in();
  EXPECT_TRUE(ada.password_set_at);
  shop.pass(1min);
  types();
  const auto changed = shop.change<identity::User>("identity.change_user", ada.id.text(), R"({"password":"another long one"})",
                                                   {.actor = *bearer(here.access_token)});
  EXPECT_EQ(changed.password_set_at, shop.now());
  EXPECT_EQ(types(), (Lines{"session.ended", "user.changed"}));
  EXPECT_TRUE(bearer(here.access_token));
  EXPECT_FALSE(bearer(elsewhere.access_token));
  EXPECT_EQ(try_login("ada@example.com", right), "401 auth.invalid");
  EXPECT_EQ(try_login("ada@example.com", "another long one"), "done");
  shop.change<identity::User>("identity.change_user", ada.id.text(), R"({"password":null})");
  EXPECT_EQ(try_login("ada@example.com", "another long one"), "401 auth.invalid");
}

TEST_P(SigningIn, AnOlderHashBecomesOneOfToday) {
  const auto old = base::hash_password(right, {.passes = 1, .memory = std::size_t{8} * 1024 * 1024});
  ASSERT_TRUE(shop.daybook().work_and_wait(shop.tenant(), [&](core::Group& group, core::Tenant& tenant) {
    const auto who = core::Actor::system("test");
    const core::Request request;
    auto tx = group.tx(tenant, who, request);
    identity::store_password(tx, ada.id, old);
    tx.keep();
  }));
  EXPECT_EQ(try_login("ada@example.com", right), "done");
  const auto now = shop.column<std::string>("SELECT password FROM identity_secret").at(0);
  EXPECT_TRUE(now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << now;
  EXPECT_EQ(try_login("ada@example.com", right), "done");
}

// ---- sessions ----------------------------------------------------------------------------------------------------------

TEST_P(SigningIn, SessionsAreListedAndEndedByTheirOwnerAndByWhoMay) {
  const auto bob = user(R"({"name":"Bob","email":"bob@example.com","role":"staff","password":"correct horse battery"})");
  const auto mine = sign_in("bob@example.com"), other = sign_in("bob@example.com", right, "198.51.100.7"), adas = sign_in();
  const auto actor = *bearer(mine.access_token);
  const auto list = shop.ask<identity::SessionList>("identity.sessions", "{}", actor);
  ASSERT_EQ(list.data.size(), 2u);
  EXPECT_EQ(list.data[0].id, other.session);
  EXPECT_EQ(list.data[0].address, "198.51.100.7");
  EXPECT_FALSE(list.data[0].current);
  EXPECT_TRUE(list.data[1].current);
  const auto of_ada = R"({"user":")" + ada.id.text() + "\"}";
  EXPECT_EQ(shop.query("identity.sessions", of_ada, actor), "403 auth.forbidden");
  const auto by_id = [](const identity::SignedIn& in) { return R"({"id":")" + in.session.text() + "\"}"; };
  EXPECT_EQ(shop.refused("identity.revoke_session", by_id(adas), {.actor = actor}), "404 resource.not_found");
  EXPECT_EQ(shop.refused("identity.revoke_session", by_id(adas), {.actor = kit::actor({"identity.write"})}),
            "403 identity.beyond_rights");
  types();
  EXPECT_TRUE(shop.call<identity::Session>("identity.revoke_session", by_id(other), {.actor = actor}).ended_at);
  EXPECT_EQ(types(), Lines{"session.ended"});
  EXPECT_FALSE(bearer(other.access_token));
  shop.call<identity::Session>("identity.revoke_session", by_id(mine));
  EXPECT_FALSE(bearer(mine.access_token));
}

TEST_P(SigningIn, TheOldestOfTooManySessionsGivesWay) {
  const auto first = sign_in();
  for (int i = 0; i < 50; ++i) sign_in();
  EXPECT_FALSE(bearer(first.access_token));
  EXPECT_EQ(shop.ask<identity::SessionList>("identity.sessions", R"({"user":")" + ada.id.text() + "\"}").data.size(), 50u);
}

// ---- guessing ----------------------------------------------------------------------------------------------------------

TEST_P(SigningIn, GuessingFromOneAddressIsClosedForAGrowingTime) {
  sign_in("ada@example.com", right, "203.0.113.1");  // where she is known
  types();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(try_login("ada@example.com", "guess"), "401 auth.invalid") << i;
  EXPECT_EQ(types(), (Lines{"security.login_failed", "security.login_locked"})) << "told in sum, and when it is closed";
  EXPECT_EQ(try_login("ada@example.com", right), "429 auth.too_many_attempts") << "not even with the right one";
  EXPECT_EQ(wait, 30);
  EXPECT_EQ(try_login("ada@example.com", right, "203.0.113.1"), "done") << "she herself is not locked out";
  EXPECT_EQ(try_login("ada@example.com", right, "203.0.113.9"), "done") << "nor on the way";
  shop.pass(30s);
  EXPECT_EQ(try_login("ada@example.com", "guess"), "401 auth.invalid");
  EXPECT_EQ(try_login("ada@example.com", "guess"), "429 auth.too_many_attempts");
  EXPECT_EQ(wait, 60);
  shop.pass(60s);
  EXPECT_EQ(try_login("ada@example.com", right), "done");
  EXPECT_EQ(try_login("ada@example.com", "guess"), "401 auth.invalid") << "and begins anew";
}

TEST_P(SigningIn, GuessingSpreadOverAddressesIsClosedAndThePersonStillComesIn) {
  sign_in("ada@example.com", right, "203.0.113.1");
  int guesses = 0;
  while (try_login("ada@example.com", "guess", "2001:db8:0:" + std::to_string(guesses) + "::1") == "401 auth.invalid")
    ASSERT_LT(++guesses, 100);
  EXPECT_EQ(guesses, 25);
  EXPECT_EQ(try_login("ada@example.com", right, "198.51.100.1"), "429 auth.too_many_attempts");
  EXPECT_EQ(try_login("ada@example.com", right, "203.0.113.1"), "done") << "from where she is known";
  EXPECT_EQ(try_login("nobody@example.com", "guess", "198.51.100.1"), "401 auth.invalid") << "others are not concerned";
}

TEST_P(SigningIn, GuessingAtManyPeopleFromOneNetworkIsClosed) {
  int guesses = 0;
  const auto from = [&] { return "2001:db8::" + std::to_string(guesses); };  // one /64
  while (try_login("p" + std::to_string(guesses) + "@example.com", "guess", from()) == "401 auth.invalid")
    ASSERT_LT(++guesses, 200);
  EXPECT_EQ(guesses, 50);
  EXPECT_EQ(try_login("ada@example.com", right, from()), "429 auth.too_many_attempts");
  EXPECT_EQ(try_login("ada@example.com", right), "done");
  shop.pass(std::chrono::hours(49));
  shop.run_schedules();
  EXPECT_EQ(shop.count("identity_attempt"), 0);
}

TEST_P(SigningIn, NobodyIsClosedAsSomebodyIs) {
  for (const auto* email : {"ada@example.com", "nobody@example.com"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(try_login(email, "guess", "198.51.100.1"), "401 auth.invalid");
    EXPECT_EQ(try_login(email, "guess", "198.51.100.1"), "429 auth.too_many_attempts");
    EXPECT_EQ(wait, 30);
  }
}

}  // namespace
