#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/daybook.h"

namespace kit {

// Waits until every reader of the tenant has read its whole log; a failure of the test after 5 s.
inline void settle(core::Daybook& daybook, const core::Tenant& tenant) {
  for (int i = 0; i < 5000; ++i) {
    const auto head = tenant.head().seq;
    bool behind = false;
    for (const auto* reader : daybook.registry().readers()) behind |= daybook.readers().cursor(tenant, reader->name) < head;
    if (!behind && head == tenant.head().seq) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "the readers did not come to the end of the log";
}

}  // namespace kit
