#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// A QR code (ISO/IEC 18004) of a text, with correction level M: rows of modules, true where dark, without the quiet zone of
// four light modules that belongs around it. None where the text is too long for one (2,331 bytes).
std::optional<std::vector<std::vector<bool>>> qr_code(std::string_view text);

// The same for a terminal, quiet zone included, two rows of modules a line: light modules are drawn, so it is read on a dark
// ground; `colored` says the colours outright, for any ground.
std::string qr_text(const std::vector<std::vector<bool>>& code, bool colored);

// The same as an SVG image of one path, quiet zone included.
std::string qr_svg(const std::vector<std::vector<bool>>& code);

}  // namespace base
