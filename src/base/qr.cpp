#include "base/qr.h"

#include <qrencode.h>

#include <memory>

namespace base {

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
  constexpr std::size_t quiet = 4;
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

}  // namespace base
