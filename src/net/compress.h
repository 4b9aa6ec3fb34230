#pragma once
#include <cstdint>
#include <string>
#include <string_view>

// Content codings (RFC 9110 §8.4, §12.5.3), set to be quick rather than small: they run on the server's threads.
namespace net {

enum class Coding : std::uint8_t { identity, gzip, br };

// The best coding that an Accept-Encoding header allows; of equal weights Brotli, then gzip.
Coding accepted_coding(std::string_view accept_encoding);

// Is this media type worth compressing? Text, JSON, JavaScript, XML, SVG, web manifests and fonts that are not compressed yet.
bool compressible(std::string_view content_type);

// Compresses `body` into `out` (replaced). False when it did not get smaller or the coding is identity: send it plain.
bool compress(Coding, std::string_view body, std::string& out);

constexpr std::string_view name_of(Coding coding) {
  return coding == Coding::br ? "br" : coding == Coding::gzip ? "gzip" : "identity";
}

}  // namespace net
