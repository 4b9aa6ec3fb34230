#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What reading stands on: a document as a flat row of nodes, children behind their parent. Unlike a tree of values it keeps
// numbers as they were written (nothing passes through floating point) and shows a member that comes twice. Private to
// json*.cpp.
namespace reflect {

struct Node {
  enum class Kind : std::uint8_t { null, boolean, integer, number, text, list, object };
  Kind kind = Kind::null;
  bool truth = false;        // boolean
  std::uint32_t next = 0;    // the node behind this one and all below it
  std::uint32_t count = 0;   // list, object: members
  std::int64_t integer = 0;  // integer: within int64. `number` is any other: too large, a fraction, an exponent
  std::string_view key;      // inside an object
  std::string_view text;     // text: unescaped. integer, number: as written
};

class Tape {
 public:
  // Views into `json` stay: it must outlive the tape. `malformed`, with the byte where it broke: not RFC 8259, not valid UTF-8,
  // deeper than 32 levels, something behind the value.
  base::Result<> parse(std::string_view json);
  const Node& operator[](std::uint32_t i) const { return nodes_[i]; }
  // Appends node i and all below it, without spaces, numbers as they were written.
  void print(std::uint32_t i, std::string& out) const;

 private:
  friend struct TapeWriter;
  std::vector<Node> nodes_;
  std::unique_ptr<char[]> unescaped_;  // texts that held escapes
};

}  // namespace reflect
