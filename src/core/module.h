#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/resource.h"
#include "core/tx.h"
#include "core/view.h"
#include "db/database.h"
#include "reflect/schema.h"

// A module is a value: everything it declares, each with a line of documentation. main/ lists the modules.
namespace core {

using base::ProblemKind;
using base::Result;

enum class Creates : std::uint8_t { nothing, resource };  // resource: 201 and Location, 200 when replayed
// Demanded: a client id or an Idempotency-Key. None: an Idempotency-Key is not looked at, for the answer is a secret.
enum class Identity : std::uint8_t { optional, demanded, none };
enum class IfMatch : std::uint8_t { none, demanded };
enum class Body : std::uint8_t { record, raw };  // raw: the JSON text itself goes into the input's field `patch`

// An operation of the outside: the route, its permission and its documentation.
struct Operation {
  std::string_view name;        // "orders.place"
  std::string_view route;       // "POST /orders"; {name} segments are members of the input
  std::string_view permission;  // "orders.write"
  std::string_view summary;
  std::vector<const ProblemKind*> rejects = {};
  Creates creates = Creates::nothing;
  Identity identity = Identity::optional;
  IfMatch if_match = IfMatch::none;
  Body body = Body::record;
  std::string_view projection = {};  // a query over a projection: its reader's name
  std::string_view section = {};     // heading in the documentation; empty: the module's name
  // Needs no token: this member of the input names the business (a slug, or "dbr_<slug>.…"); left out, a token does.
  std::string_view tenant_from = {};
  bool guessable = false;  // its credential is a password or a short code: an address that fails too often is not heard
  // A member of input and output that a browser may keep as a cookie, which pages never see: answered so where the input says
  // `cookie`, or where it came so.
  std::string_view cookie = {};
  std::string_view example = {};  // body of the try-it page; empty: made from the schema
};

// What a preparation has: no transaction, but a look at the data as often as it wants. Not held while it works.
struct Preparing {
  const Actor& actor;
  const Request& request;
  Tenant* tenant = nullptr;  // null: the input names a business that is not there; the answer must not tell
  std::function<void(const std::function<void(View&)>&)> look;
};

// A command or query, type-erased. `input` is a record of type `input()`.
struct Command : Operation {
  bool keeps = false;  // it may answer tx.keep(problem)
  // What takes long (hashing a password), on a thread of its own before the command enters the writer. What it finds out is
  // tx.prepared<T>(); what has changed meanwhile is the command's to look at. A problem is the answer.
  std::function<Result<Prepared>(const Preparing&, const reflect::Value& input)> prepare = {};
  std::function<bool(const reflect::Value& input)> wants_preparing = {};  // empty: always, where there is a preparation
  const reflect::Type& (*input)() = nullptr;
  const reflect::Type& (*body_type)() = nullptr;  // of a raw body, for the documentation
  const reflect::Type* output = nullptr;
  std::function<Result<reflect::Value>(Tx&, const Actor&, const reflect::Value& input)> call;
};
struct Printed {                             // a query's answer
  std::string body;                          // JSON
  std::optional<std::int64_t> version = {};  // of the one resource that it shows
  bool empty = false;                        // a query that waits: nothing yet
};
struct Query : Operation {
  const reflect::Type& (*input)() = nullptr;
  const reflect::Type* output = nullptr;
  const Resource* resource = nullptr;  // get or list of a resource
  bool list = false, point_read = false;
  bool waits = false;  // input has `wait` seconds: while the answer is empty, asked again at each commit
  std::function<Result<Printed>(View&, const Actor&, const reflect::Value& input)> call;
};

// Several commands and queries in a row on a thread of its own, for work that no single command may do in its 5 ms. Each
// step is atomic, the whole can be repeated.
class Daybook;
struct Procedure : Operation {
  const reflect::Type& (*input)() = nullptr;
  const reflect::Type* output = nullptr;
  std::function<Result<std::string>(Daybook&, const std::shared_ptr<Tenant>&, const Actor&, const reflect::Value& input)>
      call;  // printed JSON
};

template <class>
struct Signature;
template <class T, class In, class Out>
struct Signature<Result<Out> (*)(T&, const Actor&, const In&)> {
  using Input = In;
  using Output = Out;
};

// The only templates between the wire and a function: unpack, call, pack.
template <auto Function>
Command command(Operation operation) {
  using S = Signature<decltype(Function)>;
  Command c{std::move(operation)};
  c.input = &reflect::type_of<typename S::Input>;
  c.output = &reflect::type_of<typename S::Output>();
  c.call = [](Tx& tx, const Actor& actor, const reflect::Value& input) -> Result<reflect::Value> {
    return reflect::Value::of(TRY(Function(tx, actor, *static_cast<const typename S::Input*>(input.data()))));
  };
  return c;
}
// Of a command with a preparation: `Result<P> prepare(const Preparing&, const In&)` makes what it finds as tx.prepared<P>().
template <auto Prepare, auto Function>
Command command(Operation operation) {
  using In = typename Signature<decltype(Function)>::Input;
  auto c = command<Function>(std::move(operation));
  c.prepare = [](const Preparing& preparing, const reflect::Value& input) -> Result<Prepared> {
    auto made = TRY(Prepare(preparing, *static_cast<const In*>(input.data())));
    return std::make_shared<const decltype(made)>(std::move(made));
  };
  return c;
}
inline Command keeping(Command c) {
  c.keeps = true;
  return c;
}
enum class Reads : std::uint8_t { point, scan };  // point: a few rows by key, answered on the network thread
template <auto Function>
Query query(Operation operation, Reads reads) {
  using S = Signature<decltype(Function)>;
  Query q{std::move(operation)};
  q.input = &reflect::type_of<typename S::Input>;
  q.output = &reflect::type_of<typename S::Output>();
  q.point_read = reads == Reads::point;
  q.call = [](View& view, const Actor& actor, const reflect::Value& input) -> Result<Printed> {
    const auto output = TRY(Function(view, actor, *static_cast<const typename S::Input*>(input.data())));
    Printed printed{reflect::to_json(output)};
    if constexpr (requires { output.version; }) printed.version = output.version;
    return printed;
  };
  return q;
}

// Once per event, exactly. A projection owns `tables`, emits nothing, and can be rebuilt from event 1; a reaction starts at
// the head when it is new and is never replayed.
enum class ReaderKind : std::uint8_t { projection, reaction };
struct Reader {
  std::string_view name, summary;
  ReaderKind kind;
  std::string_view types;  // "ticket.*,order.voided"
  Result<> (*apply)(Tx&, const Event&) = nullptr;
  std::vector<std::string_view> tables = {};  // of a projection
  // Of a projection that adds up, instead of `apply`: several events in order, so that a row is written once for all of them.
  Result<> (*fold)(Tx&, std::span<const EventPtr>) = nullptr;
};

// A command with a calendar: `due` says when it is next due (none: when one of `wakes` happens), `run` does it.
struct Schedule {
  std::string_view name, summary;
  std::string_view wakes;  // event types after which `due` is asked again
  std::optional<Instant> (*due)(View&);
  Result<> (*run)(Tx&);  // bounded work; asked again at once while still due
};

struct Permission {
  std::string_view name, summary;
};
// A truth that verify checks on every tenant: none, or the first row that breaks it.
struct Invariant {
  std::string_view name;
  std::optional<std::string> (*broken)(View&);
};

struct Module {
  std::string_view name, summary;
  std::vector<std::string_view> needs = {};  // modules whose header it may include
  std::vector<db::Migration> migrations = {};
  std::vector<Resource> resources = {};
  std::vector<Command> commands = {};
  std::vector<Query> queries = {};
  std::vector<Procedure> procedures = {};
  std::vector<EventKind> events = {};  // besides those of the resources
  std::vector<Reader> readers = {};
  std::vector<JobKind> jobs = {};
  std::vector<Schedule> schedules = {};
  std::vector<Permission> permissions = {};
  std::vector<const CacheKind*> caches = {};
  std::vector<Invariant> invariants = {};
  // In the transaction that creates a tenant.
  Result<> (*found)(Tx&, const Actor&) = nullptr;
  // The credential's owner (identity alone): none when it is unknown, expired or revoked.
  std::optional<Actor> (*authenticate)(View&, std::string_view token) = nullptr;
  // When sessions and keys were used lately, by id (identity alone).
  void (*note_use)(Tx&, const std::map<std::string, Instant>&) = nullptr;
  // The name to show for an actor id, "" when unknown (identity alone).
  std::string (*actor_name)(View&, std::string_view actor) = nullptr;
};

}  // namespace core
