#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Plain values between the network and the edge. Asio, Beast and OpenSSL stay in net/*.cpp.
namespace net {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET", upper case
  std::string path;    // as received, still percent-encoded
  std::string query;   // without "?"
  Headers headers;     // names as received
  std::string body;
  std::string peer;                                      // "127.0.0.1"
  bool secure = false;                                   // came over TLS
  std::string_view header(std::string_view name) const;  // case-insensitive; "" when absent
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date, Connection, Content-Encoding are the server's
  std::string body;
  std::shared_ptr<const std::string> shared = {};  // instead of body, for what many readers get
  bool close = false;
};

// Answers once, from any thread. Dropping it unanswered answers 500.
class Reply {
 public:
  struct Target {
    virtual ~Target() = default;
    virtual void answer(Response) = 0;
    virtual bool alive() const = 0;  // is somebody still waiting?
    virtual std::size_t thread() const = 0;
  };
  Reply() = default;
  explicit Reply(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept;
  ~Reply();
  void operator()(Response) &&;
  bool alive() const { return target_ && target_->alive(); }
  std::size_t thread() const { return target_->thread(); }  // the server thread that owns the connection, from 0

 private:
  std::shared_ptr<Target> target_;
};

// A response without an end: Server-Sent Events. All calls and callbacks on the connection's own server thread.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void write(std::shared_ptr<const std::string>) = 0;
  virtual std::size_t buffered() const = 0;            // bytes not yet taken by the kernel
  virtual void on_drained(std::function<void()>) = 0;  // whenever buffered() falls to 0
  virtual void on_closed(std::function<void()>) = 0;
  virtual void close() = 0;
  virtual std::size_t thread() const = 0;
};

// A WebSocket (RFC 6455) after its handshake. All calls and callbacks on the connection's own server thread.
class Socket {
 public:
  virtual ~Socket() = default;
  virtual void send(std::shared_ptr<const std::string> text) = 0;
  virtual void send_binary(std::shared_ptr<const std::string> bytes) = 0;
  virtual std::size_t buffered() const = 0;
  virtual void on_message(std::function<void(std::string_view text)>) = 0;
  virtual void on_binary(std::function<void(std::string_view bytes)>) = 0;  // where Upgrade says `binary`; else close 1003
  virtual void on_drained(std::function<void()>) = 0;
  virtual void on_closed(std::function<void(std::uint16_t code)>) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;  // handshake bounded to 5 s
  virtual std::int64_t idle_ms() const = 0;                             // since the last frame of the peer, pongs included
  virtual std::size_t thread() const = 0;
  virtual const std::string& peer() const = 0;
};

// What the server asks. Called on server threads; must not block.
struct Handler {
  virtual ~Handler() = default;
  virtual void request(Request&&, Reply) = 0;
  // Server-Sent Events: for a request that `streams`, `stream` decides (once, from any thread) between an ordinary answer and
  // 200 with these headers, after which `opened` gets the stream on its thread.
  virtual bool streams(const Request&) = 0;
  struct StreamAnswer {
    std::optional<Response> refused;
    Headers headers;
    std::function<void(std::shared_ptr<Stream>)> opened;
  };
  virtual void stream(Request&&, std::function<void(StreamAnswer)> decide) = 0;
  // A WebSocket handshake; the same way.
  struct Upgrade {
    std::optional<Response> refused;    // 401, 403, 404, 426 … instead of the handshake
    std::string subprotocol;            // chosen among those offered; empty: none
    std::size_t max_message_bytes = 0;  // of the peer's messages; 0: as the server has it
    bool binary = false;                // binary messages are taken, too
    std::function<void(std::shared_ptr<Socket>)> opened;
  };
  virtual void upgrade(Request&&, std::function<void(Upgrade)> decide) = 0;
};

}  // namespace net
