#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

// Where a database's lock and control socket lie, and who holds the lock: one process owns the books (KERNEL §6).
namespace program {

// SQLite: all of it in DIR. PostgreSQL: no DIR, so lock and socket lie in $XDG_RUNTIME_DIR (else /tmp) in a folder of one's
// own, named by a hash of the URL; a server on another machine is kept away by an advisory lock in the database.
struct Place {
  std::string data;  // as given: a directory or a URL
  bool postgres = false;
  std::filesystem::path folder;  // of lock and socket
  std::filesystem::path lock, socket;
  bool exists() const;  // is there a database? (PostgreSQL: nobody knows before the connection)
};
Place place_of(const std::string& data);

// Who holds a lock.
struct Holder {
  int pid = 0;
  std::string address;  // "http://127.0.0.1:8080"; "" while it starts, or when it is a command of the command line
  std::string text() const;
};

// The lock of a place, held until the end of the process or of this object.
class Lock {
 public:
  // None when another process holds it. Makes the folder (0700) when it is missing. Throws Failure.
  static std::optional<Lock> take(const Place&);
  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock();
  void write(const std::string& address);  // pid and address, for whom it concerns

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};
// None when nobody holds it.
std::optional<Holder> holder_of(const Place&);

}  // namespace program
