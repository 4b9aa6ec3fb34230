#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/daybook.h"
#include "edge/control.h"
#include "edge/cors.h"
#include "edge/documentation.h"
#include "edge/errands.h"
#include "edge/exchange.h"
#include "edge/last_use.h"
#include "edge/live.h"
#include "edge/metrics.h"
#include "edge/router.h"
#include "edge/stranger.h"
#include "edge/who.h"
#include "net/http.h"
#include "net/server.h"

// The outside of a daybook: what comes in over HTTP becomes a call of the kernel, in one pipeline for every route.
namespace edge {

class Edge final : public net::Handler {
 public:
  struct Options {
    bool diagnostics = false;                    // shown on every page
    std::vector<std::string> cors_origins = {};  // exact: "https://shop.example"
    std::string version = {};
  };
  // Before daybook.start(): it listens to the commits. Outlives daybook.stop() and the server's threads.
  Edge(core::Daybook&, Options);
  ~Edge() override;
  void attach(net::Server&, std::string listen = {});  // once, before server.start(); `listen` for the control socket's status
  void drain();                                        // before server.stop(): answers who waits, ends the streams
  void detach();                                       // after server.stop(), before daybook.stop()
  void set_ready(bool ready) { ready_ = ready; }       // /readyz: migrations and the demo have committed

  void request(net::Request&&, net::Reply) override;
  bool streams(const net::Request&) override;
  void stream(net::Request&&, std::function<void(StreamAnswer)> decide) override;
  void upgrade(net::Request&&, std::function<void(Upgrade)> decide) override;

  const Router& router() const { return router_; }
  const std::string& openapi() const { return documentation_.openapi(); }

 private:
  void serve(const ExchangePtr&);
  base::Result<> admit(Exchange&);
  base::Result<> find_route(Exchange&) const;
  base::Result<> find_out_who(Exchange&);
  base::Result<> admit_stranger(Exchange&);
  base::Result<> find_business(Exchange&);
  static base::Result<> ask_may(const Exchange&);
  static base::Result<> read_conditions(Exchange&);
  void wait_for_position(const ExchangePtr&);
  void execute(const ExchangePtr&);
  void run_command(const ExchangePtr&);
  void run_query(const ExchangePtr&);
  void queried(const ExchangePtr&, base::Result<core::Answer>);
  void run_procedure(const ExchangePtr&);

  void finish(const ExchangePtr&, base::Result<core::Answer>);
  void send(const ExchangePtr&, net::Response);
  void own_page(const ExchangePtr&);
  net::Response readiness();
  // Runs a step; what it throws becomes an answer.
  void guarded(const ExchangePtr&, const std::function<void()>& step);

  core::Daybook& daybook_;
  Options options_;
  Router router_;
  Credentials credentials_;
  Failures failures_;
  LastUse last_use_;
  Cors cors_;
  Documentation documentation_;
  Live live_;
  Metrics metrics_;
  Control control_;
  std::atomic<net::Server*> server_ = nullptr;
  std::atomic<bool> ready_ = false;
  std::atomic<std::uint64_t> failed_groups_seen_ = 0, groups_seen_ = 0;
  Errands errands_;  // last: its threads end before the rest goes
};

}  // namespace edge
