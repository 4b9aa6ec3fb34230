#include <map>

#include "modules/settings/declared.h"

namespace settings {

namespace {

using Members = std::map<std::string, base::Json>;

// In a merge patch null takes a member away; a setting always has a value, so null means its default here. What is not
// shaped like settings stays as it is: the merge names what is wrong with it.
base::Result<base::Json> with_defaults(const base::Json& patch) {
  const auto defaults = TRY(reflect::from_json<Members>(reflect::to_json(Settings{})));
  auto departments = TRY(reflect::from_json<Members>(patch));
  for (auto& [name, department] : departments) {
    const auto initial = defaults.find(name);
    if (initial == defaults.end() || !initial->second.starts_with('{')) continue;
    if (department == "null") department = initial->second;
    auto values = reflect::from_json<Members>(department);
    if (!values) continue;
    const auto initial_values = TRY(reflect::from_json<Members>(initial->second));
    for (auto& [key, value] : *values)
      if (value == "null" && initial_values.contains(key)) value = initial_values.at(key);
    department = base::Json(reflect::to_json(*values));
  }
  return base::Json(reflect::to_json(departments));
}

}  // namespace

base::Result<Settings> read_settings(core::View& view, const core::Actor&, const core::Nothing&) {
  return view.cached<Places>(places).settings;
}

base::Result<Settings> change_settings(core::Tx& tx, const core::Actor&, const core::Patch& input) {
  const auto before = tx.cached<Places>(places).settings;
  TRY(tx.match(before.version));
  auto after = before;
  TRY(reflect::merge(reflect::type_of<Settings>(), &after, TRY(with_defaults(input.patch))));
  if (after.kitchen.late_minutes < after.kitchen.warn_minutes)
    return std::unexpected(reflect::invalid.problem("A ticket is late after it was getting late.")
                               .at("/kitchen/late_minutes", "range", "At least kitchen.warn_minutes."));
  if (reflect::to_json(after) == reflect::to_json(before)) return after;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("settings_value", after);
  tx.emit(settings_changed, before, after);
  return after;
}

}  // namespace settings
