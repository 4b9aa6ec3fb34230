#pragma once
#include "core/module.h"

namespace core {

// What the kernel itself declares: its tables, the log's routes, audit, signed heads.
extern const Module own_module;

inline constexpr EventKind tenant_created{"tenant.created", 1, "A business was set up."};

}  // namespace core
