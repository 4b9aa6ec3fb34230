#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/module.h"

// From the text of a test to the typed input of a command or query, as the pipeline of the edge does it, and back.
namespace kit {

inline std::string problem_text(const base::Problem& problem) {
  std::string text = std::to_string(problem.status) + ' ' + std::string(problem.code);
  for (auto& error : problem.errors) text += ' ' + error.pointer;
  return text;
}

inline base::Result<reflect::Value> input_of(const core::Command& command, std::string_view input) {
  reflect::Value value(command.input());
  if (command.body == core::Body::raw) {
    // The ids of the route are members beside the patch, whatever they are called.
    for (auto& field : value.type().fields)
      if (field.name == "patch")
        *static_cast<base::Json*>(field.at(value.data())) = base::Json(reflect::member(input, "patch"));
      else
        TRY(reflect::read_text(field.type(), field.at(value.data()), reflect::member(input, field.name), {}));
    return value;
  }
  TRY(reflect::read(value.type(), value.data(), input));
  return value;
}
// Filters have no member of their own in a list's input.
inline base::Result<> read_input(const core::Query& query, reflect::Value& value, std::string_view input) {
  if (!query.list || !query.resource) return reflect::read(value.type(), value.data(), input);
  const auto given = TRY((reflect::from_json<std::map<std::string, base::Json>>(input)));
  for (auto& [name, json] : given) {
    const auto text = reflect::member(input, name);
    if (const auto* field = value.type().field(name))
      TRY(reflect::read_text(field->type(), field->at(value.data()), text, "/" + name));
    else
      value.as<core::ListInput>().filters[name] = text;
  }
  return {};
}
template <class Out>
Out from_stored(std::string_view json) {
  auto out = reflect::from_json<Out>(json, reflect::Read::stored);
  if (!out) throw std::runtime_error("not what was expected: " + std::string(json));
  return *std::move(out);
}
}  // namespace kit
