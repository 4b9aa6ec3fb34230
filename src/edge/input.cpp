#include "edge/input.h"

#include <algorithm>

#include "core/resource.h"
#include "edge/manners.h"
#include "edge/problem.h"

namespace edge {

namespace {

bool has_body(const Exchange& x) { return x.route().method != "GET"; }

// The members that path or query gave, one bit each in the order of the record's fields.
class Given {
 public:
  explicit Given(const reflect::Type& type) : type_(type) {}
  bool has(const reflect::Field& field) const { return (bits_ >> index(field)) & 1; }
  void add(const reflect::Field& field) { bits_ |= std::uint64_t{1} << index(field); }

 private:
  std::size_t index(const reflect::Field& field) const { return static_cast<std::size_t>(&field - type_.fields.data()); }
  const reflect::Type& type_;
  std::uint64_t bits_ = 0;
};

void add_errors(base::Problem& all, base::Problem&& more) {
  for (auto& error : more.errors) all.errors.push_back(std::move(error));
}

base::Result<> read_segments(Exchange& x, Given& given) {
  const auto& fields = x.route().segments;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto text = percent_decoded(x.match.segments[i], Decode::segment);
    // What can name nothing names nothing: the same answer as for an id that is not there.
    if (!text || !reflect::read_text(fields[i]->type(), fields[i]->at(x.input.data()), *text, {}))
      return core::not_found("There is nothing under this " + std::string(fields[i]->name) + ".");
    given.add(*fields[i]);
  }
  return {};
}

void read_parameter(Exchange& x, Given& given, const std::string& name, std::string& text, base::Problem& wrong) {
  const auto* field = x.input.type().field(name);
  if (field && is_input(*field) && !std::ranges::count(x.route().segments, field)) {
    const auto pointer = '/' + name;
    if (given.has(*field)) wrong.errors.push_back({pointer, "duplicate", "Is given twice."});
    if (auto done = reflect::read_text(field->type(), field->at(x.input.data()), text, pointer); !done)
      add_errors(wrong, std::move(done).error());
    given.add(*field);
    return;
  }
  const auto* resource = x.route().query && x.route().query->list ? x.route().query->resource : nullptr;
  if (resource && std::ranges::count(resource->filters, std::string_view(name))) {
    if (!x.input.as<core::ListInput>().filters.emplace(name, std::move(text)).second)
      wrong.errors.push_back({'/' + name, "duplicate", "Is given twice."});
    return;
  }
  wrong.errors.push_back({'/' + name, "unknown", "Is not a parameter of this route."});
}

base::Result<> read_query(Exchange& x, Given& given, base::Problem& wrong) {
  std::string_view rest = x.request.query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decoded(pair.substr(0, equals), Decode::query);
    auto text = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Decode::query);
    if (!name || !text) return reflect::malformed("A percent escape of the query is not one.");
    if (!base::valid_utf8(*name)) return reflect::malformed("The query is not valid UTF-8.");
    read_parameter(x, given, *name, *text, wrong);
  }
  return {};
}

// Reports what is still missing where there is no body to report it.
void report_missing(const Exchange& x, const Given& given, base::Problem& wrong) {
  for (const auto& field : x.input.type().fields)
    if (!given.has(field) && !may_be_missing(field))
      wrong.errors.push_back({'/' + std::string(field.name), "missing", "Must be given."});
}

base::Result<> check_media_type(const Exchange& x) {
  if (x.request.body.empty()) return {};
  const auto which = x.route().method == "PATCH" ? Bodies::json_or_patch : Bodies::json;
  if (!takes_content_type(x.request.header("content-type"), which)) return media_type();
  return {};
}

// The text of a merge patch, printed anew: what follows need not look at its syntax again, and white space does not count.
base::Result<> read_raw(Exchange& x) {
  const auto* field = x.input.type().field("patch");
  auto& patch = *static_cast<base::Json*>(field->at(x.input.data()));
  if (auto done = reflect::read(field->type(), &patch, x.request.body); !done) {
    // Any JSON will do here; what exactly is wrong, the record that it is laid over says best.
    const auto* command = x.route().command;
    if (done.error().code != reflect::invalid.code || !command || !command->body_type) return done;
    reflect::Value scratch(command->body_type());
    TRY(reflect::merge(scratch.type(), scratch.data(), x.request.body));
    return done;
  }
  if (!patch.starts_with('{')) return std::unexpected(reflect::invalid.problem().at("", "type", "Must be an object."));
  return {};
}

// What is wrong with the body of a record: not that it lacks what path or query gave, but that it repeats it.
void reconcile(const Exchange& x, const Given& given, base::Result<>&& body, base::Problem& wrong) {
  for (const auto& field : x.input.type().fields) {
    if (!given.has(field)) continue;
    const auto lacks = [&](const base::FieldError& e) {
      return e.code == "missing" && std::string_view(e.pointer).substr(1) == field.name;
    };
    const bool lacking = !body && std::erase_if(body.error().errors, lacks) > 0;
    if (!lacking && !may_be_missing(field))
      wrong.errors.push_back({'/' + std::string(field.name), "unknown", "Is given by the route already."});
  }
  if (!body) add_errors(wrong, std::move(body).error());
}

}  // namespace

bool may_be_missing(const reflect::Field& field) {
  if (field.is(reflect::computed | reflect::hidden | reflect::defaulted)) return true;
  const auto& type = field.type();
  return type.kind == reflect::Kind::optional ||
         ((type.kind == reflect::Kind::list || type.kind == reflect::Kind::map) && type.min == 0);
}

base::Result<> read_input(Exchange& x) {
  const auto& route = x.route();
  const bool raw = route.operation->body == core::Body::raw;
  x.input = reflect::Value(*route.input);
  Given given(*route.input);
  auto wrong = reflect::invalid.problem();
  base::Result<> body;
  if (has_body(x)) {
    if (route.method != "DELETE" && !x.request.query.empty())
      return std::unexpected(std::move(wrong).at("", "unknown", "This route takes its members in the body, not in the query."));
    TRY(check_media_type(x));
    if (raw) {
      TRY(read_raw(x));
    } else {
      body = reflect::read(x.input.type(), x.input.data(), x.request.body.empty() ? std::string_view("{}") : x.request.body);
      if (!body && body.error().code != reflect::invalid.code) return body;
    }
  }
  // Behind the body, so that path and query are laid over it.
  TRY(read_segments(x, given));
  TRY(read_query(x, given, wrong));
  // (A raw body brings nothing but the patch: what else its record has is the route's, or nobody's.)
  if (!has_body(x))
    report_missing(x, given, wrong);
  else if (!raw)
    reconcile(x, given, std::move(body), wrong);
  if (!wrong.errors.empty()) return std::unexpected(std::move(wrong));
  return {};
}

bool has_client_id(const Exchange& x) {
  const auto& type = x.input.type();
  const auto* id = type.field("id");
  if (!id || std::ranges::count(x.route().segments, id)) return false;
  const auto& id_type = id->type();
  void* place = id->at(const_cast<void*>(x.input.data()));
  if (id_type.kind == reflect::Kind::optional) return id_type.size(place) == 1;
  if (id_type.kind != reflect::Kind::scalar) return true;
  std::string text;
  id_type.scalar.print(place, text);
  return text.find_first_not_of('0', text.find('_') + 1) != text.npos;
}

}  // namespace edge
