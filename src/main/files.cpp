#include "main/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "main/failure.h"
#include "main/modules.h"

namespace program {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw Failure(std::string("cannot ") + what + ' ' + path.string() + ": " + std::strerror(errno));
}

void sync(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  errno = error;
  if (!synced) fail("write", path);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad() || fs::is_directory(path)) fail("read", path);
  return text;
}

void copy_durably(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (failed) throw Failure("cannot copy " + from.string() + " to " + to.string() + ": " + failed.message());
  sync(to, O_RDWR);
}

void write_durably(const fs::path& to, const std::string& text, Secret secret) {
  const fs::path part = to.string() + ".part";
  if (secret == Secret::yes) {
    ::unlink(part.c_str());
    const int made = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made < 0) fail("write", part);
    ::close(made);
  }
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) fail("write", part);
  }
  sync(part, O_RDWR);
  if (::rename(part.c_str(), to.c_str()) != 0) fail("write", to);
  sync_folder(to.parent_path());
}

void sync_folder(const fs::path& folder) { sync(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY); }

std::string time_stamp() {
  auto text = base::print_instant(system_time()).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  std::ranges::replace(text, 'T', '-');
  return text + 'Z';
}

}  // namespace program
