#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/daybook.h"
#include "edge/live.h"
#include "edge/router.h"
#include "net/server.h"

namespace edge {

// What operators watch, in Prometheus' text format: requests by route (buckets as OpenTelemetry advises for
// http.server.request.duration), and what server, writer, readers and process say of themselves when asked.
class Metrics {
 public:
  Metrics(core::Daybook&, const Live&, const Router&);
  ~Metrics();
  void attach(const net::Server* server) { server_ = server; }  // null: none
  // One answered request; a null route: one that no route took.
  void answered(const Route*, int status, std::chrono::steady_clock::duration);
  std::string text() const;

 private:
  struct Registered;
  static constexpr std::size_t classes = 5;  // 1xx … 5xx
  core::Daybook& daybook_;
  const Live& live_;
  const Router& router_;
  std::atomic<const net::Server*> server_ = nullptr;
  std::unique_ptr<Registered> registered_;
};

}  // namespace edge
