#pragma once
#include <atomic>
#include <mutex>
#include <thread>

#include "core/daybook.h"
#include "edge/edge.h"
#include "main/trust_page.h"

namespace program {

// The clock of a running server. Tests may move it (--diagnostics); nobody else does.
class ServerClock {
 public:
  base::Instant now() const;
  void advance(std::chrono::microseconds by) { offset_ += by.count(); }

 private:
  std::atomic<std::int64_t> offset_ = 0;  // microseconds
};

// Stands before the edge and takes what only the program itself can answer: an import sent over the control socket (the edge
// knows no CSV files), the page that tells how to trust the server, and what --diagnostics adds. Everything else goes on to the
// edge.
class Front final : public net::Handler {
 public:
  Front(core::Daybook&, edge::Edge&, ServerClock&, TrustPage, bool diagnostics);
  ~Front() override;
  void request(net::Request&&, net::Reply) override;
  bool streams(const net::Request& request) override { return edge_.streams(request); }
  void stream(net::Request&& request, std::function<void(StreamAnswer)> decide) override {
    edge_.stream(std::move(request), std::move(decide));
  }
  void upgrade(net::Request&&, std::function<void(Upgrade)> decide) override;

 private:
  void import(net::Request&&, net::Reply);
  net::Response set_clock(const std::string& body);

  core::Daybook& daybook_;
  edge::Edge& edge_;
  ServerClock& clock_;
  TrustPage trust_page_;
  bool diagnostics_;
  std::mutex mutex_;
  std::thread import_;
  std::atomic<bool> importing_ = false;
};

}  // namespace program
