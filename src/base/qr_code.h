#pragma once
#include <string>
#include <string_view>

namespace base {

// A QR code (ISO/IEC 18004, error correction M) of a text of up to 2,300 bytes as an SVG image of one path, with the quiet zone
// of four modules. Throws std::invalid_argument for a longer one.
std::string qr_svg(std::string_view text);

}  // namespace base
