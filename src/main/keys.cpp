#include "main/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/crypto.h"
#include "base/log.h"
#include "main/failure.h"
#include "main/place.h"

namespace program {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_file = 64 * 1024;
constexpr std::string_view remark = "# The master keys of this Daybook, newest first. Keep a copy apart from the backups.\n";

fs::path state_folder() {
  if (const char* given = std::getenv("XDG_STATE_HOME"); given && *given) return fs::path(given) / "daybook";
  const char* home = std::getenv("HOME");
  if (!home || !*home) throw Failure("say where the master keys lie: --keys FILE, or DAYBOOK_MASTER_KEYS", Exit::configuration);
  return fs::path(home) / ".local" / "state" / "daybook";
}

fs::path file_of(const Configuration& configuration) {
  if (const auto given = configuration.text("keys"); !given.empty()) return given;
  const auto place = place_of(configuration.text("data"));
  if (!place.postgres) return place.folder / "keys";
  const auto name = base::hex(base::as_text(base::sha256(without_password(place.data)))).substr(0, 16);
  return state_folder() / ("keys-" + name);
}

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Failure("the master keys in " + file.string() + ": " + why, Exit::configuration);
}

std::string read_private(const fs::path& file, int descriptor) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) refuse(file, "this is no file");
  if ((info.st_mode & 0077) != 0) refuse(file, "others may read them. chmod 600 " + file.string());
  std::string text(longest_file, '\0');
  const auto n = ::read(descriptor, text.data(), text.size());
  if (n < 0) refuse(file, std::strerror(errno));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

// Whole or not at all: under another name first, then linked to its own, which fails where somebody was faster.
void make_file(const fs::path& file) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  const auto fresh = file.string() + ".new-" + std::to_string(::getpid());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) refuse(file, std::string("cannot be made: ") + std::strerror(errno));
  const auto text = std::string(remark) + base::Keyring::fresh().text();
  const bool written = ::write(descriptor, text.data(), text.size()) == std::ssize(text) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  const bool linked = written && (::link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const auto error = errno;
  ::unlink(fresh.c_str());
  if (!linked) refuse(file, std::string("cannot be made: ") + std::strerror(error));
  base::log::info("made the master keys", {{"file", file.string()}});
}

void replace_file(const fs::path& file, const std::string& text) {
  const auto fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == std::ssize(text) && ::fsync(descriptor) == 0;
  const auto error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0)
    refuse(file, std::string("cannot be written: ") + std::strerror(written ? errno : error));
}

}  // namespace

int list_keys(const Configuration& configuration) {
  const auto keys = master_keys(configuration);
  for (auto& key : keys->keys()) std::cout << base::hex(key.id) << '\n';
  return 0;
}

int rotate_keys(const Configuration& configuration) {
  if (const char* given = std::getenv("DAYBOOK_MASTER_KEYS"); given && *given)
    throw Failure("the keys come from DAYBOOK_MASTER_KEYS: put a new one before them there", Exit::configuration);
  auto keys = master_keys(configuration)->keys();
  keys.insert(keys.begin(), base::Keyring::make());
  replace_file(file_of(configuration), std::string(remark) + base::Keyring(keys).text());
  std::cout << base::hex(keys.front().id) << std::endl;
  std::cerr << "Restart the server: it seals anew what is sealed under the older keys. Keep those until then, and as long as\n"
               "somebody is to stay signed in who has signed in before.\n";
  return 0;
}

std::shared_ptr<const base::Keyring> master_keys(const Configuration& configuration) {
  if (const char* given = std::getenv("DAYBOOK_MASTER_KEYS"); given && *given) {
    auto keys = base::Keyring::parse(given);
    if (!keys) throw Failure("DAYBOOK_MASTER_KEYS is an id of 8 and a key of 64 hexadecimal digits", Exit::configuration);
    return std::make_shared<const base::Keyring>(*std::move(keys));
  }
  const auto file = file_of(configuration);
  int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) {
    make_file(file);
    descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (descriptor < 0) refuse(file, std::strerror(errno));
  struct Close {
    int of;
    ~Close() { ::close(of); }
  } close{descriptor};
  auto keys = base::Keyring::parse(read_private(file, descriptor));
  if (!keys) refuse(file, "a line is an id of 8 and a key of 64 hexadecimal digits");
  return std::make_shared<const base::Keyring>(*std::move(keys));
}

}  // namespace program
