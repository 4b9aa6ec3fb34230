#include <iomanip>
#include <iostream>

#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"
#include "main/offline.h"

namespace program {

namespace {

struct Order {
  std::string tenant, reader, action;
};
RECORD(Order, tenant, reader, action)
RECORD_TYPE(Order, "A reader to mend.")
struct Line {
  std::string tenant, reader, state;
  std::int64_t seq = 0, head = 0, failures = 0;
  std::string error;
};
RECORD(Line, tenant, reader, state, seq, head, failures, error)
RECORD_TYPE(Line, "A reader of one business's log.")
struct Lines {
  std::vector<Line> data;
};
RECORD(Lines, data)
RECORD_TYPE(Lines, "All readers.")

Lines look(core::Daybook& daybook) {
  Lines lines;
  for (auto& s : daybook.readers().status())
    lines.data.push_back({s.tenant, s.reader, std::string(core::text(s.state)), s.seq, s.head, s.failures, s.error});
  return lines;
}

Lines mend(core::Daybook& daybook, const std::shared_ptr<core::Tenant>& tenant, const ReaderWish& wish) {
  auto& readers = daybook.readers();
  must(wish.action == "retry"  ? readers.retry(tenant, wish.reader)
       : wish.action == "skip" ? readers.skip(tenant, wish.reader)
                               : readers.rebuild(tenant, wish.reader));
  return look(daybook);
}

void print(const Lines& lines, const std::string& tenant) {
  std::cout << std::left << std::setw(20) << "TENANT" << std::setw(28) << "READER" << std::setw(12) << "STATE" << std::setw(16)
            << "READ" << "ERROR\n";
  for (auto& line : lines.data)
    if (tenant.empty() || line.tenant == tenant)
      std::cout << std::setw(20) << line.tenant << std::setw(28) << line.reader << std::setw(12) << line.state << std::setw(16)
                << std::to_string(line.seq) + '/' + std::to_string(line.head) << line.error << '\n';
}

}  // namespace

int mend_reader(const Configuration& configuration, const ReaderWish& wish) {
  const bool listing = wish.action == "list";
  if (auto control = Control::of(place_of(configuration.text("data")))) {
    const auto body =
        listing ? control->call("GET", "/control/readers")
                : control->call("POST", "/control/reader", reflect::to_json(Order{wish.tenant, wish.reader, wish.action}));
    print(must(reflect::from_json<Lines>(body, reflect::Read::stored)), wish.tenant);
    return 0;
  }
  Offline offline(configuration);
  offline.daybook().readers().start();
  print(listing ? look(offline.daybook()) : mend(offline.daybook(), offline.tenant(wish.tenant), wish), wish.tenant);
  return 0;
}

}  // namespace program
