#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "main/failure.h"
#include "main/sheet.h"
#include "modules/settings/settings.h"

// What other programs have written down, read from CSV files whose headers are mapped by name (docs/operating.md).
namespace program {

enum class ImportWhat : std::uint8_t { catalog, orders };
ENUM(ImportWhat, catalog, orders)
enum class OnError : std::uint8_t { stop, skip };
ENUM(OnError, stop, skip)

struct ImportOrder {
  ImportWhat what = ImportWhat::catalog;
  std::string file;  // an absolute path: the server reads it itself
  std::string tenant;
  std::optional<std::string> location;     // a name or an id; left out: the first
  std::optional<std::string> source;       // of ids; left out: the file's name
  std::map<std::string, std::string> map;  // field -> header
  std::int64_t batch = 0;                  // things in one transaction; 0: all items, or 100 orders
  OnError on_error = OnError::stop;
  bool leave_open = false;  // of orders: not completed
};
RECORD(ImportOrder, what, file, tenant, location, source, map, batch, on_error, leave_open)

struct ImportReport {
  bool complete = true;  // false: it stopped at `stopped`; batches before that are kept
  std::string stopped;
  std::int64_t lines = 0, made = 0, there_already = 0, left_out = 0;
  std::vector<Complaint> complaints;  // lines and orders that were left out, or stood in the way
  std::vector<std::string> remarks;
};
RECORD(ImportReport, complete, stopped, lines, made, there_already, left_out, complaints, remarks)

// Executes it; blocks until the last batch has committed. Throws Failure when the file, the business or the columns are not
// there.
ImportReport import_file(core::Daybook&, const ImportOrder&);

// ---- shared by the kinds of import -------------------------------------------------------------------------------------

struct ImportWork {
  core::Daybook& daybook;
  std::shared_ptr<core::Tenant> tenant;
  settings::Location location;
  const ImportOrder& order;
  std::string source;
  ImportReport& report;

  // 16 bytes that the same thing of the same source always gets; `unix_ms` sorts them by time.
  base::Bits128 id_of(std::string_view kind, std::string_view key, std::int64_t unix_ms) const;
  void complain(std::size_t line, std::string text) const;
  // Are there complaints already, and does one end it? Then nothing is imported at all; else they are lines left out.
  bool stops_at_complaints() const;
  // One batch: all of `steps` or, when it stops at an error, none. False: the import ends here.
  bool run_batch(const std::function<base::Result<>(core::Batch&, ImportReport&)>& steps) const;
};
void import_catalog(const ImportWork&, const std::string& text);
void import_orders(const ImportWork&, const std::string& text);

}  // namespace program
