#include "base/keyring.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/address.h"
#include "base/crypto.h"
#include "base/password.h"
#include "base/text.h"

namespace {

TEST(Keyring, IsPrintedAndReadAgain) {
  auto keys = base::Keyring({base::Keyring::make(), base::Keyring::make()});
  const auto text = "# The keys, newest first.\n" + keys.text() + "\n";
  const auto again = base::Keyring::parse(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), keys.text());
  auto one_line = keys.text();
  for (char& c : one_line)
    if (c == '\n') c = ',';
  EXPECT_EQ(base::Keyring::parse(one_line)->text(), keys.text());
}

TEST(Keyring, IsNothingWhenItIsMalformed) {
  const std::string key(64, 'a');
  EXPECT_TRUE(base::Keyring::parse("00000001 " + key + " # of a Monday, by hand"));
  for (const auto& text : {std::string(), std::string("# nothing"), "00000001" + key, "0001 " + key,
                           "00000001 " + key.substr(2), "00000001 " + key + "zz", "00000001 " + key + "\n00000001 " + key})
    EXPECT_FALSE(base::Keyring::parse(text)) << text;
  EXPECT_THROW(base::Keyring({}), std::invalid_argument);
}

TEST(Keyring, DerivesAKeyForEachPurposeAndScope) {
  const auto keys = base::Keyring::fresh();
  const auto a = keys.derived(keys.current(), "a", "x");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->size(), 32u);
  EXPECT_EQ(a, keys.derived(keys.current(), "a", "x"));
  EXPECT_NE(a, keys.derived(keys.current(), "a", "y"));
  EXPECT_NE(a, keys.derived(keys.current(), "b", "x"));
  EXPECT_NE(keys.derived(keys.current(), "ab", "c"), keys.derived(keys.current(), "a", "bc"));
  EXPECT_NE(a, base::Keyring::fresh().derived(keys.current(), "a", "x"));
  EXPECT_FALSE(keys.derived("none", "a", "x"));
}

TEST(Password, IsRecognizedByItsHashAlone) {
  const auto hash = base::hash_password("correct horse battery");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_TRUE(base::password_matches(hash, "correct horse battery"));
  EXPECT_FALSE(base::password_matches(hash, "correct horse batterz"));
  EXPECT_FALSE(base::password_matches("", "")) << "no hash matches nothing";
  EXPECT_NE(hash, base::hash_password("correct horse battery")) << "each has a salt of its own";
  EXPECT_FALSE(base::wants_rehash(hash));
  EXPECT_TRUE(base::wants_rehash(hash, {.passes = 3}));
}

TEST(Text, IsBroughtToNormalFormC) {
  EXPECT_EQ(base::nfc("cafe\xcc\x81"), "caf\xc3\xa9") << "e and an accent are one letter";
  EXPECT_EQ(base::nfc("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(base::nfc(""), "");
  EXPECT_EQ(base::nfc("\xf0\x9f\x90\xb4"), "\xf0\x9f\x90\xb4");
  EXPECT_EQ(base::nfc("\xf0\x9d\x85\xa0").size(), 12u) << "what NFC makes longer, U+1D160";
}

TEST(Address, StandsForItsNetwork) {
  EXPECT_EQ(base::network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(base::network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(base::network_of("2001:db8:1:2::1"), base::network_of("2001:DB8:1:2:ffff::"));
  EXPECT_EQ(base::network_of("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(base::network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(base::network_of("unix"), "unix");
}

}  // namespace
