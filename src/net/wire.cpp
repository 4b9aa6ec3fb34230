#include "net/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cerrno>

#include "net/reactor.h"

namespace net {
namespace {

class PlainWire final : public Wire {
 public:
  PlainWire(Loop& loop, int descriptor, int family) : socket_(loop.reactor().context) {
    socket_.assign(boost::asio::generic::stream_protocol(family, 0), descriptor);
    socket_.non_blocking(true);
  }

  void read(std::span<char> into, std::shared_ptr<Waiter> waiter) override {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                            [waiter = std::move(waiter)](boost::system::error_code error, std::size_t count) {
                              waiter->readable(!error || error == boost::asio::error::eof, count);
                            });
  }

  long read_now(std::span<char> into) override {
    for (;;) {
      const ssize_t count = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
      if (count >= 0) return count;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return would_block;
      if (errno != EINTR) return broken;
    }
  }

  long write_now(const iovec* vectors, int count) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors);
    message.msg_iovlen = static_cast<std::size_t>(count);
    for (;;) {
      const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
      if (sent >= 0) return sent;
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return would_block;
      if (errno != EINTR) return broken;
    }
  }

  void wait_writable(std::shared_ptr<Waiter> waiter) override {
    socket_.async_wait(Socket::wait_write,
                       [waiter = std::move(waiter)](boost::system::error_code error) { waiter->writable(!error); });
  }

  void end_of_writing() override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Loop::Reactor::Executor>;
  Socket socket_;
};

}  // namespace

std::unique_ptr<Wire> open_wire(Loop& loop, int descriptor, int family) {
  try {
    return std::make_unique<PlainWire>(loop, descriptor, family);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
}

}  // namespace net
