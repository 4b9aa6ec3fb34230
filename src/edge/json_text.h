#pragma once
#include <string>
#include <string_view>

#include "reflect/json.h"

namespace edge {

// JSON appended member by member, for documents that no record describes. Commas are its business; nesting is the caller's.
class JsonText {
 public:
  JsonText& open(char bracket) { return comma(), out_ += bracket, first_ = true, *this; }
  JsonText& close(char bracket) { return out_ += bracket, first_ = false, *this; }
  JsonText& key(std::string_view name) {
    comma();
    reflect::print_text(name, out_);
    out_ += ':';
    first_ = true;
    return *this;
  }
  JsonText& text(std::string_view value) { return comma(), reflect::print_text(value, out_), *this; }
  JsonText& json(std::string_view value) { return comma(), out_ += value, *this; }  // already printed
  JsonText& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonText& json(std::string_view name, std::string_view value) { return key(name).json(value); }
  JsonText& open(std::string_view name, char bracket) { return key(name).open(bracket); }
  std::string take() { return std::move(out_); }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace edge
