#pragma once
#include <functional>
#include <memory>
#include <string>

#include "net/tls.h"
#include "net/wire.h"

namespace net {

// A wire that speaks TLS, as the server. It carries bytes once its handshake is done.
class TlsWire : public Wire {
 public:
  enum class Step : std::uint8_t {
    done,
    read,    // wait until the peer has sent more
    write,   // wait until the peer has read more
    plain,   // the peer speaks no TLS, but what looks like HTTP without it
    failed,  // or the peer has gone; why() says more
  };
  static constexpr std::size_t max_hello = 16 * 1024;

  // Takes the handshake as far as it goes now. The context is asked for when the peer has begun to speak: until then a
  // connection holds no memory of OpenSSL.
  virtual Step handshake(const Tls& tls) = 0;
  virtual bool begun() const = 0;  // does it hold some?
  virtual std::string why() const = 0;
  virtual void wait(Step readable_or_writable, std::function<void(bool ok)> ready) = 0;
  virtual void say_plainly(std::string_view bytes) = 0;  // an answer to Step::plain, at most once
};

// Takes over a connected, non-blocking socket. On the loop's thread.
std::unique_ptr<TlsWire> open_tls_wire(Loop& loop, int descriptor, int family);

}  // namespace net
