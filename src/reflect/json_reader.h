#pragma once
#include <array>
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "reflect/json.h"
#include "reflect/json_tape.h"

// One reading of one document into one value; collects what is wrong with it. Private to json*.cpp.
namespace reflect {

class Reader {
 public:
  static constexpr std::size_t most_errors = 50, most_fields = 256;

  Reader(const Tape& tape, Read how) : tape_(tape), how_(how) {}

  void value(const Type&, void* out, std::uint32_t node);   // the whole of it
  void merged(const Type&, void* out, std::uint32_t node);  // onto what is there, RFC 7396
  // The value of one path segment or query parameter.
  void plain_text(const Type&, void* out, std::string_view text);
  // `invalid` with all errors, below `prefix`; nothing when there are none.
  base::Result<> outcome(std::string_view prefix = {}) &&;

 private:
  // Where we are: pointers are only made for errors.
  struct Step {
    std::string_view name;
    std::size_t index = 0;
    bool in_list = false;
  };
  void step_into(std::string_view name) { path_[depth_++] = {.name = name}; }
  void step_into(std::size_t index) { path_[depth_++] = {.index = index, .in_list = true}; }
  void step_out() { --depth_; }
  void wrong(std::string_view code, std::string detail);
  void wrong_at(std::string_view name, std::string_view code, std::string detail);
  bool strict() const { return how_ == Read::strict; }

  // One field of a record, by what an object's member may do with it.
  enum class Verdict : std::uint8_t { take, ignore, refused };
  Verdict may_set(const Field*, std::string_view key, std::uint32_t refused_marks);
  void record(const Type&, void* out, std::uint32_t node);
  void report_missing(const Type&, const std::bitset<most_fields>& seen);
  void list(const Type&, void* out, std::uint32_t node);
  void map(const Type&, void* out, std::uint32_t node);
  void money(base::Money& out, std::uint32_t node, bool onto_existing);
  void json(std::string& out, std::uint32_t node);
  void merged_record(const Type&, void* out, std::uint32_t node);
  void merged_map(const Type&, void* out, std::uint32_t node);
  void plain_list(const Type&, void* out, std::string_view text);

  bool object(const Node&);
  bool valid_key(std::string_view key);
  void check_count(const Type&, std::size_t n);
  void number(const Type&, const Node&, std::int64_t& out);
  void set_integer(const Type&, std::int64_t& out, std::int64_t n);
  void set_text(const Type&, std::string& out, std::string_view text);
  void set_scalar(const Type&, void* out, std::string_view text);
  void set_bytes(const Type&, std::string& out, std::string_view text);
  void set_quantity(const Type&, base::Quantity& out, base::Quantity);
  void quantity_text(const Type&, base::Quantity& out, std::string_view text);
  void quantity(const Type&, base::Quantity& out, const Node&);

  const Tape& tape_;
  Read how_;
  std::array<Step, 48> path_;  // a document has at most 32 levels; a `missing` and an amount's parts add two
  std::size_t depth_ = 0;
  std::vector<base::FieldError> errors_;
};

}  // namespace reflect
