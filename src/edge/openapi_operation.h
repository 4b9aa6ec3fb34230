#pragma once
#include <set>
#include <string_view>

#include "core/log_routes.h"
#include "edge/json_text.h"
#include "edge/router.h"
#include "reflect/schema.h"

// The parts of the OpenAPI document that belong to one operation, and the components that all share.
namespace edge {

using Schemas = std::set<reflect::NamedSchema>;

// "get": {operationId, summary, parameters, requestBody, responses, …}
void print_operation(JsonText&, const Route&, std::string_view section, Schemas& used);
// components.parameters, .headers, .responses, .securitySchemes
void print_shared_parts(JsonText&);
std::string_view problem_schema();

}  // namespace edge
