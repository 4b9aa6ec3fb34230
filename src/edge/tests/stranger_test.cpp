#include "edge/stranger.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace {

TEST(Stranger, NamesTheBusinessByASlugOrACredential) {
  EXPECT_EQ(edge::business_named_by("kitchen"), "kitchen");
  EXPECT_EQ(edge::business_named_by("corner-shop.ABCD-EFGH"), "corner-shop");
  EXPECT_EQ(edge::business_named_by("dbr_kitchen.AAAA"), "kitchen");
  EXPECT_EQ(edge::business_named_by("dbr_kitchen.AA_AA"), "kitchen") << "base64url has underscores, too";
  for (const auto* odd : {"", "_", ".", "_.", "dbr_"}) EXPECT_EQ(edge::business_named_by(odd), "") << odd;
}

TEST(Failures, OfAnAddressAreBoundedAndForgotten) {
  edge::Failures failures;
  const auto start = edge::Failures::Clock::time_point(1h);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(failures.admit("2001:db8::" + std::to_string(i), start)) << i;
    failures.failed("2001:db8::" + std::to_string(i), start);
  }
  const auto refused = failures.admit("2001:db8::ffff", start);
  ASSERT_FALSE(refused) << "one /64 is one address";
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_TRUE(failures.admit("2001:db8:0:1::1", start)) << "another one is not concerned";
  EXPECT_FALSE(failures.admit("2001:db8::1", start + 2s));
  EXPECT_TRUE(failures.admit("2001:db8::1", start + 3s));
  failures.failed("2001:db8::1", start + 3s);
  EXPECT_FALSE(failures.admit("2001:db8::1", start + 3s));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(failures.admit("2001:db8::1", start + 10min)) << "asking costs nothing";
}

}  // namespace
