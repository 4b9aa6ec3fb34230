#include "net/compress.h"

#include <brotli/encode.h>

#include "net/ascii.h"
#include "net/deflater.h"

namespace net {
namespace {

// A weight "q=0.123" in thousandths; 1000 when absent, 0 when malformed: what cannot be read is not used.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::size_t end = parameters.find(';');
    const std::string_view one = trimmed(parameters.substr(0, end));
    parameters = end == std::string_view::npos ? std::string_view() : parameters.substr(end + 1);
    if (one.size() < 3 || lower(one[0]) != 'q' || one[1] != '=') continue;
    const std::string_view digits = one.substr(2);
    if (digits.size() > 5 || (digits[0] != '0' && digits[0] != '1') || (digits.size() > 1 && digits[1] != '.')) return 0;
    int weight = (digits[0] - '0') * 1000;
    int unit = 100;
    for (const char c : digits.substr(std::min<std::size_t>(2, digits.size()))) {
      if (c < '0' || c > '9') return 0;
      weight += (c - '0') * unit;
      unit /= 10;
    }
    return weight;
  }
  return 1000;
}

bool brotli(std::string_view body, std::string& out) {
  constexpr std::size_t long_body = 64 * 1024;
  const int quality = body.size() > long_body ? 2 : 4;
  std::size_t size = body.size();
  out.resize(size);
  const auto* input = reinterpret_cast<const std::uint8_t*>(body.data());
  auto* output = reinterpret_cast<std::uint8_t*>(out.data());
  if (!BrotliEncoderCompress(quality, 18, BROTLI_MODE_TEXT, body.size(), input, &size, output)) return false;
  out.resize(size);
  return true;
}

}  // namespace

Coding accepted_coding(std::string_view accept_encoding) {
  int br = -1, gzip = -1, any = 0;
  any_of_list(accept_encoding, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    const std::string_view name = trimmed(element.substr(0, semicolon));
    const int weight = semicolon == std::string_view::npos ? 1000 : weight_of(element.substr(semicolon + 1));
    if (same_ignoring_case(name, "br")) br = weight;
    if (same_ignoring_case(name, "gzip") || same_ignoring_case(name, "x-gzip")) gzip = weight;
    if (name == "*") any = weight;
    return false;
  });
  if (br < 0) br = any;
  if (gzip < 0) gzip = any;
  if (br <= 0 && gzip <= 0) return Coding::identity;
  return br >= gzip ? Coding::br : Coding::gzip;
}

bool compressible(std::string_view content_type) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (same_ignoring_case(type.substr(0, 5), "text/")) return true;
  for (const std::string_view end : {"+json", "+xml"})
    if (type.size() > end.size() && same_ignoring_case(type.substr(type.size() - end.size()), end)) return true;
  for (const std::string_view known : {"application/json", "application/javascript", "application/xml", "application/x-ndjson",
                                       "application/wasm", "font/ttf", "font/otf"})
    if (same_ignoring_case(type, known)) return true;
  return false;
}

bool compress(Coding coding, std::string_view body, std::string& out) {
  if (coding == Coding::identity || body.empty() || body.size() > 0x7fff'ffff) return false;
  if (coding == Coding::br) return brotli(body, out) && out.size() < body.size();
  constexpr int gzip_window = 15 + 16;
  thread_local Deflater deflater(gzip_window);
  return deflater.run(body, out, Z_FINISH);
}

}  // namespace net
