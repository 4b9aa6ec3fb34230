#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace net {
namespace {

constexpr auto fresh_tickets = std::chrono::hours(24);
constexpr long ticket_seconds = 2 * 3600;
constexpr int soon_days = 14;
constexpr unsigned char http_1_1[] = "\x08http/1.1";

std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown error";
}

struct FreeFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Whole sentences for the usual mistakes; OpenSSL's own words for a missing file are about its buffers.
void check_readable(const std::string& path, const char* what, const char* option) {
  const std::unique_ptr<std::FILE, FreeFile> file(std::fopen(path.c_str(), "re"));
  char first = 0;
  if (!file || (std::fread(&first, 1, 1, file.get()) != 1 && std::ferror(file.get())))
    throw TlsError("cannot read the " + std::string(what) + ' ' + path + ": " + std::strerror(errno) + "; give " + option +
                   " the path of a PEM file that this user may read");
}

int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

void use_certificate(SSL_CTX* context, const std::string& path) {
  check_readable(path, "certificate", "--tls-cert");
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return;
  throw TlsError(path + " holds no usable certificate (" + openssl_error() +
                 "): it must be PEM, the server's certificate first, those between it and its authority behind it; "
                 "`openssl x509 -inform der -in FILE -out FILE.pem` converts a binary one");
}

void use_key(SSL_CTX* context, const Tls::Files& files) {
  check_readable(files.key, "key", "--tls-key");
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  const bool used = SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  if (asked) {
    ERR_clear_error();
    throw TlsError("the key " + files.key +
                   " is protected by a passphrase, which nobody types when a server starts: `openssl pkey -in " + files.key +
                   " -out PLAIN.key`, chmod 600, and give that one");
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (!used && (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH)) {
    ERR_clear_error();
    throw TlsError("the key " + files.key + " does not belong to the certificate " + files.certificate +
                   ": give the two that were made together");
  }
  if (!used)
    throw TlsError(files.key + " holds no usable private key (" + openssl_error() + "): it must be PEM, without a passphrase");
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned int count,
                    void*) {
  unsigned char* found = nullptr;
  const int how = SSL_select_next_proto(&found, size, http_1_1, sizeof http_1_1 - 1, offered, count);
  if (how != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void set_terms(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Whatever 1.2 may choose has forward secrecy and authenticates what it encrypts; 1.3 has nothing else.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA |
                                   // HTTP says itself where a message ends, and many clients leave without close_notify.
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection keeps no buffers; what could not be written is given again from the same bytes, perhaps moved.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // a record's head and body in one call
  // Resumption by tickets alone: no table of sessions to hold. Their key lives as long as the context (Tls::look).
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, ticket_seconds);
  SSL_CTX_set_max_early_data(context, 0);  // it could be sent twice by anybody
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

void warn(const SSL_CTX* context, const Tls::Files& files) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  int days = 0, seconds = 0;
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    base::log::warning("The TLS certificate is not valid yet: is this machine's clock right?", {{"file", files.certificate}});
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1 && (days < soon_days || seconds < 0))
    base::log::warning(days < 0 || seconds < 0 ? "The TLS certificate has expired: renew it, it is taken without a restart."
                                               : "The TLS certificate expires soon: renew it, it is taken without a restart.",
                       {{"file", files.certificate}, {"days", days}});
  struct stat found{};
  if (::stat(files.key.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    base::log::warning("Others on this machine may read the TLS key: chmod 600.", {{"file", files.key}});
}

Tls::Context load(const Tls::Files& files) {
  ERR_clear_error();
  Tls::Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) throw TlsError("OpenSSL cannot be set up: " + openssl_error());
  set_terms(context.get());
  use_certificate(context.get(), files.certificate);
  use_key(context.get(), files);
  warn(context.get(), files);
  return context;
}

}  // namespace

Tls::Tls(Files files) : files_(std::move(files)) {
  const Stamp before = stamp();
  take(before, load(files_));
}

Tls::Context Tls::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void Tls::take(const Stamp& found, const Context& context) {
  tried_ = seen_ = found;
  taken_at_ = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  context_ = context;
}

Tls::Stamp Tls::stamp() const {
  Stamp all{};
  auto out = all.begin();
  for (const std::string* path : {&files_.certificate, &files_.key}) {
    struct stat found{};
    if (::stat(path->c_str(), &found) != 0) found = {};
    for (const auto part : {static_cast<std::int64_t>(found.st_ino), static_cast<std::int64_t>(found.st_size),
                            static_cast<std::int64_t>(found.st_mtim.tv_sec) * 1'000'000'000 + found.st_mtim.tv_nsec,
                            static_cast<std::int64_t>(found.st_ctim.tv_sec) * 1'000'000'000 + found.st_ctim.tv_nsec})
      *out++ = part;
  }
  return all;
}

void Tls::look() {
  const std::lock_guard looking(looking_);
  const Stamp now = stamp();
  const bool still = now == seen_;
  seen_ = now;
  const bool old = std::chrono::steady_clock::now() - taken_at_ >= fresh_tickets;
  if (!still || (now == tried_ && !old)) return;
  const bool changed = now != tried_;
  tried_ = now;
  try {
    take(now, load(files_));
    if (changed) base::log::info("The TLS certificate was read again.", {{"file", files_.certificate}});
  } catch (const TlsError& error) {
    taken_at_ = std::chrono::steady_clock::now();
    base::log::error("The changed TLS certificate cannot be used; the one before goes on.", {{"error", error.what()}});
  }
}

}  // namespace net
