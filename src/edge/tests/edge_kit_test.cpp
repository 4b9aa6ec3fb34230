#include "edge/tests/edge_kit.h"

#include <algorithm>

#include "base/crypto.h"
#include "core/log_routes.h"

namespace edge::test {

RECORD_TYPE(Thing, "Something in the shop.", {"id", "Made by whoever first knows it.", defaulted | fixed},
            {"name", "Its name."}, {"note", "What there is to say about it.", personal},
            {"rare", "Whether there are few.", defaulted}, {"version", "Counts its changes.", computed},
            {"created_at", "When.", computed}, {"updated_at", "When last.", computed}, {"fingerprint", "", hidden})
RECORD_TYPE(Pass, "A token.", {"id", "Its id."}, {"secret", "Its text.", secret}, {"permissions", "By comma."},
            {"version", "Counts.", computed})

namespace {

struct MakeThing {
  std::optional<ThingId> id;
  base::Text<1, 100> name;
};
RECORD(MakeThing, id, name)
RECORD_TYPE(MakeThing, "Make a thing.", {"id", "Yours, if you have one."}, {"name", "Its name."})
struct Rename {
  ThingId id;
  base::Text<1, 100> name;
};
RECORD(Rename, id, name)
RECORD_TYPE(Rename, "Another name.", {"id", "Which."}, {"name", "The new name."})
struct Scrap {
  ThingId id;
  base::Text<1, 100> reason;
};
RECORD(Scrap, id, reason)
RECORD_TYPE(Scrap, "Away with it.", {"id", "Which."}, {"reason", "Why."})
struct Shout {
  ThingId id;
  base::Count<1, 9> volume;
  bool twice = false;
};
RECORD(Shout, id, volume, twice)
RECORD_TYPE(Shout, "Say its name.", {"id", "Which."}, {"volume", "How loud."}, {"twice", "Whether twice.", defaulted})
struct Heard {
  std::string text;
};
RECORD(Heard, text)
RECORD_TYPE(Heard, "What is heard.", {"text", "The name."})
struct Counted {
  std::int64_t things = 0;
};
RECORD(Counted, things)
RECORD_TYPE(Counted, "How many.", {"things", "That many."})

constexpr core::EventKind made{"widget.made", 1, "A thing was made."}, renamed{"widget.renamed", 1, "It has another name."},
    scrapped{"widget.scrapped", 1, "It is gone."}, passed{"token.changed", 1, "Somebody may come in, or no longer."};

const core::Resource thing{.path = "/things",
                           .subject = "thing",
                           .one = "a thing",
                           .many = "things",
                           .table = "things_thing",
                           .type = &reflect::type_of<Thing>,
                           .read_permission = "things.read",
                           .write_permission = "things.write",
                           .filters = {"rare", "name"}};

base::Result<Thing> make_thing(core::Tx& tx, const core::Actor&, const MakeThing& in) {
  Thing t{.id = tx.fresh<ThingId>(in.id), .name = in.name, .version = 1, .created_at = tx.now(), .updated_at = tx.now()};
  if (in.id)
    if (auto there = tx.maybe<Thing>("SELECT {} FROM things_thing WHERE tenant = $t AND id = $1", *in.id)) {
      TRY(tx.replay(there->fingerprint));
      return *there;
    }
  t.fingerprint = tx.fingerprint();
  tx.insert("things_thing", t);
  tx.emit(made, t);
  return t;
}

base::Result<Thing> rename_thing(core::Tx& tx, const core::Actor&, const Rename& in) {
  const auto before = TRY(core::load<Thing>(tx, thing, in.id.text()));
  TRY(tx.match(before.version));
  auto after = before;
  after.name = in.name;
  ++after.version;
  tx.update("things_thing", after);
  tx.emit(renamed, before, after);
  return after;
}

base::Result<core::Deleted> scrap(core::Tx& tx, const core::Actor&, const Scrap& in) {
  const auto before = TRY(core::load<Thing>(tx, thing, in.id.text()));
  tx.erase_row("things_thing", in.id.text());
  tx.emit_deleted(scrapped, reflect::type_of<Thing>(), &before);
  return core::Deleted{in.id.text(), before.version + 1, true};
}

base::Result<Heard> shout(core::View& view, const core::Actor&, const Shout& in) {
  if (in.volume == 9)
    return std::unexpected(too_loud.problem("9 is too loud.").with("allowed", std::vector<std::string>{"1", "8"}));
  const auto found = TRY(core::load<Thing>(view, thing, in.id.text()));
  return Heard{found.name + std::string(static_cast<std::size_t>(in.volume), '!') +
               (in.twice ? std::string(found.name) : std::string())};
}

// There is one of it: nothing in the path, and an `id` that nobody gives.
base::Result<Heard> motto(core::Tx&, const core::Actor&, const core::Patch& in) { return Heard{in.id + in.patch}; }

base::Result<Heard> fail(core::View&, const core::Actor&, const core::Nothing&) {
  throw std::runtime_error("a bug with a secret");
}

core::Procedure counting() {
  core::Procedure p{
      {.name = "things.count", .route = "POST /things/count", .permission = "things.read", .summary = "Count things"}};
  p.input = &reflect::type_of<core::Nothing>;
  p.output = &reflect::type_of<Counted>();
  p.call = [](core::Daybook& daybook, const std::shared_ptr<core::Tenant>& tenant, const core::Actor&,
              const reflect::Value&) -> base::Result<std::string> {
    Counted counted;
    daybook.read(*tenant, [&](core::View& v) {
      counted.things = std::ssize(v.all<Thing>("SELECT {} FROM things_thing WHERE tenant = $t"));
    });
    return reflect::to_json(counted);
  };
  return p;
}

std::vector<Pass> load_passes(db::Snapshot& s) { return s.all<Pass>("SELECT {} FROM things_pass WHERE tenant = $t"); }
const core::CacheKind passes = core::cache_kind<std::vector<Pass>, &load_passes>("things.passes", {"token."});

std::vector<std::string> split(std::string_view comma) {
  std::vector<std::string> all;
  while (!comma.empty()) {
    const auto end = std::min(comma.find(','), comma.size());
    all.emplace_back(comma.substr(0, end));
    comma.remove_prefix(std::min(end + 1, comma.size()));
  }
  std::ranges::sort(all);
  return all;
}

std::optional<core::Actor> authenticate(core::View& view, std::string_view token) {
  ++authentications;
  for (const auto& pass : view.cached<std::vector<Pass>>(passes))
    if (pass.secret == token) {
      core::Actor actor{.id = pass.id.text(),
                        .permissions = std::make_shared<const std::vector<std::string>>(split(pass.permissions))};
      if (pass.permissions.contains("a.minute")) actor.good_until = view.now() + std::chrono::minutes(1);
      return actor;
    }
  return std::nullopt;
}

struct Order {
  std::string role;
  std::optional<std::string> name;
  std::optional<std::int64_t> ttl_seconds;
};
RECORD(Order, role, name, ttl_seconds)
RECORD_TYPE(Order, "A token to make.", {"role", "Its permissions."}, {"name", "For people."}, {"ttl_seconds", "How long."})
struct Made {
  std::string token;
  base::Id<"tok"> id;
};
RECORD(Made, token, id)
RECORD_TYPE(Made, "A token.", {"token", "Its text."}, {"id", "Its id."})

base::Result<Made> create_token(core::Tx& tx, const core::Actor&, const Order& order) {
  const auto id = tx.fresh<base::Id<"tok">>();
  const Pass pass{id, "dbt_" + tx.tenant_state().slug + "." + id.text(), order.role, 1};
  tx.insert("things_pass", pass);
  tx.emit(passed, pass);
  return Made{pass.secret, id};
}

}  // namespace

const core::Module things{
    .name = "things",
    .summary = "Things to test with.",
    .migrations =
        {{"things", 1, "things",
          "CREATE TABLE things_thing (tenant BIGINT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, note TEXT, rare BOOLEAN "
          "NOT NULL, "
          "version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, fingerprint BYTEA NOT NULL, "
          "PRIMARY KEY (tenant, id));"
          "CREATE TABLE things_pass (tenant BIGINT NOT NULL, id TEXT NOT NULL, secret TEXT NOT NULL, permissions TEXT NOT "
          "NULL, "
          "version BIGINT NOT NULL, PRIMARY KEY (tenant, id))"}},
    .resources = {thing},
    .commands = {core::command<&make_thing>({.name = "things.make",
                                             .route = "POST /makes",
                                             .permission = "things.write",
                                             .summary = "Make a thing",
                                             .creates = core::Creates::resource,
                                             .identity = core::Identity::demanded}),
                 core::command<&rename_thing>({.name = "things.rename",
                                               .route = "POST /things/{id}/rename",
                                               .permission = "things.write",
                                               .summary = "Rename a thing",
                                               .rejects = {&core::not_found},
                                               .if_match = core::IfMatch::demanded}),
                 core::command<&scrap>({.name = "things.scrap",
                                        .route = "DELETE /things/{id}/scrap",
                                        .permission = "things.write",
                                        .summary = "Scrap a thing"}),
                 core::command<&motto>({.name = "things.motto",
                                        .route = "PATCH /motto",
                                        .permission = "things.write",
                                        .summary = "Change the motto",
                                        .body = core::Body::raw}),
                 core::command<&create_token>(
                     {.name = "identity.create_token", .route = "", .permission = "", .summary = "Make a token"})},
    .queries = {core::query<&shout>({.name = "things.shout",
                                     .route = "GET /things/{id}/shout",
                                     .permission = "things.read",
                                     .summary = "Say its name",
                                     .rejects = {&too_loud}},
                                    core::Reads::point),
                core::query<&fail>({.name = "things.fail", .route = "GET /fail", .permission = "", .summary = "A bug"},
                                   core::Reads::scan)},
    .procedures = {counting()},
    .events = {made, renamed, scrapped, passed},
    .permissions = {{"things.read", "Read things."}, {"things.write", "Change things."}},
    .caches = {&passes},
    .authenticate = &authenticate};

std::string Answered::header(std::string_view name) const {
  net::Request by_name{.headers = headers};
  return std::string(by_name.header(name));
}

Answered read(const net::Response& response) {
  return {response.status, response.headers, response.shared ? *response.shared : response.body};
}

namespace {

class Captured final : public net::Reply::Target {
 public:
  void answer(net::Response response) override { promise_.set_value(std::move(response)); }
  bool alive() const override { return true; }
  std::size_t thread() const override { return 0; }
  std::future<net::Response> future() { return promise_.get_future(); }

 private:
  std::promise<net::Response> promise_;
};

}  // namespace

Desk::Desk(Edge::Options options) {
  static std::atomic<int> number = 0;
  folder =
      std::filesystem::temp_directory_path() / ("daybook-edge-" + std::to_string(getpid()) + "-" + std::to_string(++number));
  std::filesystem::create_directories(folder);
  const core::Module* const modules[] = {&things};
  const auto clock = [this] { return core::Instant(std::chrono::microseconds(clock_us.load())); };
  daybook =
      std::make_unique<core::Daybook>(core::Daybook::Options{.database = {.url = folder.string()}, .clock = clock}, modules);
  edge = std::make_shared<Edge>(*daybook, std::move(options));
  daybook->start();
  tenant = *daybook->create_tenant("shop", "A shop");
  edge->set_ready(true);
  token = pass("*");
}

Desk::~Desk() {
  if (server) {
    edge->drain();
    server->stop(1s);
    edge->detach();
  }
  daybook->stop();
  server.reset();
  edge.reset();
  daybook.reset();
  std::filesystem::remove_all(folder);
}

Answered Desk::ask(std::string_view method, std::string_view target, net::Headers headers, std::string body, std::string peer) {
  const auto mark = std::min(target.find('?'), target.size());
  net::Request request{.method = std::string(method),
                       .path = std::string(target.substr(0, mark)),
                       .query = std::string(target.substr(std::min(mark + 1, target.size()))),
                       .headers = std::move(headers),
                       .body = std::move(body),
                       .peer = std::move(peer)};
  const auto captured = std::make_shared<Captured>();
  auto answer = captured->future();
  edge->request(std::move(request), net::Reply(captured));
  if (answer.wait_for(10s) != std::future_status::ready) throw std::runtime_error("no answer to " + std::string(target));
  return read(answer.get());
}

net::Headers Desk::owner(net::Headers more) const {
  more.emplace_back("Authorization", "Bearer " + token);
  more.emplace_back("Content-Type", "application/json");
  return more;
}

Answered Desk::as_owner(std::string_view method, std::string_view target, std::string body, net::Headers more) {
  if (method == "POST") more.emplace_back("Idempotency-Key", fresh_key());
  return ask(method, target, owner(std::move(more)), std::move(body));
}

std::string Desk::pass(std::string_view permissions, std::string_view slug) {
  const auto of = daybook->tenant(slug);
  const auto text = "dbt_" + std::string(slug) + "." + base::hex(base::random_bytes(12));
  const auto done = daybook->work_and_wait(of, [&](core::Group& group, core::Tenant& t) {
    const auto actor = core::Actor::system("test");
    const core::Request request;
    auto tx = group.tx(t, actor, request);
    const Pass row{tx.fresh<base::Id<"tok">>(), text, std::string(permissions), 1};
    tx.insert("things_pass", row);
    tx.emit(passed, row);
    tx.keep();
    group.dirty();
    group.emitted(t, std::move(tx.emitted()));
  });
  if (!done) throw std::runtime_error("no pass");
  return text;
}

void Desk::revoke(std::string_view which) {
  (void)daybook->work_and_wait(tenant, [&](core::Group& group, core::Tenant& t) {
    const auto actor = core::Actor::system("test");
    const core::Request request;
    auto tx = group.tx(t, actor, request);
    const std::string secret(which);
    auto row = tx.maybe<Pass>("SELECT {} FROM things_pass WHERE tenant = $t AND secret = $1", secret);
    tx.run("DELETE FROM things_pass WHERE tenant = $t AND secret = $1", secret);
    tx.emit(passed, *row);
    tx.keep();
    group.dirty();
    group.emitted(t, std::move(tx.emitted()));
  });
}

std::string Desk::create(std::string_view name) {
  clock_us += 1000;  // so that ids sort as they are made
  return as_owner("POST", "/api/v1/things", R"({"name":")" + std::string(name) + "\"}").member("id");
}

std::string Desk::position() const {
  const auto h = tenant->head();
  return core::Position{h.epoch, h.seq}.text();
}

void Desk::listen() {
  server = std::make_unique<net::Server>(
      net::ServerOptions{.port = 0, .unix_socket = (folder / "control.sock").string(), .threads = 2}, edge);
  edge->attach(*server, "127.0.0.1:" + std::to_string(server->port()));
  server->start();
}

net::Response Desk::call(std::string_view method, std::string_view target, const net::Headers& headers, std::string_view body) {
  return net::Client({.base = "http://127.0.0.1:" + std::to_string(server->port())}).call(method, target, headers, body);
}

net::Response Desk::local(std::string_view method, std::string_view target, std::string_view body) {
  net::Client client({.base = "http://daybook", .unix_socket = (folder / "control.sock").string()});
  return client.call(method, target, {{"Content-Type", "application/json"}}, body);
}

}  // namespace edge::test
