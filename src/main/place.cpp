#include "main/place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "base/crypto.h"
#include "main/failure.h"

namespace program {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_socket_path = 100;  // sun_path has 108

std::string runtime_folder(const std::string& key) {
  const char* given = std::getenv("XDG_RUNTIME_DIR");
  const std::string base = given && *given ? given : "/tmp";
  return base + "/daybook-" + std::to_string(::geteuid()) + '-' + base::hex(base::as_text(base::sha256(key))).substr(0, 16);
}

// Ours alone, or nobody's: in /tmp anybody may have made a folder of that name before us.
void make_private(const fs::path& folder) {
  ::mkdir(folder.c_str(), 0700);
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0) throw Failure("cannot make " + folder.string() + ": " + std::strerror(errno));
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 0077) != 0)
    throw Failure(folder.string() + " is not a folder of yours alone (0700). Remove it, or set XDG_RUNTIME_DIR.");
}

}  // namespace

bool Place::exists() const { return postgres || fs::exists(folder / "daybook.db"); }

Place place_of(const std::string& data) {
  Place place{.data = data};
  place.postgres = data.starts_with("postgres://") || data.starts_with("postgresql://");
  place.folder = place.postgres ? fs::path(runtime_folder(data)) : fs::path(data);
  place.lock = place.folder / "lock";
  place.socket = place.folder / "control.sock";
  if (!place.postgres && place.socket.string().size() > longest_socket_path)
    place.socket = fs::path(runtime_folder(fs::weakly_canonical(place.folder).string())) / "control.sock";
  return place;
}

std::string Holder::text() const {
  std::string out = "process " + std::to_string(pid);
  return address.empty() ? out : out + ", which serves " + address;
}

std::optional<Lock> Lock::take(const Place& place) {
  std::error_code failed;
  if (place.postgres)
    make_private(place.folder);
  else if (fs::create_directories(place.folder, failed); failed)
    throw Failure("cannot make the directory " + place.folder.string() + ": " + failed.message());
  if (place.socket.parent_path() != place.folder) make_private(place.socket.parent_path());
  const int descriptor = ::open(place.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) throw Failure("cannot open " + place.lock.string() + ": " + std::strerror(errno));
  bool locked = false;
  for (int attempt = 0; attempt < 5 && !locked; ++attempt) {  // somebody may be looking for a moment who holds it
    locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno == EWOULDBLOCK) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (!locked) {
    const bool held = errno == EWOULDBLOCK;
    ::close(descriptor);
    if (held) return std::nullopt;
    throw Failure("cannot lock " + place.lock.string() + ": " + std::strerror(errno));
  }
  Lock lock(descriptor);
  lock.write({});
  return lock;
}

Lock::~Lock() {
  if (descriptor_ < 0) return;
  // What stands in it is only for reading by others; the lock itself goes with the descriptor.
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);
  ::close(descriptor_);
}

void Lock::write(const std::string& address) {
  const std::string text = std::to_string(::getpid()) + ' ' + address + '\n';
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) != std::ssize(text))
    throw Failure(std::string("cannot write the lock: ") + std::strerror(errno));
}

std::optional<Holder> holder_of(const Place& place) {
  const int descriptor = ::open(place.lock.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  char text[256] = "";
  const auto n = ::pread(descriptor, text, sizeof text - 1, 0);
  ::close(descriptor);
  if (!held) return std::nullopt;
  Holder holder;
  if (n > 0) {
    char* end = nullptr;
    holder.pid = static_cast<int>(std::strtol(text, &end, 10));
    while (*end == ' ') ++end;
    holder.address.assign(end, std::strcspn(end, "\n"));
  }
  return holder;
}

}  // namespace program
