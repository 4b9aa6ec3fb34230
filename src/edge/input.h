#pragma once
#include "base/result.h"
#include "edge/exchange.h"

// From path, query and body to the record that an operation takes. Parsing is the validator: its errors carry the pointers.
namespace edge {

// Fills Exchange::input. resource.not_found (a path segment that can name nothing), input.malformed, input.media_type,
// input.invalid. GET and HEAD read the query; the others their JSON body (DELETE both); a GET's body is not looked at.
base::Result<> read_input(Exchange&);
// Did the client name what is to be created? (`id` in the body.)
bool has_client_id(const Exchange&);
// May this member be left out of an input?
bool may_be_missing(const reflect::Field&);
// Is it one that a client gives at all?
inline bool is_input(const reflect::Field& field) { return !field.is(reflect::computed | reflect::hidden); }

}  // namespace edge
