#include "net/authority.h"

#include <gtest/gtest.h>

namespace net::test {
namespace {

bool vouches(const Certified& authority, const std::string& host) {
  try {
    return !certify(authority, {host}, 397).certificate.empty();
  } catch (const AuthorityError&) {
    return false;
  }
}

TEST(Authority, KnowsAHostFromWhatIsNone) {
  for (const char* host : {"shop.local", "till", "a-b.example.com", "192.168.1.10", "fd00::5", "::1", "3com.example"})
    EXPECT_TRUE(is_host(host)) << host;
  for (const char* text : {"", "Shop.local", "-a.local", "a-.local", "a..b", ".local", "a.", "a b", "../x", "*.local", "a/b",
                           "192.168.1.300", "192.168.1", "http://shop", "shop:8080", "schön.local", "a,DNS:bank.example"})
    EXPECT_FALSE(is_host(text)) << text;
  EXPECT_FALSE(is_host(std::string(64, 'a')));
}

TEST(Authority, VouchesForLocalNetworksAndItsOwnHostsAlone) {
  const Certified authority = make_authority("Daybook of a shop", {"till.shop.example", "203.0.113.7"}, 3650);
  for (const char* host :
       {"shop.local", "x.y.lan", "localhost", "nas.home.arpa", "pos.internal", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.10", "127.0.0.1", "169.254.3.4", "::1", "fd12::1", "fe80::1", "till.shop.example", "203.0.113.7"})
    EXPECT_TRUE(vouches(authority, host)) << host;
  for (const char* host : {"bank.example", "shop.example", "notlocal", "local.example", "8.8.8.8", "172.32.0.1", "203.0.113.8",
                           "192.169.0.1", "2001:db8::1", "::2"})
    EXPECT_FALSE(vouches(authority, host)) << host;
}

TEST(Authority, SignsWithItsOwnKeyAlone) {
  const Certified one = make_authority("One", {}, 10), two = make_authority("Two", {}, 10);
  EXPECT_THROW(certify({one.certificate, two.key}, {"shop.local"}, 5), AuthorityError);
  EXPECT_THROW(certify({"", two.key}, {"shop.local"}, 5), AuthorityError);
  EXPECT_THROW(certify({one.certificate, "nonsense"}, {"shop.local"}, 5), AuthorityError);
  const Certified leaf = certify(one, {"shop.local"}, 5);
  EXPECT_THROW(certify(leaf, {"shop.local"}, 5), AuthorityError) << "a server is no authority";
}

TEST(Authority, HasAFingerprint) {
  const Certified one = make_authority("One", {}, 10);
  const std::string print = fingerprint_of(one.certificate);
  EXPECT_EQ(print.size(), 32u * 3 - 1);
  EXPECT_EQ(print, fingerprint_of(one.certificate));
  EXPECT_NE(print, fingerprint_of(make_authority("One", {}, 10).certificate));
}

}  // namespace
}  // namespace net::test
