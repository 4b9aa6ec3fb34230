#include <algorithm>
#include <vector>

#include "reflect/json.h"

// Work on the text of JSON that this program printed: cheaper than parsing it, and numbers stay as they are. Text that is
// not JSON gives some text back, never a read past its end.
namespace reflect {
namespace {

bool space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  // Past spaces; '\0' at the end.
  char peek() {
    while (at_ < text_.size() && space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) { return peek() == c ? (++at_, true) : false; }

  // The text of the value that stands here.
  std::string_view value() {
    const char first = peek();
    const auto from = at_;
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']' && !space(text_[at_])) ++at_;
    }
    return text_.substr(from, at_ - from);
  }

 private:
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }
  void skip_nested() {
    std::size_t depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth != 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Member {
  std::string_view key, value;  // as written, the key with its quotes
};

std::vector<Member> members(std::string_view object) {
  std::vector<Member> out;
  Cursor cursor(object);
  if (!cursor.take('{')) return out;
  while (cursor.peek() == '"') {
    const auto key = cursor.value();
    if (!cursor.take(':')) break;
    out.push_back({key, cursor.value()});
    if (!cursor.take(',')) break;
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 0;
}

std::uint32_t four_digits(std::string_view text, std::size_t at) {
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < 4 && at + i < text.size(); ++i)
    code = code << 4 | static_cast<std::uint32_t>(hex_digit(text[at + i]));
  return code;
}

void put_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

// "a\"b" with its quotes -> a"b
std::string unquoted(std::string_view text) {
  text = text.substr(1, text.size() < 2 ? 0 : text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char c = text[++i]; c) {
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        auto code = four_digits(text, i + 1);
        i += 4;
        if (code >= 0xd800 && code < 0xdc00 && text.substr(std::min(i + 1, text.size())).starts_with("\\u")) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (four_digits(text, i + 3) & 0x3ff);
          i += 6;
        }
        put_utf8(code, out);
        break;
      }
      default:
        out += c;
    }
  }
  return out;
}

bool named(const Member& member, std::string_view name) {
  const auto raw = member.key.substr(1, member.key.size() - 2);
  return raw == name || (raw.find('\\') != raw.npos && unquoted(member.key) == name);
}

void append(const Member& member, std::string& out) {
  if (out.back() != '{') out += ',';
  out.append(member.key) += ':';
  out += member.value;
}

void append_joined(std::string_view open, std::string_view personal, std::string& out) {
  auto over = members(personal);
  out += '{';
  for (const auto& member : members(open)) {
    const auto found = std::ranges::find(over, member.key, &Member::key);
    if (found == over.end()) {
      append(member, out);
      continue;
    }
    if (member.value.starts_with('{') && found->value.starts_with('{')) {
      append({member.key, {}}, out);
      append_joined(member.value, found->value, out);
    } else {
      append(*found, out);
    }
    over.erase(found);
  }
  for (const auto& member : over) append(member, out);
  out += '}';
}

}  // namespace

std::string join(std::string_view open, std::string_view personal) {
  if (personal.empty()) return std::string(open);
  std::string out;
  out.reserve(open.size() + personal.size());
  append_joined(open, personal, out);
  return out;
}

std::string only(std::string_view object, std::string_view comma_names) {
  std::string out = "{";
  for (const auto& member : members(object)) {
    for (auto names = comma_names; !names.empty();) {
      const auto comma = std::min(names.find(','), names.size());
      if (named(member, names.substr(0, comma))) {
        append(member, out);
        break;
      }
      names.remove_prefix(std::min(comma + 1, names.size()));
    }
  }
  return out += '}';
}

std::string member(std::string_view object, std::string_view name) {
  Cursor cursor(object);
  if (!cursor.take('{')) return {};
  while (cursor.peek() == '"') {
    Member here{.key = cursor.value(), .value = {}};
    if (!cursor.take(':')) break;
    here.value = cursor.value();
    if (named(here, name)) return here.value.starts_with('"') ? unquoted(here.value) : std::string(here.value);
    if (!cursor.take(',')) break;
  }
  return {};
}

}  // namespace reflect
