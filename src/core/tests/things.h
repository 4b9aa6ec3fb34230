#pragma once
#include <atomic>
#include <functional>
#include <string>

#include "core/module.h"

// A small module that does everything a module may do, and some things that it must not: for the tests of core.
namespace things {

using base::Result;
using ThingId = base::Id<"thg">;

struct Contact {
  std::string email, street;
};
RECORD(Contact, email, street)

struct Thing {
  ThingId id;
  base::Text<1, 80> title;
  std::int64_t amount = 0;
  base::Text<0, 80> name;
  std::optional<base::Text<1, 40>> phone;
  std::optional<Contact> contact;
  std::int64_t version = 0;
  base::Instant created_at{}, updated_at{};
  base::Bytes fingerprint;
};
RECORD(Thing, id, title, amount, name, phone, contact, version, created_at, updated_at, fingerprint)
extern const core::Resource resource;

struct ById {
  ThingId id;
};
RECORD(ById, id)
struct Titled {
  std::string title;
};
RECORD(Titled, title)
struct Count {
  std::int64_t count = 0;
};
RECORD(Count, count)

// Changes the amount of a thing and tells what the cached total was before, and is behind the change.
struct SetAmount {
  ThingId id;
  std::int64_t amount = 0;
  bool refuse = false;
};
RECORD(SetAmount, id, amount, refuse)
struct Totals {
  std::int64_t before = 0, after = 0;
};
RECORD(Totals, before, after)

// What a preparation finds out; no record, for it never comes from outside.
struct WorkedOut {
  std::string title;
  std::int64_t things = 0;
};

struct Enqueue {
  std::string key;
  std::string text;
};
RECORD(Enqueue, key, text)

// A subject of which nothing is stored: event chains, poison.
struct Mark {
  std::string id;
  std::int64_t version = 1;
  std::string text;
};
RECORD(Mark, id, version, text)

struct SeenRow {
  std::string subject;
  std::int64_t times = 0, last_seq = 0;
};
RECORD(SeenRow, subject, times, last_seq)
struct SeenRows {
  std::vector<SeenRow> data;
  std::optional<std::string> next_cursor;
};
RECORD(SeenRows, data, next_cursor)
struct All {
  bool all = true;
};
RECORD(All, all)

inline constexpr base::ProblemKind refused{"things.refused", 409, "This is always refused."};
inline constexpr base::ProblemKind noted{"things.noted", 401, "This is refused, and it is written down that it was asked."};

inline constexpr core::EventKind founded{"mark.founded", 1, "The business was set up."};
inline constexpr core::EventKind bumped{"thing.bumped", 1, "One more of a thing."};
inline constexpr core::EventKind linked{"mark.linked", 1, "Leads to another of its kind."};
inline constexpr core::EventKind poisoned{"mark.poisoned", 1, "The readers of the tests choke on it."};
inline constexpr core::EventKind asked{"mark.asked", 1, "Somebody asked for what is refused."};
inline constexpr core::EventKind settled{"mark.settled", 1, "A job has ended."};

// What the readers do with a poisoned event.
enum class Poison : std::uint8_t { none, refuse, throw_, sql };
inline std::atomic<Poison> poison = Poison::none;

// What the job does. Given back to the default by Ground.
inline std::function<Result<std::string>(const core::JobRun&)> work;
inline std::function<Result<std::string>(const core::JobRun&, core::Outside&)> work_outside;  // instead, where it is set
inline std::function<Result<>(core::Tx&, const core::JobRun&)> settle;

extern const core::CacheKind total;  // the sum of all amounts
inline std::atomic<int> total_loads = 0;

extern const core::JobKind job;
extern const core::Module module;

}  // namespace things
