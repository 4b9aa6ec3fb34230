#include "main/import.h"

#include <algorithm>
#include <iostream>

#include "base/crypto.h"
#include "main/commands.h"
#include "main/control.h"
#include "main/files.h"
#include "main/offline.h"

namespace program {

ENUM_TYPE(ImportWhat, "What a file holds.")
ENUM_TYPE(OnError, "What to do with a line that cannot be imported.")
RECORD_TYPE(ImportOrder, "A file to import.", {"location", "A name or an id."}, {"source", "Of ids."},
            {"map", "Field to header.", defaulted}, {"batch", "Things in one transaction.", defaulted},
            {"on_error", "stop or skip.", defaulted}, {"leave_open", "Of orders.", defaulted})
RECORD_TYPE(ImportReport, "What an import did.")

namespace {

settings::Location find_location(core::Daybook& daybook, core::Tenant& tenant, const std::optional<std::string>& wanted) {
  std::optional<settings::Location> found;
  std::string names;
  daybook.read(tenant, [&](core::View& view) {
    const auto& places = view.cached<settings::Places>(settings::places);
    if (!wanted && places.first()) found = *places.first();
    for (auto& location : places.locations) {
      names += (names.empty() ? "" : ", ") + location.name;
      if (wanted && (location.id.text() == *wanted || folded(location.name) == folded(*wanted))) found = location;
    }
  });
  if (!found) throw Failure("there is no location " + wanted.value_or("at all") + "; there are: " + names);
  return *found;
}

void print(const ImportReport& report, const ImportWish& wish) {
  for (auto& complaint : report.complaints) std::cerr << wish.file << ':' << complaint.line << ": " << complaint.text << '\n';
  for (auto& remark : report.remarks) std::cout << remark << '\n';
  std::cout << report.lines << " lines read; " << report.made << ' ' << (wish.what == "catalog" ? "items" : "orders")
            << " made, " << report.there_already << " there already, " << report.left_out << " left out\n";
  if (!report.complete) std::cerr << "stopped: " << report.stopped << '\n';
}

ImportOrder order_of(const ImportWish& wish) {
  ImportOrder order{.file = std::filesystem::absolute(wish.file).string(),
                    .tenant = wish.tenant,
                    .batch = wish.batch,
                    .leave_open = wish.leave_open};
  order.what = wish.what == "catalog" ? ImportWhat::catalog : ImportWhat::orders;
  order.on_error = wish.skip_errors ? OnError::skip : OnError::stop;
  if (!wish.location.empty()) order.location = wish.location;
  if (!wish.source.empty()) order.source = wish.source;
  for (auto& pair : wish.map) {
    const auto equals = pair.find('=');
    if (equals == 0 || equals == pair.npos)
      throw Failure("--map is FIELD=HEADER, such as price=\"Unit cost\", not " + pair, Exit::usage);
    order.map[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return order;
}

}  // namespace

base::Bits128 ImportWork::id_of(std::string_view kind, std::string_view key, std::int64_t unix_ms) const {
  const auto id = tenant->id.text();
  const auto hash = base::sha256({"daybook import\n", id, "\n", source, "\n", kind, "\n", key});
  base::Bits128 random{};
  std::copy_n(hash.begin(), random.size(), random.begin());
  return base::uuid_v7(std::max<std::int64_t>(unix_ms, 0), random);
}

void ImportWork::complain(std::size_t line, std::string text) const {
  report.complaints.push_back({static_cast<std::int64_t>(line), std::move(text)});
}

bool ImportWork::stops_at_complaints() const {
  const auto lines = std::ssize(report.complaints);
  if (order.on_error == OnError::skip) report.left_out = lines;
  if (order.on_error == OnError::skip || lines == 0) return false;
  report.complete = false;
  report.stopped =
      std::to_string(lines) + " lines cannot be imported; nothing was. Mend them, or leave them out: --on-error skip";
  return true;
}

bool ImportWork::run_batch(const std::function<base::Result<>(core::Batch&, ImportReport&)>& steps) const {
  ImportReport part;
  const auto done = core::all_or_nothing(daybook, tenant, core::Actor::system("import"), [&](core::Batch& batch) {
    part = {};  // it may be called again, from nothing
    return steps(batch, part);
  });
  std::ranges::move(part.complaints, std::back_inserter(report.complaints));
  if (!done) {
    report.complete = false;
    report.stopped = text_of(done.error()) + " Nothing of this batch was kept.";
    return false;
  }
  report.made += part.made;
  report.there_already += part.there_already;
  report.left_out += part.left_out;
  return true;
}

ImportReport import_file(core::Daybook& daybook, const ImportOrder& order) {
  const auto tenant = daybook.tenant(order.tenant);
  if (!tenant) throw Failure("there is no business " + order.tenant);
  ImportReport report;
  const ImportWork work{daybook,
                        tenant,
                        find_location(daybook, *tenant, order.location),
                        order,
                        order.source ? *order.source : std::filesystem::path(order.file).stem().string(),
                        report};
  const auto text = read_file(order.file);
  if (!base::valid_utf8(text))
    throw Failure(order.file + " is not UTF-8; convert it first, for example: iconv -f latin1 -t utf-8");
  if (order.what == ImportWhat::catalog)
    import_catalog(work, text);
  else
    import_orders(work, text);
  return report;
}

int import(const Configuration& configuration, const ImportWish& wish) {
  const auto order = order_of(wish);
  ImportReport report;
  if (auto control = Control::of(place_of(configuration.text("data")))) {
    const auto body = control->call("POST", "/control/import", reflect::to_json(order), std::chrono::hours(2));
    report = must(reflect::from_json<ImportReport>(body, reflect::Read::stored));
  } else {
    Offline offline(configuration);
    (void)offline.tenant(order.tenant);
    offline.daybook().start();  // its projections follow, and its log is copied into the file
    report = import_file(offline.daybook(), order);
  }
  print(report, wish);
  return static_cast<int>(report.complete ? Exit::ok : Exit::failed);
}

}  // namespace program
