#pragma once
#include <span>

#include "core/daybook.h"

// The only place that names every module.
namespace program {

std::span<const core::Module* const> modules();

inline constexpr std::string_view version = "0.1.0";

// A daybook over all modules. Migrates; readers, jobs and schedules start with start(). Throws db::Error with what to do.
std::unique_ptr<core::Daybook> open_daybook(core::Daybook::Options);
base::Instant system_time();

}  // namespace program
