#pragma once
#include <string>
#include <string_view>

#include "core/registry.h"
#include "edge/router.h"

namespace edge {

struct DocumentOptions {
  std::string version = {};
  bool diagnostics = false;  // "x-diagnostics": pages show it
};

// The OpenAPI 3.1 document of all routes, made from their declarations alone: the same text for the same modules.
// Besides the standard: `x-permission` of an operation, `x-problems` [{code,status,title}] of all that may be answered.
// Throws std::logic_error when two records of different modules want the same schema name.
std::string openapi(const core::Registry&, const Router&, const DocumentOptions&);

}  // namespace edge
