#include "net/tls_wire.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "net/reactor.h"

namespace net {
namespace {

constexpr std::size_t record_bytes = 16 * 1024;
constexpr unsigned char handshake_record = 0x16;
constexpr std::size_t hello_head = 9;  // of the record 5 (RFC 8446 §5.1), of the ClientHello in it 4 (§4)

// The socket beneath an SSL. OpenSSL's own one would raise SIGPIPE.
struct Link {
  int descriptor = -1;
  unsigned char early[hello_head];  // read before there was an SSL to read it
  std::size_t early_size = 0, early_used = 0;

  long receive(char* into, std::size_t size) {
    if (early_used < early_size) {
      const std::size_t count = std::min(size, early_size - early_used);
      std::memcpy(into, early + early_used, count);
      early_used += count;
      return static_cast<long>(count);
    }
    for (;;) {
      const ssize_t count = ::recv(descriptor, into, size, 0);
      if (count >= 0) return count;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return Wire::would_block;
      if (errno != EINTR) return Wire::broken;
    }
  }
  // The first bytes, up to hello_head of them in all.
  long receive_head() {
    for (;;) {
      const ssize_t count = ::recv(descriptor, early + early_size, hello_head - early_size, 0);
      if (count >= 0) return early_size += static_cast<std::size_t>(count), count;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return Wire::would_block;
      if (errno != EINTR) return Wire::broken;
    }
  }
  long send(const char* bytes, std::size_t size) const {
    for (;;) {
      const ssize_t sent = ::send(descriptor, bytes, size, MSG_NOSIGNAL);
      if (sent >= 0) return sent;
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return Wire::would_block;
      if (errno != EINTR) return Wire::broken;
    }
  }
};

int link_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const long count = static_cast<Link*>(BIO_get_data(bio))->receive(into, static_cast<std::size_t>(size));
  if (count == Wire::would_block) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return count < 0 ? -1 : static_cast<int>(count);
}

int link_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const long count = static_cast<Link*>(BIO_get_data(bio))->send(bytes, static_cast<std::size_t>(size));
  if (count == Wire::would_block) BIO_set_retry_write(bio);
  return count < 0 ? -1 : static_cast<int>(count);
}

long link_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

const BIO_METHOD* link_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    BIO_meth_set_read(made, link_read);
    BIO_meth_set_write(made, link_write);
    BIO_meth_set_ctrl(made, link_control);
    return made;
  }();
  return method;
}

bool looks_like_http(unsigned char first) { return first >= 'A' && first <= 'Z'; }

// Of a ClientHello that is announced larger than any real one: OpenSSL would reserve it on its word.
bool too_large(const unsigned char* head) {
  const std::size_t size = static_cast<std::size_t>(head[6]) << 16 | static_cast<std::size_t>(head[7]) << 8 | head[8];
  return head[5] != 1 || size > TlsWire::max_hello;
}

class SecureWire final : public TlsWire {
 public:
  SecureWire(Loop& loop, int descriptor, int family) : loop_(loop), socket_(loop.reactor().context) {
    socket_.assign(boost::asio::generic::stream_protocol(family, 0), descriptor);
    socket_.non_blocking(true);
    link_.descriptor = descriptor;
  }

  bool secure() const override { return true; }

  Step handshake(const Tls& tls) override {
    if (!ssl_) {
      const Step step = read_head();
      if (step != Step::done) return step;
      begin(tls);
    }
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return established_ = true, Step::done;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Step::read;
      case SSL_ERROR_WANT_WRITE:
        return Step::write;
      default:
        const char* reason = ERR_reason_error_string(ERR_peek_last_error());
        why_ = reason ? reason : "the peer has left";
        return Step::failed;
    }
  }

  bool begun() const override { return ssl_ != nullptr; }
  std::string why() const override { return why_; }

  void wait(Step what, std::function<void(bool)> ready) override {
    socket_.async_wait(what == Step::write ? Socket::wait_write : Socket::wait_read,
                       [ready = std::move(ready)](boost::system::error_code error) { ready(!error); });
  }

  void say_plainly(std::string_view bytes) override {
    (void)link_.send(bytes.data(), bytes.size());
    ::shutdown(link_.descriptor, SHUT_WR);
    char unread[4096];  // what stays unread would reset the connection before the answer is read
    (void)link_.receive(unread, sizeof unread);
  }

  void read(std::span<char> into, std::shared_ptr<Waiter> waiter) override {
    const long count = read_now(into);  // what is decrypted already wakes nobody
    if (count == would_block) return wait_for_record(into, std::move(waiter));
    boost::asio::post(loop_.reactor().context, [waiter = std::move(waiter), count] { tell(*waiter, count); });
  }

  long read_now(std::span<char> into) override {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
    return count > 0 ? count : failure(count);
  }

  // A record holds up to 16 KiB: small pieces are put together, so that an answer of many is one.
  long write_now(const iovec* vectors, int count) override {
    const char* bytes = static_cast<const char*>(vectors[0].iov_base);
    std::size_t size = vectors[0].iov_len;
    if (size < record_bytes && count > 1) {
      char* const joined = loop_.scratch().data();
      size = 0;
      for (int i = 0; i < count && size < record_bytes; ++i) {
        const std::size_t part = std::min(vectors[i].iov_len, record_bytes - size);
        std::memcpy(joined + size, vectors[i].iov_base, part);
        size += part;
      }
      bytes = joined;
    }
    ERR_clear_error();
    const int sent = SSL_write(ssl_.get(), bytes, static_cast<int>(std::min(size, record_bytes)));
    return sent > 0 ? sent : failure(sent);
  }

  void wait_writable(std::shared_ptr<Waiter> waiter) override {
    socket_.async_wait(Socket::wait_write,
                       [waiter = std::move(waiter)](boost::system::error_code error) { waiter->writable(!error); });
  }

  void end_of_writing() override {
    say_goodbye();
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() override {
    say_goodbye();
    boost::system::error_code ignored;
    socket_.close(ignored);
    link_.descriptor = -1;
  }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Loop::Reactor::Executor>;
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // The first bytes, before anything of OpenSSL is made for a peer: done when they may begin a handshake.
  Step read_head() {
    const long count = link_.receive_head();
    if (count == broken || count == 0) return why_ = "the peer has left", Step::failed;
    if (link_.early_size > 0 && link_.early[0] != handshake_record) {
      why_ = "the peer does not speak TLS";
      return looks_like_http(link_.early[0]) ? Step::plain : Step::failed;
    }
    if (link_.early_size < hello_head) return Step::read;
    if (!too_large(link_.early)) return Step::done;
    why_ = "the first message is no ClientHello of a sensible size";
    return Step::failed;
  }

  void begin(const Tls& tls) {
    const Tls::Context context = tls.context();
    ssl_.reset(SSL_new(context.get()));  // holds the context for as long as it lives
    BIO* bio = ssl_ ? BIO_new(link_method()) : nullptr;
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio, &link_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
  }

  long failure(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return would_block;
      case SSL_ERROR_ZERO_RETURN:
        return 0;
      default:
        broken_ = true;  // OpenSSL must not be asked for anything more
        return broken;
    }
  }

  static void tell(Waiter& waiter, long count) {
    waiter.readable(count != broken, count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  void wait_for_record(std::span<char> into, std::shared_ptr<Waiter> waiter) {
    socket_.async_wait(Socket::wait_read, [this, into, waiter = std::move(waiter)](boost::system::error_code error) mutable {
      const long count = error ? broken : read_now(into);                         // the waiter owns this wire
      if (count == would_block) return wait_for_record(into, std::move(waiter));  // half a record
      tell(*waiter, count);
    });
  }

  // close_notify (RFC 8446 §6.1), once; where it does not fit the kernel's buffer the peer does without.
  void say_goodbye() {
    if (!established_ || broken_ || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0 || !socket_.is_open()) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  Loop& loop_;
  Socket socket_;
  Link link_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string why_;
  bool established_ = false, broken_ = false;
};

}  // namespace

std::unique_ptr<TlsWire> open_tls_wire(Loop& loop, int descriptor, int family) {
  try {
    return std::make_unique<SecureWire>(loop, descriptor, family);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
}

}  // namespace net
