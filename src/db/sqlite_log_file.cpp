#include "db/sqlite_log_file.h"

#include <sqlite3.h>

#include <new>
#include <stdexcept>
#include <string>

namespace db {
namespace {

constexpr std::size_t most_held = 120 * 1024;  // the usual file keeps 17 bits of a size: 128 KiB would be none

sqlite3_vfs* usual = nullptr;

// SQLite gives the memory: this, and behind it the usual file. https://www.sqlite.org/c3ref/io_methods.html
struct LogFile {
  sqlite3_file base;
  std::string* held;  // bytes that belong at `at`
  sqlite3_int64 at;

  static LogFile& of(sqlite3_file* f) { return *reinterpret_cast<LogFile*>(f); }
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *file()->pMethods; }
  int write_out() {
    if (held->empty()) return SQLITE_OK;
    const int code = methods().xWrite(file(), held->data(), static_cast<int>(held->size()), at);
    held->clear();
    return code;
  }
};

// Calls the usual file's method when nothing is held back any more.
template <auto Method, class... A>
int after_writing(sqlite3_file* f, A... arguments) {
  auto& log = LogFile::of(f);
  if (const int code = log.write_out(); code != SQLITE_OK) return code;
  return (log.methods().*Method)(log.file(), arguments...);
}

template <auto Method, class... A>
int pass(sqlite3_file* f, A... arguments) {
  auto& log = LogFile::of(f);
  return (log.methods().*Method)(log.file(), arguments...);
}

int write(sqlite3_file* f, const void* bytes, int size, sqlite3_int64 at) {
  auto& log = LogFile::of(f);
  auto& held = *log.held;
  const bool next = at == log.at + static_cast<sqlite3_int64>(held.size());
  if (!next || held.size() + static_cast<std::size_t>(size) > most_held)
    if (const int code = log.write_out(); code != SQLITE_OK) return code;
  if (held.empty()) log.at = at;
  try {
    held.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  return SQLITE_OK;
}

int close(sqlite3_file* f) {
  auto& log = LogFile::of(f);
  const int written = log.write_out();
  const int closed = log.methods().xClose(log.file());
  delete log.held;
  return written == SQLITE_OK ? closed : written;
}

// What a write-ahead log is asked for is in version 1: no shared memory, no mapping.
using Io = sqlite3_io_methods;
constexpr Io log_methods{
    .iVersion = 1,
    .xClose = close,
    .xRead = after_writing<&Io::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = after_writing<&Io::xTruncate, sqlite3_int64>,
    .xSync = after_writing<&Io::xSync, int>,
    .xFileSize = after_writing<&Io::xFileSize, sqlite3_int64*>,
    .xLock = pass<&Io::xLock, int>,
    .xUnlock = pass<&Io::xUnlock, int>,
    .xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>,
    .xFileControl = pass<&Io::xFileControl, int, void*>,
    .xSectorSize = pass<&Io::xSectorSize>,
    .xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* opened) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return usual->xOpen(usual, name, f, flags, opened);
  auto& log = LogFile::of(f);
  log.base.pMethods = nullptr;  // not to be closed, should this fail
  const int code = usual->xOpen(usual, name, log.file(), flags, opened);
  if (code != SQLITE_OK) return code;
  log.held = new (std::nothrow) std::string;
  if (!log.held) {
    log.methods().xClose(log.file());
    return SQLITE_NOMEM;
  }
  log.at = 0;
  log.base.pMethods = &log_methods;
  return SQLITE_OK;
}

void check(int code, const char* what) {
  if (code != SQLITE_OK)
    throw std::runtime_error(std::string("SQLite cannot be set up: ") + what + ": " + sqlite3_errstr(code));
}

sqlite3_vfs set_up() {
  // Its count of bytes in use, which nobody reads, takes a lock for every allocation.
  check(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), "memory");
  check(sqlite3_initialize(), "library");
  usual = sqlite3_vfs_find(nullptr);
  if (!usual) check(SQLITE_NOTFOUND, "file system");
  auto ours = *usual;
  ours.zName = "daybook";
  ours.szOsFile += static_cast<int>(sizeof(LogFile));
  ours.xOpen = open;
  return ours;
}

}  // namespace

const char* sqlite_file_system() {
  static sqlite3_vfs ours = set_up();
  static const bool known = (check(sqlite3_vfs_register(&ours, 0), "file system"), true);
  return known ? ours.zName : nullptr;
}

}  // namespace db
