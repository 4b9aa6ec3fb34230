#pragma once
#include "core/log_routes.h"
#include "modules/settings/settings.h"

// What module.cpp declares, for the files of this module alone.
namespace settings {

base::Result<> check_location(core::Tx&, const core::Actor&, const void* before, void* after);
base::Result<> check_table(core::Tx&, const core::Actor&, const void* before, void* after);

base::Result<Profile> read_profile(core::View&, const core::Actor&, const core::Nothing&);
base::Result<Profile> change_profile(core::Tx&, const core::Actor&, const core::Patch&);
base::Result<Settings> read_settings(core::View&, const core::Actor&, const core::Nothing&);
base::Result<Settings> change_settings(core::Tx&, const core::Actor&, const core::Patch&);

inline constexpr core::EventKind profile_created{"profile.created", 1, "The business has a profile."};
inline constexpr core::EventKind profile_changed{"profile.changed", 1, "The profile of the business was changed."};
inline constexpr core::EventKind settings_created{"settings.created", 1, "The business has settings, all at their defaults."};
inline constexpr core::EventKind settings_changed{"settings.changed", 1, "Settings were changed."};

}  // namespace settings
