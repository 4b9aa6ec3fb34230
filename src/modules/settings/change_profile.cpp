#include "modules/settings/declared.h"

namespace settings {

base::Result<Profile> read_profile(core::View& view, const core::Actor&, const core::Nothing&) {
  if (auto profile = view.maybe<Profile>("SELECT {} FROM settings_profile WHERE tenant = $t")) return *std::move(profile);
  return core::not_found("This business has no profile.");
}

base::Result<Profile> change_profile(core::Tx& tx, const core::Actor&, const core::Patch& input) {
  const auto before = tx.maybe<Profile>("SELECT {} FROM settings_profile WHERE tenant = $t");
  if (!before) return core::not_found("This business has no profile.");
  TRY(tx.match(before->version));
  auto after = *before;
  TRY(reflect::merge(reflect::type_of<Profile>(), &after, input.patch));
  if (reflect::to_json(after) == reflect::to_json(*before)) return after;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("settings_profile", after);
  tx.emit(profile_changed, *before, after);
  return after;
}

}  // namespace settings
