// Not tests themselves: what the tests of TLS share (tls_kit.h).
#include "net/tests/tls_kit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace net::test {
namespace {

constexpr int patience_ms = 10'000;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
File opened(const std::string& path) {
  ::unlink(path.c_str());  // as who renews it by renaming: another inode
  const File::pointer file = std::fopen(path.c_str(), "we");
  if (!file) ADD_FAILURE() << "cannot write " << path;
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  return {file, std::fclose};
}

SSL_CTX* client_context() {
  static const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context = [] {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own sockets raise it
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> made(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(made.get(), 0);  // it may ask for what the server must refuse
    SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context.get();
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "daybook-net-XXXXXX").string();
  if (!::mkdtemp(name.data())) ADD_FAILURE() << "no folder";
  path_ = name;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

void make_pair(const Tls::Files& files, const MadePair& made) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600 * 24 * 60);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), made.days, 0, nullptr);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(made.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(opened(files.certificate).get(), certificate.get());
  std::string secret = made.passphrase;
  PEM_write_PKCS8PrivateKey(opened(files.key).get(), key.get(), secret.empty() ? nullptr : EVP_aes_256_cbc(),
                            secret.empty() ? nullptr : secret.data(), static_cast<int>(secret.size()), nullptr, nullptr);
}

const Tls::Files& test_files() {
  static const Folder folder;
  static const Tls::Files files = [] {
    Tls::Files made{folder / "localhost.pem", folder / "localhost.key"};
    make_pair(made, {.name = "localhost"});
    return made;
  }();
  return files;
}

std::shared_ptr<Tls> test_tls() {
  static const auto shared = std::make_shared<Tls>(test_files());
  return shared;
}

std::shared_ptr<ssl_st> shake_hands(int descriptor, const TlsClient& client) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  const std::shared_ptr<SSL> tls(SSL_new(client_context()), SSL_free);
  if (client.lowest) SSL_set_min_proto_version(tls.get(), client.lowest);
  if (client.highest) SSL_set_max_proto_version(tls.get(), client.highest);
  if (!client.protocols.empty())
    SSL_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(client.protocols.data()),
                        static_cast<unsigned int>(client.protocols.size()));
  if (client.session) SSL_set_session(tls.get(), client.session);
  SSL_set_fd(tls.get(), descriptor);
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(tls.get());
    if (result == 1) return tls;
    const int why = SSL_get_error(tls.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return nullptr;
    pollfd one{.fd = descriptor, .events = static_cast<short>(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), .revents = 0};
    if (::poll(&one, 1, patience_ms) <= 0) return nullptr;
  }
}

std::string shown_name(ssl_st* tls) {
  char name[256] = "";
  if (const X509* certificate = tls ? SSL_get0_peer_certificate(tls) : nullptr)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return name;
}

}  // namespace net::test
