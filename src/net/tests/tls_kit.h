#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "net/tls.h"

struct ssl_st;
struct ssl_session_st;

namespace net::test {

// A folder for certificates, gone with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A new key (ECDSA P-256) and a certificate of that name and 127.0.0.1 that it signs itself, in the two files. `days` from now
// it expires.
struct MadePair {
  std::string name = "shop";
  int days = 30;
  std::string passphrase = {};
};
void make_pair(const Tls::Files& files, const MadePair& made = {});

// The pair of "localhost" that all servers of this program's tests may share.
const Tls::Files& test_files();
std::shared_ptr<Tls> test_tls();

// A client's side.
struct TlsClient {
  int lowest = 0, highest = 0;        // TLS1_2_VERSION …; 0: as the library has it
  std::string protocols = {};         // ALPN, as on the wire: "\x02h2\x08http/1.1"
  ssl_session_st* session = nullptr;  // to resume
};
// The handshake on a connected socket, which is made non-blocking; null when it fails. The certificate is not verified.
std::shared_ptr<ssl_st> shake_hands(int descriptor, const TlsClient& client);
// "shop" of the certificate that the server has shown.
std::string shown_name(ssl_st* tls);

}  // namespace net::test
