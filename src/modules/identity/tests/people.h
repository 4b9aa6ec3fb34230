#pragma once
#include <algorithm>
#include <string>

#include "modules/identity/signing_in.h"
#include "modules/identity/tokens.h"
#include "tests/kit/shop.h"

// A business with people who sign in, for the tests of this module.
namespace identity_test {

using kit::Lines;
inline constexpr std::string_view right = "correct horse battery", at_home = "192.0.2.1";

struct People : kit::ShopTest {
  People() : ShopTest({&settings::module, &identity::module}) {
    identity::set_permissions(shop.daybook().registry().permissions());
    ada = user(R"({"name":"Ada","email":"Ada@example.com","role":"owner","password":"correct horse battery"})");
    shop.events();
  }
  identity::User user(std::string_view json) { return shop.call<identity::User>("identity.create_user", json); }

  static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }
  static std::string login_of(std::string_view email, std::string_view password, std::string_view more = {}) {
    return R"({"tenant":"shop","email":)" + quoted(email) + R"(,"password":)" + quoted(password) + std::string(more) + '}';
  }
  // Problem text, or "done".
  std::string try_login(std::string_view email, std::string_view password, std::string_view from = at_home,
                        std::string_view more = {}) {
    const auto answer = shop.execute("identity.login", login_of(email, password, more), stranger(from));
    if (answer) return "done";
    wait = 0;
    for (auto& [name, value] : answer.error().members)
      if (name == "retry_after") wait = std::get<std::int64_t>(value);
    return kit::problem_text(answer.error());
  }
  identity::SignedIn sign_in(std::string_view email = "ada@example.com", std::string_view password = right,
                             std::string_view from = at_home) {
    return shop.call<identity::SignedIn>("identity.login", login_of(email, password), stranger(from));
  }
  static kit::With stranger(std::string_view from = at_home) {
    return {.actor = core::Actor::stranger(), .peer = std::string(from)};
  }
  static std::string token_input(std::string_view token) { return R"({"refresh_token":)" + quoted(token) + '}'; }
  identity::SignedIn refresh(std::string_view token) {
    return shop.call<identity::SignedIn>("identity.refresh", token_input(token), stranger());
  }
  std::string try_refresh(std::string_view token) {
    const auto answer = shop.execute("identity.refresh", token_input(token), stranger());
    return answer ? "done" : kit::problem_text(answer.error());
  }
  std::optional<core::Actor> bearer(std::string_view text) {
    std::optional<core::Actor> actor;
    shop.read([&](core::View& view) { actor = identity::module.authenticate(view, text); });
    return actor;
  }
  // Types of the events since the last look.
  Lines types() {
    Lines lines;
    for (auto& e : shop.entries()) lines.push_back(e->type);
    return lines;
  }

  identity::User ada;
  std::int64_t wait = 0;  // Retry-After of the last refusal
};

}  // namespace identity_test
