#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "edge/live_hub.h"
#include "edge/live_loop.h"

namespace edge {

inline constexpr std::string_view sse_path = "/api/v1/daybook/stream";

// Decides about a stream: a problem, or one that starts behind the position that the request names.
net::Handler::StreamAnswer open_sse(const std::shared_ptr<Live::Hub>&, const net::Request&, core::Actor,
                                    const std::shared_ptr<core::Tenant>&, std::string_view request_id);

// GET /api/v1/daybook/stream: the entries of the log as they are committed.
class SseStream final : public Follower {
 public:
  struct Reader {
    core::Actor actor;
    std::shared_ptr<core::Tenant> tenant;
    std::string token;  // asked about again when rights may have changed; "" when it came another way
    std::string types;  // comma list
    core::Position after;
  };
  SseStream(Loop&, std::shared_ptr<net::Stream>, Reader);
  ~SseStream() override;
  void open();

  std::size_t buffered() const override { return stream_->buffered(); }
  void take(Entry&) override;
  void mark(bool live) override;
  void lost(std::string_view reason) override;
  void heartbeat() override;
  void recheck() override;
  void close(Why) override;

 private:
  void write(std::shared_ptr<const std::string>);

  Loop& loop_;
  std::shared_ptr<net::Stream> stream_;
  Reader reader_;
};

}  // namespace edge
