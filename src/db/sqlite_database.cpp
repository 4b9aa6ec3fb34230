#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <system_error>

#include "db/sqlite.h"

namespace db {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t application_id = 0x44617942;  // "DayB", bytes 68 to 71 of the file
constexpr std::size_t header_size = 100;              // https://www.sqlite.org/fileformat.html#the_database_header

class File {
 public:
  File(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail("open");
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  void sync() {
    if (::fsync(fd_) != 0) fail("fsync");
  }
  std::string start(std::size_t bytes) {
    std::string out(bytes, '\0');
    const auto n = ::pread(fd_, out.data(), bytes, 0);
    if (n < 0) fail("read");
    out.resize(static_cast<std::size_t>(n));
    return out;
  }

 private:
  [[noreturn]] void fail(const char* what) {
    const auto kind = errno == ENOSPC || errno == EDQUOT ? Error::Kind::full : Error::Kind::lost;
    throw Error(kind, std::string(what) + ' ' + path_.string() + ": " + std::strerror(errno));
  }
  fs::path path_;
  int fd_;
};

void sync_folder(const fs::path& folder) { File(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY).sync(); }

std::int64_t size_of(const fs::path& path) {
  std::error_code none;
  const auto size = fs::file_size(path, none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

fs::path beside(const fs::path& file, const char* suffix) { return file.string() + suffix; }

// A rename that never replaces. Throws Error when the target is there.
void rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EINVAL && !fs::exists(to) && ::rename(from.c_str(), to.c_str()) == 0) return;  // a file system without the flag
  throw Error(Error::Kind::statement, "rename " + from.string() + " to " + to.string() + ": " + std::strerror(errno));
}

// Made whole under another name first, so that an empty daybook.db is always a damaged one and never one half made.
void create(const fs::path& file, std::int64_t busy_ms) {
  if (size_of(beside(file, "-wal")) > 0)
    throw Error(Error::Kind::corrupt, file.string() + " is missing, but its log " + file.string() +
                                          "-wal is there. Put both back, or restore a backup; nothing was changed.");
  const auto fresh = beside(file, ".new");
  fs::remove(fresh);
  File(fresh, O_RDWR | O_CREAT | O_EXCL);
  {
    Sqlite made(fresh.string(), Access::write, busy_ms);
    made.pragma(("PRAGMA application_id=" + std::to_string(application_id)).c_str());
    made.pragma("PRAGMA journal_mode=WAL");
  }
  File(fresh, O_RDONLY).sync();
  rename_new(fresh, file);
  sync_folder(file.parent_path());
}

enum class Length : std::uint8_t { whole, short_beside_a_log };

// Looks at the bytes, before SQLite may touch a file that is not ours.
Length inspect(const fs::path& file) {
  const auto head = File(file, O_RDONLY).start(header_size);
  const auto refuse = [&](const std::string& why) {
    throw Error(Error::Kind::corrupt, file.string() + ' ' + why + " Nothing was changed.");
  };
  const std::string restore = " Move it away and restore a backup.";
  if (head.empty()) refuse("is empty: it was truncated." + restore);
  if (!head.starts_with(std::string_view("SQLite format 3\0", std::min<std::size_t>(16, head.size()))))
    refuse("is not an SQLite file. Choose another directory, or move the file away.");
  if (head.size() < header_size) refuse("is truncated." + restore);
  if (big_endian(head.substr(68, 4)) != application_id)
    refuse("is an SQLite file of another application. Choose another directory, or move the file away.");
  const auto page = big_endian(head.substr(16, 2)), pages = big_endian(head.substr(28, 4));
  const std::int64_t expected = std::int64_t{page == 1 ? 65536 : page} * pages;
  if (size_of(file) >= expected) return Length::whole;
  if (size_of(beside(file, "-wal")) == 0)
    refuse("is truncated: " + std::to_string(size_of(file)) + " of " + std::to_string(expected) + " bytes." + restore);
  return Length::short_beside_a_log;
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const Options& options)
      : folder_(options.url), file_(folder_ / "daybook.db"), busy_ms_(options.busy_ms), url_(options.url) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw Error(Error::Kind::lost, "cannot make the directory " + folder_.string() + ": " + failed.message());
    if (!fs::exists(file_)) create(file_, busy_ms_);
    const auto length = inspect(file_);
    own_ = std::make_unique<Sqlite>(file_.string(), Access::write, busy_ms_);
    own_->pragma("PRAGMA journal_mode=WAL");  // a restored backup is not in this mode
    own_->number("SELECT count(*) FROM sqlite_master");
    // A crash while the log was being copied leaves a short file whose missing pages are in the log: read them all to know.
    if (length == Length::short_beside_a_log &&
        own_->number("SELECT count(*) FROM pragma_quick_check(1) WHERE quick_check <> 'ok'"))
      throw Error(Error::Kind::corrupt, file_.string() + " is damaged. Move it away with its -wal and restore a backup.");
  }
  Engine engine() const override { return Engine::sqlite; }
  std::unique_ptr<Connection> connect(Access access) override {
    return std::make_unique<Sqlite>(file_.string(), access, busy_ms_);
  }
  std::int64_t log_bytes() const override { return size_of(beside(file_, "-wal")); }
  std::int64_t file_bytes() override { return size_of(file_); }
  const std::string& url() const override { return url_; }

  std::int64_t checkpoint(Checkpoint how) override {
    const std::lock_guard hold(mutex_);
    int in_log = 0, copied = 0;
    const int mode = how == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(own_->raw(), nullptr, mode, &in_log, &copied);
    if (code != SQLITE_OK &&
        (code & 0xff) != SQLITE_BUSY)  // busy: a reader or the writer was in the way; the rest is next time's
      throw Error(Error::Kind::lost, std::string("SQLite checkpoint: ") + sqlite3_errmsg(own_->raw()));
    return in_log < 0 ? 0 : in_log - copied;
  }

  void backup(const fs::path& to) override {
    if (fs::exists(to)) throw Error(Error::Kind::statement, to.string() + " is there already; a backup never replaces a file.");
    const auto part = beside(to, ".part");
    fs::remove(part);
    try {
      File(part, O_RDWR | O_CREAT | O_EXCL);
      Sqlite source(file_.string(), Access::write, busy_ms_);  // its own snapshot: writers go on meanwhile
      const std::unique_ptr<char, decltype(&sqlite3_free)> text(sqlite3_mprintf("VACUUM INTO %Q", part.c_str()), &sqlite3_free);
      source.pragma(text.get());
      File(part, O_RDONLY).sync();
      rename_new(part, to);
      sync_folder(to.parent_path());
    } catch (...) {
      std::error_code ignored;
      fs::remove(part, ignored);
      throw;
    }
  }

 private:
  fs::path folder_, file_;
  std::int64_t busy_ms_;
  std::string url_;
  std::mutex mutex_;
  std::unique_ptr<Sqlite> own_;  // keeps the log open and copies it into the file
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const Options& options) { return std::make_unique<SqliteDatabase>(options); }

}  // namespace db
