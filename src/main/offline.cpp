#include "main/offline.h"

#include "main/failure.h"
#include "main/modules.h"

namespace program {

namespace {

void must_exist(const Place& place) {
  if (!place.exists())
    throw Failure("there is no database in " + place.data +
                  ". Name the right one with --data, or start one: daybook serve --data " + place.data);
}

Lock lock_for_a_moment(const Place& place) {
  auto lock = Lock::take(place);
  if (!lock) throw Failure("the database is in use by " + holder_of(place).value_or(Holder{}).text());
  return std::move(*lock);
}

}  // namespace

Offline::Offline(const Configuration& configuration, Database database)
    : lock_([&] {
        const auto place = place_of(configuration.text("data"));
        if (database == Database::must_exist) must_exist(place);
        return lock_for_a_moment(place);
      }()),
      daybook_(open_daybook(
          {.database = {.url = configuration.text("data")}, .clock = &system_time, .snapshot_threads = 1, .job_threads = 1})) {}

Offline::~Offline() { daybook_->stop(); }

std::shared_ptr<core::Tenant> Offline::tenant(const std::string& slug) {
  if (auto found = daybook_->tenant(slug)) return found;
  std::string names;
  for (auto& known : daybook_->tenants()) names += (names.empty() ? "" : ", ") + known->slug;
  throw Failure("there is no business " + slug +
                (names.empty() ? "; make it: daybook tenant create " + slug : "; there are: " + names));
}

std::unique_ptr<db::Database> open_beside(const Configuration& configuration) {
  must_exist(place_of(configuration.text("data")));
  return db::open({.url = configuration.text("data")});
}

}  // namespace program
