#pragma once
#include <string>
#include <string_view>

namespace base {

// Whom an address stands for when attempts are counted: an IPv4 address itself, of an IPv6 address its /64, which is what one
// subscriber gets ("2001:db8:0:7::/64"); an IPv4 address inside IPv6 is that one. Anything else is itself.
std::string network_of(std::string_view address);

}  // namespace base
