#include "edge/control.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "edge/manners.h"
#include "edge/problem.h"

namespace edge {

namespace {

constexpr base::ProblemKind no_tenant{"control.no_tenant", 404, "There is no business of that slug."};
constexpr base::ProblemKind no_command{"control.no_command", 501,
                                       "No module of this program declares the command that this needs."};
constexpr base::ProblemKind exists{"control.file_exists", 409, "There is a file of that name already."};
constexpr base::ProblemKind failed{"control.failed", 500, "It could not be done."};
constexpr std::string_view prefix = "/control/";

enum class Mend : std::uint8_t { retry, skip, rebuild };
ENUM(Mend, retry, skip, rebuild)
ENUM_TYPE(Mend, "How a stopped reader is mended.")

struct TokenOrder {
  base::Text<1, 40> tenant;
  base::Text<1, 80> role;
  std::optional<base::Count<1, 315'360'000>> ttl_seconds;
  std::optional<base::Text<1, 200>> name;
};
RECORD(TokenOrder, tenant, role, ttl_seconds, name)
RECORD_TYPE(TokenOrder, "A token to make on the machine itself.", {"tenant", "The slug."}, {"role", "Its rights."},
            {"ttl_seconds", "How long it lives."}, {"name", "What it is for."})
struct RunOrder {
  base::Text<1, 40> tenant;
  base::Text<1, 80> command;
  base::Json input;
};
RECORD(RunOrder, tenant, command, input)
RECORD_TYPE(RunOrder, "A command to run, with all rights.", {"tenant", "The slug."},
            {"command", "Its name, identity.create_user."}, {"input", "As its route takes it."})
struct NewTenant {
  base::Text<1, 40> slug;
  std::optional<base::Text<1, 200>> name;
};
RECORD(NewTenant, slug, name)
RECORD_TYPE(NewTenant, "A business to set up.", {"slug", "In addresses and tokens."},
            {"name", "For people; the slug where it is left out."})
struct TenantLine {
  std::string id, slug, name, position;
};
RECORD(TenantLine, id, slug, name, position)
RECORD_TYPE(TenantLine, "A business.", {"id", "Its id."}, {"slug", "In addresses and tokens."}, {"name", "For people."},
            {"position", "Where its log stands."})
struct MendReader {
  base::Text<1, 40> tenant;
  base::Text<1, 200> reader;
  Mend action = Mend::retry;
};
RECORD(MendReader, tenant, reader, action)
RECORD_TYPE(MendReader, "A reader to mend.", {"tenant", "The slug."}, {"reader", "Its name."}, {"action", "How."})
struct BackupTo {
  base::Text<1, 4096> file;
};
RECORD(BackupTo, file)
RECORD_TYPE(BackupTo, "Where to.", {"file", "A path that does not exist yet, on the server's machine."})
struct Backup {
  std::string file;
  std::int64_t bytes = 0;
  std::vector<TenantLine> tenants;
};
RECORD(Backup, file, bytes, tenants)
RECORD_TYPE(Backup, "A backup.", {"file", "Where it is."}, {"bytes", "Its size."},
            {"tenants", "The positions that it holds at least."})
struct ReaderLine {
  std::string tenant, reader, state;
  std::int64_t seq = 0, head = 0, failures = 0;
  std::string error;
};
RECORD(ReaderLine, tenant, reader, state, seq, head, failures, error)
RECORD_TYPE(ReaderLine, "A reader of one business's log.", {"tenant", "The slug."}, {"reader", "Its name."},
            {"state", "running, stopped or rebuilding."}, {"seq", "How far it has read."}, {"head", "How long the log is."},
            {"failures", "In a row."}, {"error", "The last one."})
struct ReaderLines {
  std::vector<ReaderLine> data;
};
RECORD(ReaderLines, data)
RECORD_TYPE(ReaderLines, "All readers.", {"data", "One line for each business and reader."})
struct Status {
  std::int64_t pid = 0;
  std::string listen, version;
  std::int64_t uptime_seconds = 0;
  std::vector<TenantLine> tenants;
};
RECORD(Status, pid, listen, version, uptime_seconds, tenants)
RECORD_TYPE(Status, "The running server.", {"pid", "Its process."}, {"listen", "Its address."}, {"version", "Of the program."},
            {"uptime_seconds", "Since it started."}, {"tenants", "The businesses that it serves."})

TenantLine line(const core::Tenant& tenant) {
  const auto head = tenant.head();
  return {tenant.id.text(), tenant.slug, tenant.name, core::Position{head.epoch, head.seq}.text()};
}

std::vector<TenantLine> lines(const core::Daybook& daybook) {
  std::vector<TenantLine> all;
  for (const auto& tenant : daybook.tenants()) all.push_back(line(*tenant));
  std::ranges::sort(all, {}, &TenantLine::slug);
  return all;
}

void answer(net::Reply&& reply, base::Result<std::string>&& result) {
  if (!result) return std::move(reply)(problem_response(result.error(), trace_id({})));
  net::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(*result);
  std::move(reply)(std::move(response));
}

}  // namespace

Control::Control(core::Daybook& daybook, std::string version) : daybook_(daybook), version_(std::move(version)) {}

void Control::set_listen(std::string address) {
  std::scoped_lock lock(mutex_);
  listen_ = std::move(address);
}

bool Control::takes(const net::Request& request) { return request.peer == "unix" && request.path.starts_with(prefix); }

Control::Action Control::action_of(const net::Request& request) {
  struct Route {
    std::string_view method, name;
    Action action;
  };
  static const Route routes[] = {{"POST", "token", &Control::token},   {"POST", "tenant", &Control::tenant},
                                 {"POST", "run", &Control::run_any},   {"POST", "reader", &Control::mend_reader},
                                 {"POST", "backup", &Control::backup}, {"GET", "readers", &Control::readers},
                                 {"GET", "status", &Control::status}};
  const auto name = std::string_view(request.path).substr(prefix.size());
  const auto found = std::ranges::find_if(routes, [&](const Route& r) { return r.method == request.method && r.name == name; });
  return found == std::end(routes) ? nullptr : found->action;
}

void Control::handle(net::Request&& request, net::Reply reply, Errands& errands) {
  const auto action = action_of(request);
  if (!action) return answer(std::move(reply), unknown_route());
  struct Errand {
    std::string body;
    net::Reply reply;
  };
  auto errand = std::make_shared<Errand>(std::move(request.body), std::move(reply));
  const bool queued = errands.post([this, action, errand] {
    try {
      answer(std::move(errand->reply), (this->*action)(errand->body));
    } catch (const std::exception& error) {
      // Only the machine's own operator reads this answer, so it may say what happened.
      base::log::error("a control request failed", {{"error", error.what()}});
      answer(std::move(errand->reply), failed(error.what()));
    }
  });
  if (!queued) answer(std::move(errand->reply), core::overloaded());
}

base::Result<std::shared_ptr<core::Tenant>> Control::find(const std::string& slug) const {
  if (auto tenant = daybook_.tenant(slug)) return tenant;
  return no_tenant("No business " + slug + ".");
}

base::Result<std::string> Control::run(const std::string& slug, std::string_view name, std::string_view input) {
  const auto tenant = TRY(find(slug));
  const auto& commands = daybook_.registry().commands();
  const auto command = std::ranges::find(commands, name, &core::Command::name);
  if (command == commands.end()) return no_command("There is no " + std::string(name) + ".");
  core::Call call{.tenant = tenant,
                  .command = &*command,
                  .actor = core::Actor::system("command line"),
                  .input = reflect::Value(command->input())};
  TRY(reflect::read(call.input.type(), call.input.data(), input));
  return TRY(daybook_.execute_and_wait(std::move(call))).body;
}

base::Result<std::string> Control::token(const std::string& body) {
  const auto order = TRY(reflect::from_json<TokenOrder>(body));
  std::string input = "{\"role\":";
  reflect::print_text(order.role, input);
  if (order.name) {
    input += ",\"name\":";
    reflect::print_text(*order.name, input);
  }
  if (order.ttl_seconds) input += ",\"ttl_seconds\":" + std::to_string(*order.ttl_seconds);
  return run(order.tenant, "identity.create_token", input + '}');
}

base::Result<std::string> Control::run_any(const std::string& body) {
  const auto order = TRY(reflect::from_json<RunOrder>(body));
  return run(order.tenant, order.command, order.input);
}

base::Result<std::string> Control::tenant(const std::string& body) {
  const auto order = TRY(reflect::from_json<NewTenant>(body));
  const auto tenant =
      TRY(daybook_.create_tenant(order.slug, order.name ? std::string_view(*order.name) : std::string_view(order.slug)));
  return reflect::to_json(line(*tenant));
}

base::Result<std::string> Control::mend_reader(const std::string& body) {
  const auto order = TRY(reflect::from_json<MendReader>(body));
  const auto tenant = TRY(find(order.tenant));
  switch (order.action) {
    case Mend::retry:
      TRY(daybook_.readers().retry(tenant, order.reader));
      break;
    case Mend::skip:
      TRY(daybook_.readers().skip(tenant, order.reader));
      break;
    case Mend::rebuild:
      TRY(daybook_.readers().rebuild(tenant, order.reader));
      break;
  }
  return readers({});
}

// The positions of before the copy: it holds them, and perhaps some entries more. The list of erasures goes with it, so that a
// restored backup forgets again whom the shop has forgotten since.
base::Result<std::string> Control::backup(const std::string& body) {
  const std::filesystem::path file(std::string(TRY(reflect::from_json<BackupTo>(body)).file));
  if (std::filesystem::exists(file)) return exists("There is a file " + file.string() + " already.");
  Backup made{file.string(), 0, lines(daybook_)};
  daybook_.database().backup(file);
  const auto erasures = daybook_.erasure_file();
  if (std::filesystem::exists(erasures))
    std::filesystem::copy_file(erasures, file.string() + ".erasures", std::filesystem::copy_options::overwrite_existing);
  made.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
  return reflect::to_json(made);
}

base::Result<std::string> Control::readers(const std::string&) {
  ReaderLines all;
  for (const auto& s : daybook_.readers().status())
    all.data.push_back({s.tenant, s.reader, std::string(core::text(s.state)), s.seq, s.head, s.failures, s.error});
  return reflect::to_json(all);
}

base::Result<std::string> Control::status(const std::string&) {
  Status now{.pid = getpid(), .listen = {}, .version = version_, .tenants = lines(daybook_)};
  now.uptime_seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
  std::scoped_lock lock(mutex_);
  now.listen = listen_;
  return reflect::to_json(now);
}

}  // namespace edge
