#include "reflect/json_tape.h"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <cstring>
#include <functional>
#include <limits>

#include "reflect/json.h"

namespace reflect {

namespace bj = boost::json;

constexpr std::size_t deepest = 32;

// Boost.JSON's parser calls these, in the order of the text.
struct TapeWriter {
  static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = unlimited, max_object_size = unlimited, max_string_size = unlimited,
                               max_key_size = unlimited;
  using Error = bj::error_code;
  using View = bj::string_view;

  TapeWriter(Tape& tape, std::string_view json) : tape_(tape), json_(json) {}

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return open(Node::Kind::list); }
  bool on_array_end(std::size_t n, Error&) { return close(n); }
  bool on_object_begin(Error&) { return open(Node::Kind::object); }
  bool on_object_end(std::size_t n, Error&) { return close(n); }

  bool on_key_part(View part, std::size_t, Error&) { return gather(part); }
  bool on_key(View part, std::size_t, Error&) {
    key_ = whole(part);
    return true;
  }
  bool on_string_part(View part, std::size_t, Error&) { return gather(part); }
  bool on_string(View part, std::size_t, Error&) {
    leaf(Node::Kind::text).text = whole(part);
    return true;
  }
  bool on_number_part(View, Error&) { return true; }  // only for documents in several pieces
  bool on_int64(std::int64_t n, View text, Error&) {
    auto& node = leaf(Node::Kind::integer);
    node.integer = n;
    node.text = text;
    return true;
  }
  bool on_uint64(std::uint64_t, View text, Error&) { return number(text); }
  bool on_double(double, View text, Error&) { return number(text); }
  bool on_bool(bool b, Error&) {
    leaf(Node::Kind::boolean).truth = b;
    return true;
  }
  bool on_null(Error&) {
    leaf(Node::Kind::null);
    return true;
  }
  bool on_comment_part(View, Error&) { return true; }
  bool on_comment(View, Error&) { return true; }

 private:
  Node& leaf(Node::Kind kind) {
    auto& nodes = tape_.nodes_;
    auto& node = nodes.emplace_back();
    node.kind = kind;
    node.key = key_;
    node.next = static_cast<std::uint32_t>(nodes.size());
    return node;
  }
  bool number(View text) {
    leaf(Node::Kind::number).text = text;
    return true;
  }
  bool open(Node::Kind kind) {
    open_[depth_++] = static_cast<std::uint32_t>(tape_.nodes_.size());
    leaf(kind);
    return true;
  }
  bool close(std::size_t members) {
    auto& node = tape_.nodes_[open_[--depth_]];
    node.count = static_cast<std::uint32_t>(members);
    node.next = static_cast<std::uint32_t>(tape_.nodes_.size());
    return true;
  }
  // Unescaped text is never longer than what it was written as: one buffer of the document's size holds all of it.
  bool gather(View part) {
    if (!tape_.unescaped_) tape_.unescaped_ = std::make_unique_for_overwrite<char[]>(json_.size());
    std::memcpy(tape_.unescaped_.get() + used_, part.data(), part.size());
    used_ += part.size();
    return true;
  }
  std::string_view whole(View part) {
    const auto ordered = std::less_equal<const char*>();
    const bool in_document =
        ordered(json_.data(), part.data()) && ordered(part.data() + part.size(), json_.data() + json_.size());
    if (in_document && used_ == start_) return part;
    gather(part);
    const auto from = std::exchange(start_, used_);
    return {tape_.unescaped_.get() + from, used_ - from};
  }

  Tape& tape_;
  std::string_view json_, key_;
  std::array<std::uint32_t, deepest + 1> open_{};
  std::size_t depth_ = 0, used_ = 0, start_ = 0;
};

base::Result<> Tape::parse(std::string_view json) {
  if (json.size() >= std::size_t{1} << 31) return malformed("It is larger than 2 GiB.");
  nodes_.clear();
  nodes_.reserve(json.size() / 12 + 4);
  bj::parse_options options;
  options.max_depth = deepest;
  bj::basic_parser<TapeWriter> parser(options, *this, json);
  bj::error_code error;
  auto at = parser.write_some(false, json.data(), json.size(), error);
  if (!error) {
    while (at < json.size() && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) ++at;
    if (at == json.size()) return {};
    error = bj::error::extra_data;
  }
  return malformed("At byte " + std::to_string(at) + ": " + error.message() + ".");
}

void Tape::print(std::uint32_t i, std::string& out) const {
  const auto& node = nodes_[i];
  switch (node.kind) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::boolean:
      out += node.truth ? "true" : "false";
      return;
    case Node::Kind::integer:
    case Node::Kind::number:
      out += node.text;
      return;
    case Node::Kind::text:
      return print_text(node.text, out);
    case Node::Kind::list:
    case Node::Kind::object:
      break;
  }
  const bool object = node.kind == Node::Kind::object;
  out += object ? '{' : '[';
  for (auto child = i + 1; child != node.next; child = nodes_[child].next) {
    if (child != i + 1) out += ',';
    if (object) {
      print_text(nodes_[child].key, out);
      out += ':';
    }
    print(child, out);
  }
  out += object ? '}' : ']';
}

}  // namespace reflect
