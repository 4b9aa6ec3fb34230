#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tx.h"
#include "core/view.h"
#include "reflect/json.h"

// A record with an id and a version that people create, read, list, change and delete: one declaration instead of five
// functions. Marks in RECORD_TYPE say which fields are the program's (`computed`) and which never change (`fixed`).
namespace core {

inline constexpr base::ProblemKind not_found{"resource.not_found", 404, "There is no such thing, or it is not yours."};
inline constexpr base::ProblemKind bad_cursor{"list.cursor", 422, "This cursor was not made by this list."};

enum class Order : std::uint8_t { oldest_first, newest_first };  // of a list, by id (ids are sortable by time)

// The operations that a resource offers by itself; the others are commands of its module.
enum Offers : std::uint8_t { reads = 1, creates = 2, changes = 4, deletes = 8, all = 15 };

struct Resource {
  std::string_view path;       // "/stations"
  std::string_view subject;    // "station": of events and of "station/sta_…"
  std::string_view one, many;  // for sentences: "a station", "stations"
  const char* table;           // "kitchen_station"
  const reflect::Type& (*type)();
  std::uint8_t offers = all;
  std::string_view read_permission, write_permission;
  std::vector<std::string_view> filters = {};  // columns that a list can be filtered by (text or boolean)
  std::vector<std::pair<std::string_view, std::string_view>> defaults = {};  // of filters: {"state", "queued,started"}
  Order order = Order::oldest_first;
  // A rule over the whole record before it is written (references exist, ranges make sense), and what it derives.
  // `before` is null at creation; `after` is null at deletion.
  base::Result<> (*check)(Tx&, const Actor&, const void* before, void* after) = nullptr;
  std::string_view section = {};  // heading in the documentation
  // Where the input gives one of the members `prepared`: what takes long, before the writer. `given` is the input of a creation
  // or the patch laid over an empty record, `patch` its text ("" at a creation); `check` finds the outcome as tx.prepared<T>().
  std::vector<std::string_view> prepared = {};
  base::Result<Prepared> (*prepare)(const void* given, std::string_view patch) = nullptr;
};

// Typed access for commands. Missing: not_found.
template <class T>
base::Result<T> load(db::Snapshot&, const Resource&, std::string_view id);

// A list: the query's members beside the filters, which come by name.
struct ListInput {
  base::Count<1, 200> limit = 50;
  std::optional<base::Text<1, 200>> after;
  std::optional<base::Instant> updated_after;
  std::optional<base::Text<1, 500>> fields;
  std::map<std::string, std::string> filters;
};
RECORD(ListInput, limit, after, updated_after, fields, filters)
struct ById {
  std::string id;
};
RECORD(ById, id)
struct Patch {
  std::string id;
  base::Json patch;
};
RECORD(Patch, id, patch)
// After a deletion: {"id","version","deleted":true}.
struct Deleted {
  std::string id;
  std::int64_t version = 0;
  bool deleted = true;
};
RECORD(Deleted, id, version, deleted)

// The operations themselves, for a record that only its Type knows; the registry makes commands and queries of them.
// Conventions of the record: `id` and `version` always; `created_at`, `updated_at` (computed) and `fingerprint` (hidden)
// are kept when they are there.
base::Result<reflect::Value> create(Tx&, const Actor&, const Resource&, const EventKind&, const reflect::Value& input);
base::Result<reflect::Value> change(Tx&, const Actor&, const Resource&, const EventKind&, const Patch&);
base::Result<Deleted> remove(Tx&, const Actor&, const Resource&, const EventKind&, std::string_view id);
// JSON and version.
base::Result<std::pair<std::string, std::int64_t>> get(View&, const Resource&, std::string_view id);
base::Result<std::string> list(View&, const Resource&, const ListInput&);
// The printed form of a row that this snapshot shows in that version.
Forms::Text form_of(View&, const Resource&, std::string_view id, std::int64_t version);
// {"data":[…],"next_cursor":…}, and the cursor of a first page that stood at `position`.
std::string print_page(std::span<const std::string_view> rows, std::string_view next_cursor);

// Type-erased: reads a row into `out`; false when there is none.
bool load_row(db::Snapshot&, const Resource&, std::string_view id, void* out);

// Of a record: its field `id` as text, its field `version`.
std::string id_of(const reflect::Type&, const void* record);
std::int64_t version_of(const reflect::Type&, const void* record);
void set_version(const reflect::Type&, void* record, std::int64_t);

template <class T>
base::Result<T> load(db::Snapshot& snapshot, const Resource& resource, std::string_view id) {
  T record{};
  if (!load_row(snapshot, resource, id, &record))
    return not_found("No " + std::string(resource.subject) + " " + std::string(id) + ".");
  return record;
}

}  // namespace core
