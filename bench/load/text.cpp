#include "bench/load/text.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace load {

std::string make_order_id(Source& source) {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::uint64_t high = (ms << 16) | 0x7000 | (source.chance() & 0x0fff);
  std::uint64_t low = (source.chance() >> 2) | (std::uint64_t{1} << 63);
  std::string id = "ord_00000000000000000000000000";
  for (auto at = id.size(); at > 4; --at) {
    id[at - 1] = digits[low & 31];
    low = (low >> 5) | (high << 59);
    high >>= 5;
  }
  return id;
}

Text::Text(std::string_view text, const Lists& lists) {
  while (true) {
    const auto open = text.find("{{");
    const auto close = open == text.npos ? text.npos : text.find("}}", open);
    if (close == text.npos) break;
    if (open > 0) parts_.push_back({Kind::fixed, std::string(text.substr(0, open))});
    parts_.push_back(placeholder(text.substr(open + 2, close - open - 2), lists));
    text.remove_prefix(close + 2);
  }
  if (!text.empty() || parts_.empty()) parts_.push_back({Kind::fixed, std::string(text)});
}

Text::Part Text::placeholder(std::string_view name, const Lists& lists) {
  if (name == "id") return {Kind::id, {}};
  if (name == "n") return {Kind::counter, {}};
  if (name.starts_with("pick:")) {
    const auto list = lists.find(std::string(name.substr(5)));
    if (list == lists.end()) throw std::invalid_argument("no --list is named " + std::string(name.substr(5)));
    return {Kind::pick, {}, &list->second};
  }
  throw std::invalid_argument("unknown placeholder {{" + std::string(name) + "}}");
}

bool Text::names_id() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.kind == Kind::id; });
}

void Text::append_to(std::string& out, std::string_view id, Source& source) const {
  for (const auto& part : parts_) {
    switch (part.kind) {
      case Kind::fixed:
        out += part.fixed;
        break;
      case Kind::id:
        out += id;
        break;
      case Kind::counter:
        out += std::to_string(++source.counter);
        break;
      case Kind::pick:
        out += (*part.lines)[source.chance() % part.lines->size()];
        break;
    }
  }
}

}  // namespace load
