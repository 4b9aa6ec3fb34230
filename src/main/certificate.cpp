#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/qr.h"
#include "main/commands.h"
#include "main/failure.h"
#include "main/files.h"
#include "main/place.h"
#include "main/trust_page.h"
#include "net/authority.h"

namespace program {

namespace fs = std::filesystem;

namespace {

constexpr int authority_days = 3653;  // ten years
constexpr int server_days = 397;      // what browsers take at most

std::vector<std::string> checked(std::vector<std::string> hosts) {
  for (auto& host : hosts) {
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (!net::is_host(host))
      throw Failure("a name or an address as it stands in a browser's address, such as shop.local or 192.168.1.10, not " + host,
                    Exit::usage);
  }
  return hosts;
}

fs::path folder_of(const std::string& data) {
  const auto place = place_of(data);
  if (place.postgres)
    throw Failure(
        "certificates lie in a directory: say which one with --data DIR (the server then needs --tls-cert and --tls-key "
        "alone, wherever its database is)",
        Exit::usage);
  const auto folder = tls_folder(place.folder);
  std::error_code failed;
  if (!fs::exists(place.folder) && fs::create_directories(place.folder, failed)) ::chmod(place.folder.c_str(), S_IRWXU);
  if (!fs::exists(folder) && fs::create_directory(folder, failed)) ::chmod(folder.c_str(), S_IRWXU);
  if (!fs::is_directory(folder)) throw Failure("cannot make the directory " + folder.string() + ": " + failed.message());
  return folder;
}

// The key first: whoever finds the certificate finds its key.
void write(const fs::path& certificate, const fs::path& key, const net::Certified& made) {
  write_durably(key, made.key, Secret::yes);
  write_durably(certificate, made.certificate);
}

// The authority that is there, or a new one.
net::Certified authority_in(const fs::path& folder, const std::vector<std::string>& hosts, bool& made) {
  const auto certificate = folder / "authority.pem", key = folder / "authority.key";
  made = !fs::exists(certificate) && !fs::exists(key);
  if (!made) return {read_file(certificate), read_file(key)};
  auto authority = net::make_authority("Daybook authority of " + hosts.front().substr(0, 40), hosts, authority_days);
  write(certificate, key, authority);
  return authority;
}

std::string in_address(const std::string& host) { return host.contains(':') ? '[' + host + ']' : host; }

void say(const Configuration& configuration, const fs::path& folder, const std::string& host, const std::string& fingerprint) {
  const auto listen = *parse_listen(configuration.text("listen"));
  const auto port = std::to_string(listen.port ? listen.port : 8080);
  const auto base = (folder / host).string();
  const auto page = "https://" + in_address(host) + (port == "443" ? "" : ":" + port) + "/tls";
  std::cout << "Certificate: " << base << ".pem, key: " << base << ".key, for " << server_days
            << " days. Run this again to renew it; a running server takes it by itself.\n\n1. Serve with it:\n\n  daybook "
               "serve --data "
            << shell_quoted(configuration.text("data")) << " --listen "
            << (listen.loopback() ? "0.0.0.0" : in_address(listen.address)) << ':' << port << " --tls-cert "
            << shell_quoted(base + ".pem") << " --tls-key " << shell_quoted(base + ".key")
            << "\n\n2. Let each phone, tablet and computer trust the shop's authority, " << (folder / "authority.pem").string()
            << ":\n\n  " << page
            << "\n\n   The page says how, system by system. The browser warns about it once, since it does not know the "
               "authority yet.\n"
               "   Compare the fingerprint there with this one; if they differ, stop.\n\n   SHA-256 "
            << fingerprint << "\n\n";
  if (const auto code = base::qr_code(page)) std::cout << base::qr_text(*code, ::isatty(STDOUT_FILENO) == 1);
  std::cout << "\n3. Keep " << (folder / "authority.key").string()
            << " to yourself: who has it can stand in for this server towards those who trust the authority.\n"
            << std::flush;
}

}  // namespace

int make_certificate(const Configuration& configuration, const std::vector<std::string>& given) {
  const auto hosts = checked(given);
  const auto folder = folder_of(configuration.text("data"));
  try {
    bool made = false;
    const auto authority = authority_in(folder, hosts, made);
    write(folder / (hosts.front() + ".pem"), folder / (hosts.front() + ".key"), net::certify(authority, hosts, server_days));
    std::cout << (made ? "The shop has an authority of its own now, for ten years.\n"
                       : "The authority stays as it is; the certificate is new.\n");
    say(configuration, folder, hosts.front(), net::fingerprint_of(authority.certificate));
  } catch (const net::AuthorityError& error) {
    throw Failure(std::string(error.what()) + ". Move " + (folder / "authority.pem").string() + " and " +
                  (folder / "authority.key").string() +
                  " away to make a new authority, which every device must then be told to trust.");
  }
  return 0;
}

}  // namespace program
