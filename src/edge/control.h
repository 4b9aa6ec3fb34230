#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "core/daybook.h"
#include "edge/errands.h"
#include "net/http.h"

// What the command line asks of a running server, over the socket in its own directory (0600: the file's rights are the
// credential). POST /control/token, /control/run, /control/tenant, /control/reader, /control/backup; GET /control/readers,
// /control/status.
namespace edge {

class Control {
 public:
  Control(core::Daybook&, std::string version);
  void set_listen(std::string address);
  // Is this request for it? Over the network there is no such route.
  static bool takes(const net::Request&);
  void handle(net::Request&&, net::Reply, Errands&);

 private:
  using Action = base::Result<std::string> (Control::*)(const std::string& body);
  static Action action_of(const net::Request&);
  base::Result<std::string> token(const std::string& body);
  base::Result<std::string> run_any(const std::string& body);
  base::Result<std::string> run(const std::string& tenant, std::string_view command, std::string_view input);
  base::Result<std::string> tenant(const std::string& body);
  base::Result<std::string> mend_reader(const std::string& body);
  base::Result<std::string> backup(const std::string& body);
  base::Result<std::string> readers(const std::string& body);
  base::Result<std::string> status(const std::string& body);
  base::Result<std::shared_ptr<core::Tenant>> find(const std::string& slug) const;

  core::Daybook& daybook_;
  std::string version_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::string listen_;
};

}  // namespace edge
