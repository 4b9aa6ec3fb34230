#include "base/address.h"

#include <arpa/inet.h>

#include <cstring>

namespace base {

std::string network_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without a zone
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
  char out[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&six)) return inet_ntop(AF_INET, six.s6_addr + 12, out, sizeof out);
  std::memset(six.s6_addr + 8, 0, 8);
  return std::string(inet_ntop(AF_INET6, &six, out, sizeof out)) + "/64";
}

}  // namespace base
