// Not tests themselves: what the tests of this floor share (kit.h).
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "net/ascii.h"
#include "net/tests/kit.h"

namespace net::test {
namespace {

constexpr int patience_ms = 10'000;

bool wait_for(int descriptor, short what, int milliseconds) {
  pollfd one{.fd = descriptor, .events = what, .revents = 0};
  return ::poll(&one, 1, milliseconds) > 0;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
    const std::size_t start = at + 2;
    at = head.find("\r\n", start);
    const std::string_view line = std::string_view(head).substr(start, at - start);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && same_ignoring_case(line.substr(0, colon), name))
      return std::string(trimmed(line.substr(colon + 1)));
  }
  return {};
}

bool over_tls() {
  static const bool wanted = std::getenv("DAYBOOK_NET_TLS") != nullptr;
  return wanted;
}

namespace {

int connected(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ADD_FAILURE() << "no connection";
  return descriptor;
}

}  // namespace

Raw::Raw(std::uint16_t port) : descriptor_(connected(port)) {
  if (over_tls()) tls_ = shake_hands(descriptor_, {});
}

Raw::Raw(std::uint16_t port, const TlsClient& tls) : descriptor_(connected(port)), tls_(shake_hands(descriptor_, tls)) {}

Raw::Raw(const std::string& unix_path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    ADD_FAILURE() << "no connection";
}

Raw::~Raw() { ::close(descriptor_); }

bool Raw::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(descriptor_, POLLOUT, patience_ms)) return false;
    ssize_t sent = 0;
    if (tls_) {
      const std::lock_guard lock(tls_mutex_);
      ERR_clear_error();
      const int count = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
      const int why = SSL_get_error(tls_.get(), count);
      if (count <= 0 && why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ) return false;
      sent = std::max(count, 0);
    } else {
      sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) continue;
      if (sent < 0) return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Raw::end_of_writing() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(descriptor_, SHUT_WR);
}

void Raw::receive_buffer(int bytes) { ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

long Raw::receive(char* into, std::size_t room, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  for (;;) {
    if (tls_) {
      const std::lock_guard lock(tls_mutex_);
      ERR_clear_error();
      const int count = SSL_read(tls_.get(), into, static_cast<int>(room));
      if (count > 0) return count;
      if (SSL_get_error(tls_.get(), count) != SSL_ERROR_WANT_READ) return 0;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0 || !wait_for(descriptor_, POLLIN, static_cast<int>(left))) return -1;
    if (!tls_) return std::max<ssize_t>(::recv(descriptor_, into, room, 0), 0);
  }
}

bool Raw::more() {
  char buffer[65536];
  const long count = receive(buffer, sizeof buffer, std::chrono::milliseconds(patience_ms));
  if (count < 0) return ADD_FAILURE() << "nothing came", false;
  in_.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

std::string Raw::read(std::size_t count) {
  while (in_.size() < count && more()) {
  }
  std::string out = in_.substr(0, count);
  in_.erase(0, out.size());
  return out;
}

std::string Raw::read_to_end() {
  while (more()) {
  }
  return std::exchange(in_, {});
}

std::string Raw::read_until(std::string_view mark) {
  while (in_.find(mark) == std::string::npos)
    if (!more()) return {};
  return read(in_.find(mark) + mark.size());
}

Answer Raw::answer(bool has_body) {
  Answer answer;
  answer.head = read_until("\r\n\r\n");
  if (answer.head.size() < 12) return {};
  answer.status = std::stoi(answer.head.substr(9, 3));
  if (!has_body || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
  if (answer.header("transfer-encoding") == "chunked") {
    for (;;) {
      const std::string line = read_until("\r\n");
      if (line.empty()) return {};
      const std::size_t size = std::stoul(line, nullptr, 16);
      answer.body += read(size);
      read(2);
      if (size == 0) return answer;
    }
  }
  const std::string length = answer.header("content-length");
  answer.body = length.empty() ? read_to_end() : read(std::stoul(length));
  return length.empty() || answer.body.size() == std::stoul(length) ? answer : Answer{};
}

bool Raw::ended(std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  char buffer[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    const long count = left.count() > 0 ? receive(buffer, sizeof buffer, left) : -1;
    if (count <= 0) return count == 0;
  }
}

bool eventually(const std::function<bool()>& true_now) {
  for (int i = 0; i < 1000; ++i) {
    if (true_now()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

std::string masked_frame(int first_byte, std::string_view payload, std::uint32_t mask) {
  std::string out{static_cast<char>(first_byte)};
  const int extra = payload.size() < 126 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  out += static_cast<char>(0x80 | (extra == 0 ? static_cast<int>(payload.size()) : extra == 2 ? 126 : 127));
  for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  for (int i = 3; i >= 0; --i) out += static_cast<char>(mask >> (8 * i) & 0xff);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ static_cast<char>(mask >> (8 * (3 - i % 4)) & 0xff));
  return out;
}

Frame read_frame(Raw& raw) {
  const std::string head = raw.read(2);
  if (head.size() < 2) return {};
  std::uint64_t size = static_cast<unsigned char>(head[1]);
  EXPECT_LT(size, 128u) << "a server must not mask";
  if (size >= 126) {
    const std::string extra = raw.read(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : extra) size = size << 8 | static_cast<unsigned char>(c);
  }
  return {static_cast<unsigned char>(head[0]), raw.read(size)};
}

std::string upgrade_request(std::string_view path, std::string_view more) {
  return get(path,
             "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 std::string(more));
}

}  // namespace net::test
