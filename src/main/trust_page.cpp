#include "main/trust_page.h"

#include "main/failure.h"
#include "main/files.h"
#include "main/pages_files.h"
#include "net/authority.h"

namespace program {

namespace {

constexpr std::string_view page_path = "/tls", file_path = "/tls/authority.crt";

std::string page_with(const std::string& fingerprint) {
  constexpr std::string_view place = "{{fingerprint}}";
  std::string page(pages::assets[0].bytes);
  const auto at = page.find(place);
  return page.replace(at, place.size(), fingerprint);
}

}  // namespace

std::filesystem::path tls_folder(const std::filesystem::path& data) { return data / "tls"; }

std::optional<net::Response> TrustPage::answer(const net::Request& request) const {
  const bool page = request.path == page_path;
  if ((!page && request.path != file_path) || (request.method != "GET" && request.method != "HEAD")) return std::nullopt;
  std::error_code none;
  if (authority_.empty() || !std::filesystem::exists(authority_, none)) return std::nullopt;
  net::Response response{
      .headers = {{"Cache-Control", "no-store"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Content-Security-Policy",
                   "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'"}},
      .body = {}};
  try {
    auto authority = read_file(authority_);
    auto fingerprint = net::fingerprint_of(authority);  // whatever else lies there is not given out
    response.headers.emplace_back("Content-Type", page ? "text/html; charset=utf-8" : "application/x-x509-ca-cert");
    response.body = page ? page_with(fingerprint) : std::move(authority);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return response;
}

}  // namespace program
