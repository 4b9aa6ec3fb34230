#include "net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "base/log.h"
#include "net/reactor.h"

namespace net {
namespace {

constexpr int backlog = 4096;
constexpr int unsent_in_kernel = 256 * 1024;

[[noreturn]] void fail(const std::string& where, int error) {
  std::string text = "cannot listen on " + where + ": " + std::strerror(error);
  if (error == EADDRINUSE)
    text += "; stop the program that listens there, or choose another " + std::string(where[0] == '/' ? "path" : "port");
  if (error == EACCES) text += "; ports below 1024 need the capability CAP_NET_BIND_SERVICE, or choose a higher one";
  if (error == EADDRNOTAVAIL) text += "; this machine does not have that address";
  throw std::runtime_error(text);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

void set_option(int descriptor, int level, int option, int value = 1) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

std::string peer_name(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&six);  // an IPv4 peer of a socket for both: one name for one peer
    ::inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? static_cast<const void*>(six.s6_addr + 12) : &six, text, sizeof text);
  } else {
    return "unix";
  }
  return text;
}

class SocketListener final : public Listener, public std::enable_shared_from_this<SocketListener> {
 public:
  SocketListener(int descriptor, std::uint16_t port, std::string path)
      : descriptor_(descriptor), port_(port), path_(std::move(path)) {}
  ~SocketListener() override { stop(); }

  std::uint16_t port() const override { return port_; }

  void start(std::shared_ptr<Loop> loop, std::function<void(Accepted)> accepted) override {
    loop_ = std::move(loop);
    accepted_ = std::move(accepted);
    watch_.emplace(loop_->reactor().context, descriptor_.get());
    wait();
  }

  void stop() override {
    if (!watch_ && descriptor_.get() < 0) return;
    if (watch_) {
      watch_->release();  // cancels the wait; the descriptor stays ours
      watch_.reset();
    }
    ::close(descriptor_.release());
    if (!path_.empty()) ::unlink(path_.c_str());
    accepted_ = nullptr;
  }

 private:
  using Watch = boost::asio::posix::basic_stream_descriptor<Loop::Reactor::Executor>;

  void wait() {
    watch_->async_wait(Watch::wait_read, [keep = shared_from_this()](boost::system::error_code error) {
      if (error || !keep->watch_) return;
      Loop::Turn turn(*keep->loop_);
      keep->accept_some();
    });
  }

  void accept_some() {
    for (int count = 0; count < 64; ++count) {  // then those who are connected get their turn
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const int taken =
          ::accept4(descriptor_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (taken >= 0) {
        accepted_({taken, address.ss_family, peer_name(address)});
        continue;
      }
      if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      return pause(errno);
    }
    wait();
  }

  // Out of descriptors or memory: those who wait in the backlog are served when there is room again.
  void pause(int error) {
    base::log::warning("Cannot accept a connection.", {{"error", std::strerror(error)}});
    loop_->after(std::chrono::milliseconds(100), [keep = shared_from_this()] {
      if (keep->watch_) keep->accept_some();
    });
  }

  Descriptor descriptor_;
  const std::uint16_t port_;
  const std::string path_;
  std::shared_ptr<Loop> loop_;
  std::optional<Watch> watch_;
  std::function<void(Accepted)> accepted_;
};

std::uint16_t bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

// A socket file that nobody listens on any more is left over from a killed process.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (!S_ISSOCK(found.st_mode))
    throw std::runtime_error("cannot listen on " + path + ": a file that is no socket is in the way");
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) fail(path, EADDRINUSE);
  ::unlink(path.c_str());
}

}  // namespace

std::shared_ptr<Listener> Listener::tcp(const std::string& address, std::uint16_t port) {
  const std::string where = (address.contains(':') ? "[" + address + "]" : address) + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.empty() ? nullptr : address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed) throw std::runtime_error("cannot listen on " + where + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  Descriptor descriptor(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) fail(where, errno);
  set_option(descriptor.get(), SOL_SOCKET, SO_REUSEADDR);
  // Connections inherit these two. An answer is one write, so it need not wait for more; and of a slow reader's queue the
  // kernel takes little beyond what is on its way, so that buffered() and the caps see it.
  set_option(descriptor.get(), IPPROTO_TCP, TCP_NODELAY);
  set_option(descriptor.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_in_kernel);
  if (::bind(descriptor.get(), found->ai_addr, found->ai_addrlen) != 0) fail(where, errno);
  if (::listen(descriptor.get(), backlog) != 0) fail(where, errno);
  const std::uint16_t bound = bound_port(descriptor.get());
  return std::make_shared<SocketListener>(descriptor.release(), bound, "");
}

std::shared_ptr<Listener> Listener::unix_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("cannot listen on " + path + ": the path of a Unix socket has at most " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes; choose a shorter one");
  path.copy(address.sun_path, path.size());
  remove_stale(path, address);
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) fail(path, errno);
  if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(path, errno);
  // Before listen: until then nobody can connect, so there is no moment at which others could.
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) fail(path, errno);
  if (::listen(descriptor.get(), backlog) != 0) fail(path, errno);
  return std::make_shared<SocketListener>(descriptor.release(), std::uint16_t{0}, path);
}

}  // namespace net
