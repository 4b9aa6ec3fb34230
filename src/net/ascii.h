#pragma once
#include <cstddef>
#include <string_view>

// The little that HTTP needs of text: ASCII only, no locale.
namespace net {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool same_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

// Without the spaces and tabs around it (OWS of RFC 9110 §5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `each(element)` for every non-empty element of a comma-separated list, trimmed; stops when it returns true.
template <class Each>
constexpr bool any_of_list(std::string_view list, Each&& each) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trimmed(list.substr(0, comma));
    if (!element.empty() && each(element)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Is `token` an element of the list, letter case apart? ("Connection: keep-alive, Upgrade")
constexpr bool list_has(std::string_view list, std::string_view token) {
  return any_of_list(list, [&](std::string_view element) { return same_ignoring_case(element, token); });
}

}  // namespace net
