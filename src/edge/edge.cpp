#include "edge/edge.h"

#include "base/log.h"
#include "core/log_routes.h"
#include "edge/answer.h"
#include "edge/input.h"
#include "edge/manners.h"
#include "edge/openapi.h"
#include "edge/problem.h"
#include "edge/sse_stream.h"

namespace edge {

namespace {

constexpr auto position_time = std::chrono::seconds(5);
constexpr std::size_t errand_threads = 2;
constexpr std::string_view page_methods = "GET, HEAD, OPTIONS";

net::Response plain(int status, std::string type, std::string body) {
  net::Response response{.status = status};
  response.headers.emplace_back("Content-Type", std::move(type));
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

// How long a query that waits may: its input's `wait`, in seconds.
std::chrono::seconds wait_of(const Exchange& x) {
  const auto* field = x.input.type().field("wait");
  if (!field || field->type().kind != reflect::Kind::integer) return {};
  return std::chrono::seconds(*static_cast<const std::int64_t*>(field->at(const_cast<void*>(x.input.data()))));
}

}  // namespace

Exchange::Exchange(net::Request&& r, net::Reply to)
    : request(std::move(r)),
      reply(std::move(to)),
      started(std::chrono::steady_clock::now()),
      trace(trace_id(request.header("traceparent"))) {}

Edge::Edge(core::Daybook& daybook, Options options)
    : daybook_(daybook),
      options_(std::move(options)),
      router_(daybook.registry()),
      credentials_(daybook),
      last_use_(daybook),
      cors_(options_.cors_origins),
      documentation_(edge::openapi(daybook.registry(), router_, {options_.version, options_.diagnostics})),
      live_(daybook),
      metrics_(daybook, live_, router_),
      control_(daybook, options_.version),
      errands_(errand_threads) {
  live_.set_authenticator(
      [this](std::string_view token) -> std::optional<std::pair<core::Actor, std::shared_ptr<core::Tenant>>> {
        auto who = credentials_.of_token(token);
        if (!who) return std::nullopt;
        return std::pair(std::move(who->actor), std::move(who->tenant));
      });
}

Edge::~Edge() = default;

void Edge::attach(net::Server& server, std::string listen) {
  server_ = &server;
  live_.attach(server);
  metrics_.attach(&server);
  control_.set_listen(std::move(listen));
}

void Edge::drain() { live_.drain(); }

void Edge::detach() {
  errands_.stop();  // an errand holds its connection, which holds the handler: none may outlive it
  server_ = nullptr;
  last_use_.flush();
  metrics_.attach(nullptr);
  live_.detach();
}

void Edge::guarded(const ExchangePtr& x, const std::function<void()>& step) {
  const auto failed = [&](const base::ProblemKind& kind, const std::exception& error) {
    base::log::error("a request failed", {{"path", x->request.path}, {"error", error.what()}, {"trace", x->trace}});
    finish(x, kind());
  };
  try {
    step();
  } catch (const db::Error& error) {
    failed(core::unavailable, error);
  } catch (const std::exception& error) {
    failed(core::internal, error);
  }
}

void Edge::request(net::Request&& request, net::Reply reply) {
  if (Control::takes(request)) return control_.handle(std::move(request), std::move(reply), errands_);
  const auto x = std::make_shared<Exchange>(std::move(request), std::move(reply));
  guarded(x, [&] { x->request.path.starts_with("/api/") && !documentation_.has(x->request.path) ? serve(x) : own_page(x); });
}

// ---- the pipeline ------------------------------------------------------------------------------------------------------

// Connections and their limits are the server's (net/server.h); what a command does, and that it is asked for its permission
// once more where it runs, is the kernel's.
void Edge::serve(const ExchangePtr& x) {
  if (auto admitted = admit(*x); !admitted) {
    if (x->request.method == "OPTIONS" && !x->match.allow.empty()) return send(x, cors_.allow(x->request, x->match.allow));
    if (!x->match.route) (void)find_out_who(*x);  // where there is no route the answer says a position all the same
    return finish(x, std::unexpected(std::move(admitted).error()));
  }
  wait_for_position(x);
}

base::Result<> Edge::admit(Exchange& x) {
  TRY(find_route(x));
  if (!x.route().operation->tenant_from.empty()) return admit_stranger(x);
  TRY(find_out_who(x));
  TRY(ask_may(x));
  TRY(read_input(x));
  TRY(read_conditions(x));
  return {};
}

base::Result<> Edge::find_route(Exchange& x) const {
  x.match = router_.find(x.request.method, x.request.path);
  if (x.match.route) return {};
  if (x.request.path == sse_path) x.match.allow = "GET, OPTIONS";  // a GET of it does not come here
  if (x.match.allow.empty()) return unknown_route();
  return wrong_method("Allowed: " + x.match.allow + '.');
}

base::Result<> Edge::find_out_who(Exchange& x) {
  auto who = TRY(credentials_.of_header(x.request.header("authorization")));
  x.actor = std::move(who.actor);
  x.tenant = std::move(who.tenant);
  if (last_use_.put(x.tenant, x.actor))
    if (auto* server = server_.load()) server->after(x.reply.thread(), LastUse::flush_time, [this] { last_use_.flush(); });
  return {};
}

// Without a token: the business, and often the credential, is in the input.
base::Result<> Edge::admit_stranger(Exchange& x) {
  x.stranger = true;
  x.actor = core::Actor::stranger();
  if (x.route().operation->guessable) TRY(failures_.admit(x.request.peer));
  TRY(read_input(x));
  TRY(take_cookie(x));
  TRY(find_business(x));
  return read_conditions(x);
}

base::Result<> Edge::find_business(Exchange& x) {
  const auto* field = x.input.type().field(x.route().operation->tenant_from);
  const auto& type = field->type();
  void* place = field->at(x.input.data());
  if (type.kind == reflect::Kind::optional) {
    if (type.size(place) == 0) return find_out_who(x);
    place = type.at(place, 0);
  }
  x.tenant = daybook_.tenant(business_named_by(*static_cast<const std::string*>(place)));
  // Whose preparation finds the answer takes the same time for a business that is not there.
  if (!x.tenant && !x.route().command->prepare) return core::bad_credentials();
  return {};
}

base::Result<> Edge::ask_may(const Exchange& x) {
  const auto permission = x.route().operation->permission;
  if (x.actor.may(permission)) return {};
  return std::unexpected(core::forbidden.problem("This needs the permission " + std::string(permission) + ".")
                             .with("permission", std::string(permission)));
}

base::Result<> Edge::read_conditions(Exchange& x) {
  const auto* command = x.route().command;
  if (!command) return {};
  x.asked.trace = x.trace;
  x.asked.peer = x.request.peer;
  x.asked.agent = x.request.header("user-agent");
  if (command->identity == core::Identity::none) return {};
  x.asked.key = TRY(read_key(x.request.header("idempotency-key")));
  if (command->identity == core::Identity::demanded && x.asked.key.empty() && !has_client_id(x))
    return core::identity_missing();
  TRY(read_if_match(x.request.header("if-match"), x.asked));
  if (command->if_match == core::IfMatch::demanded && !x.asked.if_match && !x.asked.any_version) return version_required();
  return {};
}

void Edge::wait_for_position(const ExchangePtr& x) {
  const auto header = x->request.header("daybook-after");
  if (header.data() == nullptr || x->stranger) return execute(x);
  const auto position = core::Position::parse(header);
  if (!position) return finish(x, core::bad_position());
  const auto head = x->tenant->head();
  base::Result<std::int64_t> seq = position->seq;
  if (!position->epoch.empty() && position->epoch != head.epoch)
    daybook_.read(*x->tenant, [&](core::View& view) { seq = core::resolve(view, *position, head); });
  if (!seq) return finish(x, std::unexpected(std::move(seq).error()));
  if (*seq <= head.seq) return execute(x);
  live_.when(x->tenant, *seq, x->reply.thread(), position_time, [this, x](bool reached) {
    if (!reached) return finish(x, not_reached());
    guarded(x, [&] { execute(x); });
  });
}

void Edge::execute(const ExchangePtr& x) {
  const auto& route = x->route();
  if (route.command) return run_command(x);
  if (route.procedure) return run_procedure(x);
  if (route.query->waits) x->give_up = x->started + wait_of(*x);
  run_query(x);
}

void Edge::run_command(const ExchangePtr& x) {
  core::Call call{.tenant = x->tenant,
                  .command = x->route().command,
                  .actor = x->actor,
                  .input = std::move(x->input),
                  .request = std::move(x->asked),
                  .alive = [x] { return x->reply.alive(); },
                  .answer = {}};
  // The writer's thread only hands the answer over; it is dressed for the wire on the connection's own thread.
  call.answer = [this, x](base::Result<core::Answer> result) {
    auto* server = server_.load();
    if (!server) return finish(x, std::move(result));
    x->result = std::move(result);
    server->post(x->reply.thread(), [this, x] { finish(x, std::move(x->result)); });
  };
  daybook_.execute(std::move(call));
}

void Edge::run_query(const ExchangePtr& x) {
  core::QueryCall call{.tenant = x->tenant, .query = x->route().query, .actor = x->actor, .input = {}, .answer = {}};
  if (call.query->waits) {  // it may be asked again
    call.input = reflect::Value(x->input.type());
    call.input.type().copy(call.input.data(), x->input.data());
  } else {
    call.input = std::move(x->input);
  }
  call.answer = [this, x](base::Result<core::Answer> result) { queried(x, std::move(result)); };
  daybook_.query(std::move(call));
}

void Edge::queried(const ExchangePtr& x, base::Result<core::Answer> result) {
  const auto now = std::chrono::steady_clock::now();
  if (!result || !result->empty || now >= x->give_up) return finish(x, std::move(result));
  if (!x->reply.alive()) return;
  const auto next = result->position.seq + 1;
  x->result = std::move(result);
  live_.when(x->tenant, next, x->reply.thread(), std::chrono::ceil<std::chrono::milliseconds>(x->give_up - now),
             [this, x](bool reached) {
               if (!reached) return finish(x, std::move(x->result));
               guarded(x, [&] { run_query(x); });
             });
}

void Edge::run_procedure(const ExchangePtr& x) {
  const bool queued = errands_.post([this, x] {
    guarded(x, [&] {
      auto body = x->route().procedure->call(daybook_, x->tenant, x->actor, x->input);
      if (!body) return finish(x, std::unexpected(std::move(body).error()));
      const auto head = x->tenant->head();
      finish(x, core::Answer{.body = std::move(*body), .position = {head.epoch, head.seq}});
    });
  });
  if (!queued) finish(x, core::overloaded());
}

// ---- the answer --------------------------------------------------------------------------------------------------------

void Edge::finish(const ExchangePtr& x, base::Result<core::Answer> result) {
  if (result) {
    auto response = response_of(*x, std::move(*result));
    give_cookie(*x, response);
    return send(x, std::move(response));
  }
  const auto& problem = result.error();
  auto response = problem_response(problem, x->trace);
  if (x->stranger && x->route().operation->guessable && problem.status == 401) failures_.failed(x->request.peer);
  give_cookie(*x, response);
  if (x->tenant && !x->stranger) {  // a stranger does not even learn that the business is there
    const auto head = x->tenant->head();
    response.headers.emplace_back("Daybook-Position", core::Position{head.epoch, head.seq}.text());
  }
  if (!x->match.allow.empty()) response.headers.emplace_back("Allow", x->match.allow);
  if (problem.status >= 500)
    base::log::warning("answered with a failure",
                       {{"status", problem.status}, {"code", problem.code}, {"path", x->request.path}, {"trace", x->trace}});
  send(x, std::move(response));
}

void Edge::send(const ExchangePtr& x, net::Response response) {
  response.headers.emplace_back("X-Request-Id", x->trace);
  cors_.mark(x->request, response);
  const auto took = std::chrono::steady_clock::now() - x->started;
  metrics_.answered(x->match.route, response.status, took);
  base::log::debug("request", {{"method", x->request.method},
                               {"path", x->request.path},
                               {"status", response.status},
                               {"us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                               {"actor", x->actor.id},
                               {"trace", x->trace}});
  std::move(x->reply)(std::move(response));
}

// ---- pages and probes --------------------------------------------------------------------------------------------------

void Edge::own_page(const ExchangePtr& x) {
  const auto& path = x->request.path;
  const bool page = documentation_.has(path);
  if (!page && path != "/healthz" && path != "/readyz" && path != "/metrics" && path != "/") return finish(x, unknown_route());
  if (x->request.method != "GET" && x->request.method != "HEAD") {
    x->match.allow = page_methods;
    if (x->request.method == "OPTIONS") return send(x, cors_.allow(x->request, x->match.allow));
    return finish(x, wrong_method("Allowed: " + x->match.allow + '.'));
  }
  if (page) return send(x, documentation_.get(x->request));
  if (path == "/healthz") return send(x, plain(200, "application/json", R"({"status":"ok"})"));
  if (path == "/readyz") return send(x, readiness());
  if (path == "/metrics") return send(x, plain(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text()));
  send(x, {.status = 302, .headers = {{"Location", "/docs"}}});
}

// Ready: started, its database answers, and the writer has not failed since it last succeeded.
net::Response Edge::readiness() {
  const auto no = [](std::string_view why) {
    return plain(503, "application/json", R"({"status":")" + std::string(why) + "\"}");
  };
  if (!ready_) return no("starting");
  for (const auto& tenant : daybook_.tenants()) {
    daybook_.read(*tenant, [](core::View&) {});
    break;
  }
  const auto stats = daybook_.writer().stats();
  const auto failed_before = failed_groups_seen_.exchange(stats.failed_groups),
             units_before = groups_seen_.exchange(stats.groups);
  if (stats.failed_groups > failed_before && stats.groups - units_before <= stats.failed_groups - failed_before)
    return no("failing to write");
  return plain(200, "application/json", R"({"status":"ready"})");
}

// ---- what is pushed ----------------------------------------------------------------------------------------------------

bool Edge::streams(const net::Request& request) { return live_.streams(request); }

void Edge::stream(net::Request&& request, std::function<void(StreamAnswer)> decide) {
  net::Request asked{.method = request.method, .path = request.path, .headers = request.headers};
  const auto trace = trace_id(request.header("traceparent"));
  const auto dressed = [this, asked = std::move(asked), trace, decide = std::move(decide)](StreamAnswer answer) {
    net::Response marked;
    cors_.mark(asked, marked);
    marked.headers.emplace_back("X-Request-Id", trace);
    auto& headers = answer.refused ? answer.refused->headers : answer.headers;
    headers.insert(headers.end(), marked.headers.begin(), marked.headers.end());
    decide(std::move(answer));
  };
  try {
    auto who = credentials_.of_header(request.header("authorization"));
    if (!who) return dressed({.refused = problem_response(who.error(), trace)});
    live_.stream(std::move(request), std::move(who->actor), std::move(who->tenant), dressed, trace);
  } catch (const std::exception& error) {
    base::log::error("a stream could not be opened", {{"error", error.what()}, {"trace", trace}});
    dressed({.refused = problem_response(core::unavailable.problem(), trace)});
  }
}

void Edge::upgrade(net::Request&& request, std::function<void(Upgrade)> decide) {
  live_.upgrade(std::move(request), std::move(decide));
}

}  // namespace edge
