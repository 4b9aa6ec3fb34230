#include "modules/settings/declared.h"
#include "modules/settings/migrations.h"

namespace settings {

namespace {

// A business starts with one location, which its owner renames and completes.
core::Result<> found(core::Tx& tx, const core::Actor&) {
  const auto& tenant = tx.tenant_state();
  const Profile profile{.id = tenant.id, .name = tenant.name, .version = 1, .updated_at = tx.now()};
  tx.insert("settings_profile", profile);
  tx.emit(profile_created, profile);
  const Settings values{.id = tenant.id, .version = 1, .updated_at = tx.now()};
  tx.insert("settings_value", values);
  tx.emit(settings_created, values);
  const Location main{.id = tx.fresh<LocationId>(),
                      .name = "Main",
                      .currency = *base::Currency::parse("EUR"),
                      .version = 1,
                      .created_at = tx.now(),
                      .updated_at = tx.now()};
  tx.insert("settings_location", main);
  static constexpr core::EventKind created{"location.created", 1, "There is a location."};
  tx.emit(created, main);
  return {};
}

// Orders and books name their location for ever: it is made inactive, never deleted.
core::Resource locations() {
  return {.path = "/locations",
          .subject = "location",
          .one = "a location",
          .many = "locations",
          .table = "settings_location",
          .type = &reflect::type_of<Location>,
          .offers = core::reads | core::creates | core::changes,
          .read_permission = "settings.read",
          .write_permission = "settings.write",
          .filters = {"active"},
          .check = &check_location};
}
core::Resource tables() {
  return {.path = "/tables",
          .subject = "table",
          .one = "a table",
          .many = "tables",
          .table = "settings_table",
          .type = &reflect::type_of<Table>,
          .read_permission = "settings.read",
          .write_permission = "settings.write",
          .filters = {"location", "area", "active"},
          .check = &check_table};
}

core::Command changing(core::Command command, const reflect::Type& (*body)()) {
  command.if_match = core::IfMatch::demanded;
  command.body = core::Body::raw;
  command.body_type = body;
  command.rejects.push_back(&core::stale);
  return command;
}

}  // namespace

const core::Module module{
    .name = "settings",
    .summary = "The business, its places, tables and opening hours, and the settings of all departments.",
    .migrations = sql::migrations(),
    .resources = {locations(), tables()},
    .commands = {changing(core::command<&change_profile>({.name = "settings.change_profile",
                                                          .route = "PATCH /profile",
                                                          .permission = "settings.write",
                                                          .summary = "Change the profile of the business"}),
                          &reflect::type_of<Profile>),
                 changing(core::command<&change_settings>({.name = "settings.change",
                                                           .route = "PATCH /settings",
                                                           .permission = "settings.write",
                                                           .summary = "Change settings; null puts one back to its default"}),
                          &reflect::type_of<Settings>)},
    .queries = {core::query<&read_profile>({.name = "settings.profile",
                                            .route = "GET /profile",
                                            .permission = "settings.read",
                                            .summary = "Read the profile of the business"},
                                           core::Reads::point),
                core::query<&read_settings>({.name = "settings.read",
                                             .route = "GET /settings",
                                             .permission = "settings.read",
                                             .summary = "Read all settings with their present values"},
                                            core::Reads::point)},
    .events = {profile_created, profile_changed, settings_created, settings_changed},
    .permissions = {{"settings.read", "Read profile, locations, tables and settings."},
                    {"settings.write", "Change profile, locations, tables and settings."}},
    .caches = {&places},
    .found = &found,
};

}  // namespace settings
