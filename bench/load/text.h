#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace load {

using Lists = std::map<std::string, std::vector<std::string>>;

// What placeholders draw from; one for the whole run.
struct Source {
  std::mt19937_64 chance{std::random_device{}()};
  std::uint64_t counter = 0;
};

// "ord_" and a UUIDv7 (RFC 9562) as 26 characters of lower-case Crockford base32: the form of Daybook's own ids.
std::string make_order_id(Source&);

// A text with placeholders, split once: {{id}} (the same id wherever it stands in one request), {{n}}, {{pick:NAME}}.
class Text {
 public:
  // Throws std::invalid_argument for an unknown placeholder or list. The lists must outlive the text.
  Text(std::string_view text, const Lists& lists);

  bool names_id() const;
  bool is_fixed() const { return parts_.size() == 1 && parts_[0].kind == Kind::fixed; }
  void append_to(std::string& out, std::string_view id, Source&) const;

 private:
  enum class Kind : std::uint8_t { fixed, id, counter, pick };
  struct Part {
    Kind kind;
    std::string fixed;
    const std::vector<std::string>* lines = nullptr;
  };
  static Part placeholder(std::string_view name, const Lists& lists);
  std::vector<Part> parts_;
};

}  // namespace load
