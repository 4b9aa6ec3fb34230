#include "net/authority.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace net {
namespace {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* one) const {
    free_function(one);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

constexpr const char* local_names[] = {"local", "lan", "home.arpa", "internal", "localhost"};
constexpr const char* local_addresses[] = {"10.0.0.0/255.0.0.0",
                                           "172.16.0.0/255.240.0.0",
                                           "192.168.0.0/255.255.0.0",
                                           "169.254.0.0/255.255.0.0",
                                           "127.0.0.0/255.0.0.0",
                                           "FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0",
                                           "FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0",
                                           "0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF"};
constexpr long grace_seconds = 3600;  // for devices whose clocks are behind

// What OpenSSL refuses here it refuses for want of memory or randomness.
void must(bool done) {
  if (done) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  throw AuthorityError(std::string("OpenSSL failed: ") + (reason ? reason : "unknown error"));
}

bool is_v4(const std::string& host) {
  in_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}
bool is_v6(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_name(const std::string& text) {
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '.';
    if (c == '.') {
      if (label == 0 || label > 63 || text[i - 1] == '-') return false;
      label = 0;
      continue;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && (c != '-' || label == 0)) return false;
    ++label;
  }
  const std::string last = text.substr(text.rfind('.') + 1);
  return std::ranges::any_of(last, [](char c) { return c < '0' || c > '9'; });  // else it is a mistyped address
}

std::string alternative(const std::string& host) { return (is_v4(host) || is_v6(host) ? "IP:" : "DNS:") + host; }

std::string constraints(const std::vector<std::string>& hosts) {
  std::string all = "critical";
  for (const char* name : local_names) all.append(",permitted;DNS:").append(name);
  for (const char* address : local_addresses) all.append(",permitted;IP:").append(address);
  for (const std::string& host : hosts) {
    all.append(",permitted;").append(alternative(host));
    if (is_v4(host)) all += "/255.255.255.255";
    if (is_v6(host)) all += "/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF";
  }
  return all;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  must(made && X509_add_ext(certificate, made.get(), -1) == 1);
}

// Unsigned, for a new key. The name has a blank in it, so that nobody takes it for a host's.
Certificate prepared(EVP_PKEY* key, const std::string& name, int days) {
  Certificate made(X509_new());
  must(made && X509_set_version(made.get(), X509_VERSION_3) == 1);
  unsigned char serial[16];  // RFC 5280 §4.1.2.2: positive, unlikely to come again
  must(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made.get())));
  must(X509_gmtime_adj(X509_getm_notBefore(made.get()), -grace_seconds));
  must(X509_time_adj_ex(X509_getm_notAfter(made.get()), days, -grace_seconds, nullptr));
  X509_NAME* subject = X509_get_subject_name(made.get());
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                  0) == 1);
  must(X509_set_pubkey(made.get(), key) == 1);
  return made;
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr);
  return key;
}

std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Certified printed(X509* certificate, EVP_PKEY* key) {
  const Memory first(BIO_new(BIO_s_mem())), second(BIO_new(BIO_s_mem()));
  must(first && second && PEM_write_bio_X509(first.get(), certificate) == 1 &&
       PEM_write_bio_PKCS8PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {text_of(first.get()), text_of(second.get())};
}

Certificate read_certificate(const std::string& text) {
  const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Certificate read(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  if (!read) throw AuthorityError("this is no certificate in PEM");
  return read;
}

Key read_key(const std::string& text) {
  const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key read(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, const_cast<char*>("")));
  if (!read) throw AuthorityError("this is no private key in PEM without a passphrase");
  return read;
}

// As a client will look at it.
void verify(X509* authority, X509* made) {
  const std::unique_ptr<X509_STORE, Free<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  must(store && context && X509_STORE_add_cert(store.get(), authority) == 1 &&
       X509_STORE_CTX_init(context.get(), store.get(), made, nullptr) == 1);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  if (X509_verify_cert(context.get()) == 1) return;
  const int error = X509_STORE_CTX_get_error(context.get());
  if (error == X509_V_ERR_PERMITTED_VIOLATION)
    throw AuthorityError("this authority may vouch for local networks and the hosts that it was made for, not for these");
  throw AuthorityError(X509_verify_cert_error_string(error));
}

}  // namespace

bool is_host(const std::string& text) { return is_v4(text) || is_v6(text) || is_name(text); }

Certified make_authority(const std::string& name, const std::vector<std::string>& hosts, int days) {
  const Key key = new_key();
  const Certificate made = prepared(key.get(), name, days);
  must(X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1);
  extend(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(made.get(), made.get(), NID_subject_key_identifier, "hash");
  extend(made.get(), made.get(), NID_name_constraints, constraints(hosts));
  must(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
  return printed(made.get(), key.get());
}

Certified certify(const Certified& authority, const std::vector<std::string>& hosts, int days) {
  const Certificate issuer = read_certificate(authority.certificate);
  const Key signer = read_key(authority.key);
  if (X509_check_private_key(issuer.get(), signer.get()) != 1)
    throw AuthorityError("the authority's key does not belong to its certificate");
  const Key key = new_key();
  const Certificate made = prepared(key.get(), "Daybook at " + hosts.front().substr(0, 50), days);
  must(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get())) == 1);
  std::string names;
  for (const std::string& host : hosts) names.append(names.empty() ? "" : ",").append(alternative(host));
  extend(made.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(made.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  extend(made.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  extend(made.get(), issuer.get(), NID_subject_alt_name, names);
  extend(made.get(), issuer.get(), NID_subject_key_identifier, "hash");
  extend(made.get(), issuer.get(), NID_authority_key_identifier, "keyid:always");
  must(X509_sign(made.get(), signer.get(), EVP_sha256()) > 0);
  verify(issuer.get(), made.get());
  return printed(made.get(), key.get());
}

std::string fingerprint_of(const std::string& certificate) {
  const Certificate read = read_certificate(certificate);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  must(X509_digest(read.get(), EVP_sha256(), hash, &size) == 1);
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text.append({digits[hash[i] >> 4], digits[hash[i] & 15]});
  }
  return text;
}

}  // namespace net
