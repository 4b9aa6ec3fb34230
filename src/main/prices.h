#pragma once
#include <optional>
#include <string_view>

#include "base/money.h"

namespace program {

// "16", "20.75", "-1.5", "1,234.50" of people's files -> minor units of that currency; none when it is no number or finer
// than the currency.
std::optional<base::Money> parse_price(std::string_view decimal, base::Currency);

}  // namespace program
