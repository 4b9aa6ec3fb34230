#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/loop.h"

// The Asio side of a loop. Included by the few .cpp files that speak Asio, by no other header.
namespace net {

struct Loop::Reactor {
  using Executor = boost::asio::io_context::executor_type;  // a type of its own: no type-erased executor per operation
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<Executor> guard{context.get_executor()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer{context};
};

}  // namespace net
