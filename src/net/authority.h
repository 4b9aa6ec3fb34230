#pragma once
#include <stdexcept>
#include <string>
#include <vector>

// A certificate authority of a shop's own (X.509, RFC 5280): ECDSA on P-256, everything as PEM.
namespace net {

struct AuthorityError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Certified {
  std::string certificate, key;
};

// One that can vouch for nothing but names and addresses of local networks (.local, .lan, .home.arpa, .internal, localhost,
// 10/8, 172.16/12, 192.168/16, 169.254/16, 127/8, fc00::/7, fe80::/10, ::1) and for these hosts: whoever steals its key can
// still not stand in for a bank. Name constraints, critical (§4.2.1.10).
Certified make_authority(const std::string& name, const std::vector<std::string>& hosts, int days);

// A server's certificate for these hosts, names or addresses, with a new key. Throws AuthorityError where the authority may
// not vouch for one of them, or is none.
Certified certify(const Certified& authority, const std::vector<std::string>& hosts, int days);

// "shop.local", "192.168.1.10", "fd00::5". Lower case, as in a browser's address; no wildcards.
bool is_host(const std::string& text);
// "AB:CD:…", SHA-256 of the certificate, as systems show it.
std::string fingerprint_of(const std::string& certificate);

}  // namespace net
