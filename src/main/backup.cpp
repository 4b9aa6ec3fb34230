#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "core/epochs.h"
#include "core/erasure.h"
#include "main/commands.h"
#include "main/failure.h"
#include "main/files.h"
#include "main/modules.h"
#include "main/offline.h"

namespace program {

namespace fs = std::filesystem;

namespace {

void print(const std::vector<core::Standing>& standings) {
  for (auto& s : standings) std::cout << "  " << s.tenant << " at " << s.position.text() << '\n';
}

// A folder that lives as long as this object, so that a file in it can be opened as a database.
class Workroom {
 public:
  explicit Workroom(fs::path folder) : folder_(std::move(folder)) {
    fs::remove_all(folder_);
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw Failure("cannot make " + folder_.string() + ": " + failed.message());
  }
  ~Workroom() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Workroom(const Workroom&) = delete;
  Workroom& operator=(const Workroom&) = delete;
  fs::path database() const { return folder_ / "daybook.db"; }
  std::string url() const { return folder_.string(); }

 private:
  fs::path folder_;
};

std::string erasure_lines(const std::vector<fs::path>& files) {
  std::set<std::string> lines;
  for (auto& file : files)
    for (auto& entry : core::read_erasures(file)) lines.insert(entry.tenant_id + ' ' + entry.subject + '\n');
  std::string text;
  for (auto& line : lines) text += line;
  return text;
}

// What stands in the way is kept under another name, with its log.
fs::path move_aside(const fs::path& database) {
  const fs::path kept = database.string() + ".before-" + time_stamp();
  for (const char* part : {"", "-wal", "-shm"})
    if (fs::exists(database.string() + part)) fs::rename(database.string() + part, kept.string() + part);
  return kept;
}

int restore_postgres(const Configuration& configuration) {
  const Offline offline(configuration);
  const auto connection = db::open({.url = configuration.text("data")})->connect(db::Access::write);
  std::cout << "a new history begins for:\n";
  print(core::begin_epochs(*connection, system_time()));
  return 0;
}

}  // namespace

int backup(const Configuration& configuration, const std::string& file) {
  const auto database = open_beside(configuration);
  const fs::path to(file), erasures(file + ".erasures");
  if (fs::exists(to)) throw Failure(file + " is there already; a backup never replaces a file");
  const Workroom room(file + ".making");
  database->backup(room.database());
  // After the copy: whoever has been forgotten in between is on the list.
  if (const auto list = fs::path(configuration.text("data")) / "erasures"; fs::exists(list)) copy_durably(list, erasures);
  std::vector<core::Standing> standings;
  {
    const auto copy = db::open({.url = room.url()});
    standings = core::standings(*copy->connect(db::Access::read));
    copy->checkpoint(db::Database::Checkpoint::truncate);
  }
  fs::rename(room.database(), to);
  sync_folder(to.parent_path());
  std::cout << "backup " << file << ", " << fs::file_size(to) << " bytes"
            << (fs::exists(erasures) ? ", and " + erasures.string() : "") << ", with\n";
  print(standings);
  return 0;
}

int restore(const Configuration& configuration, const RestoreWish& wish) {
  const auto place = place_of(configuration.text("data"));
  if (place.postgres != wish.file.empty())
    throw Failure(place.postgres ? "bring a PostgreSQL database back with pg_restore, then run `daybook restore` without a "
                                   "file: it begins a new history"
                                 : "name the backup: daybook restore FILE",
                  Exit::usage);
  if (place.postgres) return restore_postgres(configuration);
  if (!fs::exists(wish.file)) throw Failure("there is no file " + wish.file);
  const auto lock = Lock::take(place);
  if (!lock) throw Failure("the database is in use by " + holder_of(place).value_or(Holder{}).text() + ". Stop it first.");
  const fs::path database = place.folder / "daybook.db";
  if (place.exists() && !wish.replace)
    throw Failure(database.string() +
                  " is there already. Name another --data, or say --replace: the old file is kept under another name.");

  // All of it beside the old file first: until the last rename the old data is what there is.
  const Workroom room(place.folder / "restoring");
  copy_durably(wish.file, room.database());
  std::vector<core::Standing> standings;
  {
    const auto copy = db::open({.url = room.url()});
    standings = core::begin_epochs(*copy->connect(db::Access::write), system_time());
    copy->checkpoint(db::Database::Checkpoint::truncate);
  }
  const auto erasures = erasure_lines({wish.file + ".erasures", place.folder / "erasures"});
  if (!erasures.empty()) write_durably(place.folder / "erasures", erasures);
  if (place.exists()) std::cout << "the data that was there is now " << move_aside(database).string() << '\n';
  fs::rename(room.database(), database);
  sync_folder(place.folder);
  std::cout << "restored " << wish.file << " into " << place.data << "; a new history begins for\n";
  print(standings);
  if (!erasures.empty()) std::cout << std::ranges::count(erasures, '\n') << " erasures are repeated when the server starts\n";
  return 0;
}

}  // namespace program
