#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "db/database.h"

// A PostgreSQL of the test program's own: made at the first call, stopped and removed at the end of the process, and
// also when the process dies. DAYBOOK_TEST_POSTGRES=postgres://… uses that server instead. Missing binaries are a
// failure that says what to install; a test is never skipped for them.
namespace kit {

class PostgresServer {
 public:
  enum class Durability : std::uint8_t { fast, durable };  // fast: no fsync, for tests that never cut the power

  explicit PostgresServer(Durability durability = Durability::fast) : bin_(find_binaries()) {
    std::string folder = (std::filesystem::temp_directory_path() / "daybook-pg-XXXXXX").string();
    if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp " + folder);
    folder_ = folder;
    try {
      if (::geteuid() == 0) become_owned();
      // ICU's English order on purpose: what holds here does not hold by the grace of the C locale.
      run({bin_ + "/initdb", "-D", data(), "-U", "daybook", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
           "--locale-provider=icu", "--icu-locale=en-US", "--no-sync", "--no-instructions"});
      for (int attempt = 0; attempt < 5 && url_.empty(); ++attempt) start(durability);
      if (url_.empty()) throw std::runtime_error("PostgreSQL did not start: " + log());
    } catch (...) {
      stop();
      throw;
    }
  }
  ~PostgresServer() { stop(); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  const std::string& url() const { return url_; }
  ::pid_t pid() const { return pid_; }

 private:
  std::string data() const { return (folder_ / "data").string(); }
  std::string log() const {
    std::ifstream in(folder_ / "log");
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static std::string find_binaries() {
    for (const char* version : {"15", "16", "17"}) {
      const std::string folder = std::string("/usr/lib/postgresql/") + version + "/bin";
      if (std::filesystem::exists(folder + "/initdb")) return folder;
    }
    throw std::runtime_error(
        "these tests need the PostgreSQL server: apt-get install postgresql-15, or set DAYBOOK_TEST_POSTGRES=postgres://…");
  }
  void become_owned() {  // the server refuses to run as root
    const auto* user = ::getpwnam("postgres");
    if (!user) throw std::runtime_error("there is no user `postgres`: apt-get install postgresql-15");
    uid_ = user->pw_uid;
    gid_ = user->pw_gid;
    if (::chown(folder_.c_str(), uid_, gid_) != 0) throw std::runtime_error("chown " + folder_.string());
  }
  ::pid_t spawn(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const auto log_file = (folder_ / "log").string(), folder = folder_.string();
    const auto child = ::fork();
    if (child != 0) return child;
    if (uid_ && (::setgroups(0, nullptr) != 0 || ::setgid(gid_) != 0 || ::setuid(uid_) != 0)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which clears it
    const int out = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(out, 1);
    ::dup2(out, 2);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  void run(const std::vector<std::string>& command) {
    int status = 0;
    const auto child = spawn(command);
    if (child < 0 || ::waitpid(child, &status, 0) < 0 || status != 0)
      throw std::runtime_error(command[0] + " failed: " + log());
  }
  static int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<::sockaddr*>(&address);
    const bool bound = ::bind(probe, generic, size) == 0 && ::getsockname(probe, generic, &size) == 0;
    ::close(probe);
    if (!bound) throw std::runtime_error("no free loopback port");
    return ::ntohs(address.sin_port);
  }
  void start(Durability durability) {
    const auto port = std::to_string(free_port());
    const std::string fsync = durability == Durability::fast ? "fsync=off" : "fsync=on";
    const std::string pages = durability == Durability::fast ? "full_page_writes=off" : "full_page_writes=on";
    pid_ = spawn({bin_ + "/postgres", "-D", data(), "-k", folder_.string(), "-p", port, "-c", "listen_addresses=127.0.0.1",
                  "-c", fsync, "-c", pages, "-c", "shared_buffers=32MB", "-c", "max_connections=60"});
    const auto candidate = "postgres://daybook@127.0.0.1:" + port + "/postgres";
    for (int i = 0; i < 400; ++i) {
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {  // the port was taken meanwhile
        pid_ = -1;
        return;
      }
      try {
        (void)db::open({.url = candidate});
        url_ = candidate;
        return;
      } catch (const db::Error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
      }
    }
  }
  void stop() {
    if (pid_ > 0) {
      ::kill(pid_, SIGQUIT);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string bin_;
  std::filesystem::path folder_;
  std::string url_;
  ::pid_t pid_ = -1;
  ::uid_t uid_ = 0;
  ::gid_t gid_ = 0;
};

// The server that all tests of this process share.
inline const std::string& postgres_url() {
  static const std::string url = [] {
    const char* given = std::getenv("DAYBOOK_TEST_POSTGRES");
    if (given && *given) return std::string(given);
    static PostgresServer server;
    return server.url();
  }();
  return url;
}

// A schema nobody else has, for db::Options::schema: tests are independent, and quick.
inline std::string fresh_schema() {
  static int made = 0;
  return "t_" + std::to_string(::getpid()) + '_' + std::to_string(++made);
}

}  // namespace kit
