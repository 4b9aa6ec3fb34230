#include "base/one_time_code.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/keyring.h"
#include "base/qr.h"

namespace {

const std::string secret = "12345678901234567890";  // of the RFCs

base::Instant at(std::int64_t seconds) { return base::Instant(std::chrono::seconds(seconds)); }

TEST(OneTimeCode, IsThatOfTheRfcs) {
  const char* counted[] = {"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"};
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(base::one_time_code(secret, i), counted[i]) << "RFC 4226, appendix D";
  const std::pair<std::int64_t, const char*> timed[] = {{59, "287082"},         {1111111109, "081804"},
                                                        {1111111111, "050471"}, {1234567890, "005924"},
                                                        {2000000000, "279037"}, {20000000000, "353130"}};
  for (auto [seconds, code] : timed)
    EXPECT_EQ(base::one_time_code(secret, base::code_step(at(seconds))), code) << "RFC 6238, appendix B, last six digits";
}

TEST(OneTimeCode, IsGoodForOneStepAroundAndOnce) {
  const auto now = at(1234567890);
  const auto step = base::code_step(now);
  for (std::int64_t away = -3; away <= 3; ++away)
    EXPECT_EQ(base::step_of_code(secret, base::one_time_code(secret, step + away), now, 0).has_value(), away >= -1 && away <= 1)
        << away;
  const auto code = base::one_time_code(secret, step);
  EXPECT_EQ(base::step_of_code(secret, code, now, step - 1), step);
  EXPECT_FALSE(base::step_of_code(secret, code, now, step)) << "it was used";
  EXPECT_FALSE(base::step_of_code(secret, base::one_time_code(secret, step - 1), now, step)) << "nor one before it";
  for (const auto* wrong : {"", "00592", "0059240", "abcdef"}) EXPECT_FALSE(base::step_of_code(secret, wrong, now, 0));
}

TEST(OneTimeCode, IsSetUpByAUrl) {
  EXPECT_EQ(base::base32(""), "");
  EXPECT_EQ(base::base32("f"), "MY");
  EXPECT_EQ(base::base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(base::base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(base::otpauth_url("The Shop", "ada@example.com", "foobar"),
            "otpauth://totp/The%20Shop:ada%40example.com?secret=MZXW6YTBOI&issuer=The%20Shop");
}

TEST(OneTimeCode, IsShownAsAnImage) {
  const auto svg = base::qr_svg(base::qr_code("https://example.com").value());
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 33 33\"")) << svg.substr(0, 100);
  EXPECT_TRUE(svg.contains("M4 4h1v1h-1z")) << "the corner of the first finder pattern";
  EXPECT_TRUE(svg.ends_with("\"/></svg>"));
  EXPECT_FALSE(base::qr_code(std::string(3000, 'x')));
}

TEST(Sealing, OpensForItsKeyPurposeAndScopeAlone) {
  const auto keys = base::Keyring({base::Keyring::make(), base::Keyring::make()});
  const auto sealed = keys.seal("totp", "usr_1", "a secret");
  EXPECT_TRUE(sealed.starts_with(keys.current()));
  EXPECT_FALSE(sealed.contains("a secret"));
  EXPECT_NE(sealed, keys.seal("totp", "usr_1", "a secret"));
  EXPECT_EQ(keys.unseal("totp", "usr_1", sealed), "a secret");
  EXPECT_FALSE(keys.unseal("totp", "usr_2", sealed));
  EXPECT_FALSE(keys.unseal("mail", "usr_1", sealed));
  EXPECT_FALSE(base::Keyring::fresh().unseal("totp", "usr_1", sealed));
  const base::Keyring rotated({base::Keyring::make(), keys.keys()[0]});
  EXPECT_EQ(rotated.unseal("totp", "usr_1", sealed), "a secret") << "the older key is obeyed";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto other = sealed;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(keys.unseal("totp", "usr_1", other)) << i;
    EXPECT_FALSE(keys.unseal("totp", "usr_1", std::string_view(sealed).substr(0, i)));
  }
}

}  // namespace
