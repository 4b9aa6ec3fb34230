#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "edge/live_hub.h"
#include "edge/live_loop.h"
#include "edge/pos_messages.h"

namespace edge {

inline constexpr std::string_view pos_path = "/ws/pos/";

// Decides about a handshake of /ws/pos/{tenant}.
net::Handler::Upgrade open_pos(const std::shared_ptr<Live::Hub>&, const net::Request&);

// Close codes of a socket (platform.md §5.1): up to 4099, do not come back unchanged.
namespace close_code {
inline constexpr std::uint16_t restart = 1012, bad_token = 4000, bad_frame = 4001, forbidden = 4003, no_auth = 4006,
                               server_error = 4100, slow = 4103;
}

// One terminal: says who it is, then follows the orders.
class PosSocket final : public Follower {
 public:
  struct Terminal {
    std::string slug;                     // of the path
    std::string token;                    // of the handshake, "" when it comes with the first message
    std::optional<core::Position> after;  // of the URL
  };
  PosSocket(Loop&, std::shared_ptr<net::Socket>, Terminal);
  ~PosSocket() override;
  void open();

  std::size_t buffered() const override { return socket_->buffered(); }
  void take(Entry&) override;
  void mark(bool live) override;
  void lost(std::string_view reason) override;
  void recheck() override;
  void close(Why) override;

 private:
  void message(std::string_view);
  void auth(const PosClient&);
  bool sign_in(std::string token);  // false: closed
  void begin(const std::optional<core::Position>& wanted);
  void resume(const PosClient&);
  void acknowledge(const PosClient&);
  enum class Say : std::uint8_t { resumed, nothing };
  void start_at(const core::Position&, Say);
  void sync_required(std::string_view reason);
  void send(std::string text);
  void close_with(std::uint16_t code, std::string_view reason);

  Loop& loop_;
  std::shared_ptr<net::Socket> socket_;
  Terminal terminal_;
  core::Actor actor_;
  bool signed_in_ = false;
  std::int64_t prev_ = 0;    // of the next message: the last number sent
  std::int64_t acked_ = -1;  // since the last start
};

}  // namespace edge
