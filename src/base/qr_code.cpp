#include "base/qr_code.h"

#include <qrencode.h>

#include <memory>
#include <stdexcept>

namespace base {

std::string qr_svg(std::string_view text) {
  constexpr int quiet = 4;
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
      &QRcode_free);
  if (!code) throw std::invalid_argument("a QR code does not hold this");
  const auto side = std::to_string(code->width + 2 * quiet);
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + ' ' + side +
                    R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + side + 'v' + side + "H0z\"/><path d=\"";
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if (code->data[y * code->width + x] & 1)
        svg += 'M' + std::to_string(x + quiet) + ' ' + std::to_string(y + quiet) + "h1v1h-1z";
  return svg + "\"/></svg>";
}

}  // namespace base
