#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <set>

#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/number.h"
#include "base/result.h"
#include "base/text.h"

namespace {

using base::Bits128, base::Quantity, base::Rate;
using OrderId = base::Id<"ord">;
using ItemId = base::Id<"itm">;

TEST(Id, HasOneCanonicalSpelling) {
  const std::string text = "ord_01jx0000000000000000000abc";
  EXPECT_EQ(OrderId::parse(text).value().text(), text);
  EXPECT_EQ(OrderId().text(), "ord_00000000000000000000000000");
  EXPECT_TRUE(OrderId().empty());
  Bits128 full;
  full.fill(0xff);
  EXPECT_EQ(OrderId(full).text(), "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz");
}
TEST(Id, RefusesEveryOtherSpelling) {
  for (auto text :
       {"ord_01JX0000000000000000000ABC", "itm_01jx0000000000000000000abc", "ord-01jx0000000000000000000abc",
        "ord_01jx0000000000000000000ab", "ord_01jx0000000000000000000abcd", "ord_01jx0000000000000000000abi",
        "ord_01jx0000000000000000000abu", "ord_8zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ord_", "ORD_01jx0000000000000000000abc"})
    EXPECT_FALSE(OrderId::parse(text)) << text;
}
TEST(Id, EveryTextThatParsesPrintsTheSame) {
  for (int i = 0; i < 1000; ++i) {
    Bits128 bits{};
    const auto random = base::random_bytes(16);
    std::copy(random.begin(), random.end(), bits.begin());
    const ItemId id(bits);
    EXPECT_EQ(ItemId::parse(id.text()), id);
  }
}
TEST(Id, SortsByTimeAsTextAndAsBits) {
  Bits128 low{}, high;
  high.fill(0xff);
  const OrderId earlier(base::uuid_v7(1'760'134'500'123, high)), later(base::uuid_v7(1'760'134'500'124, low));
  EXPECT_LT(earlier, later);
  EXPECT_LT(earlier.text(), later.text());
}
TEST(Id, UuidV7HasTheLayoutOfRfc9562) {
  // Appendix A.6 of RFC 9562: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F
  const Bits128 random{0, 0, 0, 0, 0, 0, 0xac, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
  const auto bits = base::uuid_v7(0x017f22e279b0, random);
  EXPECT_EQ(base::hex({reinterpret_cast<const char*>(bits.data()), 16}), "017f22e279b07cc398c4dc0c0c07398f");
}

TEST(Rate, IsADecimalOfUpToSixPlaces) {
  EXPECT_EQ(Rate::parse("0.0825").value().millionths(), 82'500);
  for (auto text : {"0", "1", "0.0825", "21.5", "1000000", "0.000001"}) EXPECT_EQ(Rate::parse(text).value().text(), text);
  EXPECT_EQ(Rate::parse("1.50").value().text(), "1.5");
  for (auto text :
       {"", "-1", ".5", "1.", "01", "1e3", "0.0000001", "1000000.1", "99999999999999999999", "1,5", "+1", " 1", "0x1"})
    EXPECT_FALSE(Rate::parse(text)) << text;
}
TEST(Quantity, IsADecimalOfUpToThreePlaces) {
  EXPECT_EQ(Quantity::parse("0.750").value().thousandths(), 750);
  for (auto text : {"3", "0.75", "0.001", "999999.999", "-2.5", "-0.5"}) EXPECT_EQ(Quantity::parse(text).value().text(), text);
  EXPECT_EQ(Quantity::of(3).text(), "3");
  for (auto text : {"", "1.", "0.0001", "1000000", "--1", "-", "1e2"}) EXPECT_FALSE(Quantity::parse(text)) << text;
}

TEST(Utf8, AcceptsEveryLengthAndItsLimits) {
  for (std::string_view text : {"", "plain ascii that is longer than a word", "é", "\xe2\x82\xac", "\xf0\x9f\x8d\x95",
                                "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                                "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xf0\x9f\x8d\x95"})
    EXPECT_TRUE(base::valid_utf8(text)) << base::hex(text);
}
TEST(Utf8, RefusesOverlongSurrogatesAndStrays) {
  for (std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "12345678\xff", "12345678901\xe2\x28\xa1"})
    EXPECT_FALSE(base::valid_utf8(text)) << base::hex(text);
}
TEST(Utf8, CountsCodePoints) { EXPECT_EQ(base::code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x95"), 4u); }

TEST(Sha256, HasTheVectorsOfFips180) {
  const auto text = [](std::string_view s) { return base::hex(base::as_text(base::sha256(s))); };
  EXPECT_EQ(text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(text(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(base::sha256({"a", "", "bc"}), base::sha256("abc"));
}
TEST(Ed25519, HasTheVectorsOfRfc8032) {
  // §7.1 TEST 2 and TEST 3. libsodium's secret is the seed followed by the public key.
  struct Vector {
    std::string_view seed, key, message, signature;
  };
  const Vector vectors[] = {{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c3"
                             "87b2eaeb4302aeeb00d291612bb0c00"},
                            {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                             "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594"
                             "a7c15e9716ed28dc027beceea1ec40a"}};
  for (const auto& v : vectors) {
    const auto key = base::unhex(v.key).value(), message = base::unhex(v.message).value();
    const auto signature = base::sign(base::unhex(v.seed).value() + key, message);
    EXPECT_EQ(base::hex(signature), v.signature);
    EXPECT_TRUE(base::verify(key, message, signature));
    EXPECT_FALSE(base::verify(key, message + "x", signature));
    EXPECT_FALSE(base::verify(key, message, signature.substr(1)));
  }
}
TEST(Ed25519, AFreshKeySignsAndVerifies) {
  const auto key = base::make_signing_key(), other = base::make_signing_key();
  const auto signature = base::sign(key.secret, "head");
  EXPECT_TRUE(base::verify(key.public_key, "head", signature));
  EXPECT_FALSE(base::verify(other.public_key, "head", signature));
}
TEST(Fingerprint, DependsOnKeyAndText) {
  const std::string key(32, 'k'), other(32, 'o');
  EXPECT_EQ(base::keyed_fingerprint(key, "a").size(), 16u);
  EXPECT_EQ(base::keyed_fingerprint(key, "a"), base::keyed_fingerprint(key, "a"));
  EXPECT_NE(base::keyed_fingerprint(key, "a"), base::keyed_fingerprint(key, "b"));
  EXPECT_NE(base::keyed_fingerprint(key, "a"), base::keyed_fingerprint(other, "a"));
  EXPECT_THROW(base::keyed_fingerprint("short", "a"), std::logic_error);
}
TEST(Encoding, HexAndBase64urlGoBothWays) {
  for (std::size_t n = 0; n < 70; ++n) {
    const auto bytes = base::random_bytes(n);
    EXPECT_EQ(base::unhex(base::hex(bytes)), bytes);
    EXPECT_EQ(base::unbase64url(base::base64url(bytes)), bytes);
  }
  EXPECT_EQ(base::hex("\x01\xab"), "01ab");
  EXPECT_EQ(base::base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base::base64url("a"), "YQ");
  for (auto text : {"0", "0g", "01 2"}) EXPECT_FALSE(base::unhex(text)) << text;
  for (auto text : {"YQ==", "Y", "a+b/", "YQ\n"}) EXPECT_FALSE(base::unbase64url(text)) << text;
}
TEST(Random, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(base::random_bytes(16));
  EXPECT_EQ(seen.size(), 1000u);
}
TEST(SameSecret, ComparesContentAndLength) {
  EXPECT_TRUE(base::same_secret("abc", "abc"));
  EXPECT_FALSE(base::same_secret("abc", "abd"));
  EXPECT_FALSE(base::same_secret("abc", "abcd"));
  EXPECT_TRUE(base::same_secret("", ""));
}

int warnings = 0;
TEST(Log, WritesOneJsonObjectALine) {
  base::log::on_record([](base::log::Level, std::string_view) { ++warnings; });
  testing::internal::CaptureStderr();
  base::log::set_level(base::log::Level::info);
  base::log::debug("not seen");
  base::log::info("started", {{"port", 8080}, {"name", "caf\"e\n"}, {"tls", false}, {"load", 0.5}});
  base::log::set_level(base::log::Level::error);
  base::log::warning("counted, not written");
  const auto text = testing::internal::GetCapturedStderr();
  base::log::on_record(nullptr);
  base::log::set_level(base::log::Level::info);
  EXPECT_EQ(text.substr(0, 9), R"({"time":")");
  EXPECT_EQ(text.substr(32), R"(Z","level":"info","message":"started","port":8080,"name":"caf\"e\n","tls":false,"load":0.5})"
                             "\n")
      << text;
  EXPECT_EQ(warnings, 1);
}
TEST(Log, LevelsHaveNames) {
  base::log::Level level{};
  EXPECT_TRUE(base::log::parse_level("warning", level));
  EXPECT_EQ(level, base::log::Level::warning);
  EXPECT_FALSE(base::log::parse_level("loud", level));
}

base::Result<int> half(int n) {
  static constexpr base::ProblemKind odd{"test.odd", 422, "It is odd."};
  if (n % 2 != 0) return std::unexpected(odd.problem("no half").with("n", std::int64_t{n}).at("/n", "range", "is odd"));
  return n / 2;
}
base::Result<int> quarter(int n) { return TRY(half(TRY(half(n)))); }
TEST(Result, TryPassesTheValueOrTheProblemOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto refused = quarter(6);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "test.odd");
  EXPECT_EQ(refused.error().errors.at(0).pointer, "/n");
  EXPECT_EQ(std::get<std::int64_t>(refused.error().members.at(0).second), 3);
}

}  // namespace
