#include "base/qr.h"

#include <qrencode.h>

#include <memory>

namespace base {

namespace {
constexpr std::size_t quiet = 4;  // light modules around it
}

std::optional<std::vector<std::vector<bool>>> qr_code(std::string_view text) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> made(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
      QRcode_free);
  if (!made) return std::nullopt;
  const auto width = static_cast<std::size_t>(made->width);
  std::vector code(width, std::vector<bool>(width));
  for (std::size_t y = 0; y < width; ++y)
    for (std::size_t x = 0; x < width; ++x) code[y][x] = (made->data[y * width + x] & 1) != 0;
  return code;
}

std::string qr_text(const std::vector<std::vector<bool>>& code, bool colored) {
  const std::size_t width = code.size() + 2 * quiet;
  const auto light = [&](std::size_t x, std::size_t y) {
    const bool inside = x >= quiet && y >= quiet && x < width - quiet && y < width - quiet;
    return !inside || !code[y - quiet][x - quiet];
  };
  std::string out;
  for (std::size_t y = 0; y < width; y += 2) {
    if (colored) out += "\033[97;40m";
    for (std::size_t x = 0; x < width; ++x) {
      const bool upper = light(x, y), lower = y + 1 < width && light(x, y + 1);
      out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    out += colored ? "\033[0m\n" : "\n";
  }
  return out;
}

std::string qr_svg(const std::vector<std::vector<bool>>& code) {
  const auto side = std::to_string(code.size() + 2 * quiet);
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + ' ' + side +
                    R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + side + 'v' + side + "H0z\"/><path d=\"";
  for (std::size_t y = 0; y < code.size(); ++y)
    for (std::size_t x = 0; x < code.size(); ++x)
      if (code[y][x]) svg += 'M' + std::to_string(x + quiet) + ' ' + std::to_string(y + quiet) + "h1v1h-1z";
  return svg + "\"/></svg>";
}

}  // namespace base
