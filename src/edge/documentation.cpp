#include "edge/documentation.h"

#include "base/crypto.h"
#include "edge/assets.h"

namespace edge {

namespace {

constexpr std::string_view document = "/api/v1/openapi.json";
// Nothing from elsewhere, nothing inline: what the page runs and shows is what stands in the binary.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'";

std::string type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace

Documentation::Documentation(std::string openapi) {
  add(std::string(document), "application/json", std::make_shared<const std::string>(std::move(openapi)));
  for (const auto& asset : assets) {
    const auto bytes = std::make_shared<const std::string>(asset.bytes);
    const std::string path(asset.path);
    if (path == "docs.html") {
      add("/docs", type_of(path), bytes);
      add("/docs/problems", type_of(path), bytes);
    } else {
      add("/docs/" + path, type_of(path), bytes);
    }
  }
}

void Documentation::add(std::string path, std::string type, std::shared_ptr<const std::string> bytes) {
  const auto hash = base::sha256(*bytes);
  auto etag = '"' + base::hex(base::as_text(hash).substr(0, 16)) + '"';
  pages_.emplace(std::move(path), Page{std::move(type), std::move(etag), std::move(bytes)});
}

const std::string& Documentation::openapi() const { return *pages_.find(document)->second.bytes; }

net::Response Documentation::get(const net::Request& request) const {
  const auto& page = pages_.find(request.path)->second;
  net::Response response;
  response.headers = {{"ETag", page.etag},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", std::string(policy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  // Compression on the way weakens an ETag; it still names these bytes.
  if (request.header("if-none-match").find(page.etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", page.type);
  response.shared = page.bytes;
  return response;
}

}  // namespace edge
