#include <algorithm>
#include <deque>

#include "core/resource.h"

// Lists of a resource: keyset pages by id, filters by declared columns. The text of the statement is made from the
// declaration alone; every value is bound.
namespace core {

namespace {

// A cursor is "<last id>-<epoch>-<seq>": where the page ended, and the position that its first page stood at.
struct Cursor {
  std::string id;
  Position position;
};

std::string print(const Cursor& c) { return c.id + '-' + c.position.epoch + '-' + std::to_string(c.position.seq); }

base::Result<Cursor> parse_cursor(std::string_view text) {
  const auto first = text.find('-'), second = text.find('-', first == text.npos ? text.npos : first + 1);
  if (second != text.npos)
    if (auto position = Position::parse(std::string(text.substr(first + 1, second - first - 1)) + ':' +
                                        std::string(text.substr(second + 1))))
      return Cursor{std::string(text.substr(0, first)), *position};
  return bad_cursor();
}

struct Built {
  std::string sql;
  std::vector<db::Arg> args;
  std::deque<reflect::Value> values;  // where the args point
  std::int64_t limit = 0;
  std::string next(const db::Arg& a) {
    args.push_back(a);
    return '$' + std::to_string(args.size());
  }
};

base::Result<> add_filter(Built& q, const Resource& resource, std::string_view name, std::string_view text) {
  const auto& type = resource.type();
  const auto* field = type.field(name);
  if (!field || std::ranges::find(resource.filters, name) == resource.filters.end())
    return std::unexpected(reflect::invalid.problem("This list has no filter of that name.")
                               .at("/" + std::string(name), "unknown", "Filters: see the documentation of this route."));
  std::string placeholders;
  while (true) {
    const auto comma = text.find(',');
    auto& value = q.values.emplace_back(type);
    TRY(reflect::read_text(field->type(), field->at(value.data()), text.substr(0, comma), "/" + std::string(name)));
    placeholders += (placeholders.empty() ? "" : ", ") + q.next({&field->type(), field->at(value.data())});
    if (comma == text.npos) break;
    text.remove_prefix(comma + 1);
  }
  q.sql += " AND \"" + std::string(name) + "\" IN (" + placeholders + ")";
  return {};
}

base::Result<> build(Built& q, const Resource& resource, const ListInput& input, const std::string& after_id) {
  q.sql = " FROM " + std::string(resource.table) + " WHERE tenant = $t";
  for (auto& [name, text] : input.filters) TRY(add_filter(q, resource, name, text));
  for (auto& [name, text] : resource.defaults)
    if (!input.filters.contains(std::string(name))) TRY(add_filter(q, resource, name, text));
  const bool newest = resource.order == Order::newest_first;
  if (input.updated_after) q.sql += " AND updated_at > " + q.next(db::arg(*input.updated_after));
  if (!after_id.empty()) q.sql += std::string(newest ? " AND id < " : " AND id > ") + q.next(db::arg(after_id));
  q.sql += std::string(" ORDER BY id") + (newest ? " DESC" : "") + " LIMIT " + q.next(db::arg(q.limit));
  return {};
}

// Which rows make the page. What they say is in memory for most of them.
struct Listed {
  std::string id;
  std::int64_t version = 0;
};
RECORD(Listed, id, version)
RECORD_TYPE(Listed, "A row of a page.")

std::vector<Listed> rows_of(View& view, const Built& q) {
  std::vector<Listed> rows;
  view.connection().query_built("SELECT id, version" + q.sql, view.tenant(), q.args, reflect::type_of<Listed>(), &rows,
                                [](void* to) -> void* { return &static_cast<std::vector<Listed>*>(to)->emplace_back(); });
  return rows;
}

// Reads the whole page at once where many of its forms are not in memory: a scan costs less than that many look-ups.
void read_all(View& view, const Resource& resource, const Built& q) {
  struct Page {
    const reflect::Type* type;
    std::vector<reflect::Value> rows;
  } page{&resource.type(), {}};
  view.connection().query_built("SELECT {}" + q.sql, view.tenant(), q.args, resource.type(), &page, [](void* p) -> void* {
    auto* to = static_cast<Page*>(p);
    return to->rows.emplace_back(*to->type).data();
  });
  const auto& tenant = view.tenant_state();
  for (auto& row : page.rows)
    tenant.forms->put(tenant.number, id_of(*page.type, row.data()), version_of(*page.type, row.data()),
                      std::make_shared<const std::string>(reflect::to_json_erased(*page.type, row.data())));
}

std::vector<Forms::Text> forms_of(View& view, const Resource& resource, const Built& q, const std::vector<Listed>& rows) {
  const auto& tenant = view.tenant_state();
  std::vector<Forms::Text> forms;
  std::size_t missing = 0;
  for (auto& row : rows) missing += forms.emplace_back(tenant.forms->find(tenant.number, row.id, row.version)) ? 0 : 1;
  if (missing > 4) read_all(view, resource, q);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!forms[i]) forms[i] = form_of(view, resource, rows[i].id, rows[i].version);
  return forms;
}

}  // namespace

std::string print_page(std::span<const std::string_view> rows, std::string_view next_cursor) {
  std::size_t size = 64;
  for (auto& row : rows) size += row.size() + 1;
  std::string out;
  out.reserve(size);
  out += "{\"data\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i) out += ',';
    out += rows[i];
  }
  out += "],\"next_cursor\":";
  if (next_cursor.empty())
    out += "null";
  else
    reflect::print_text(next_cursor, out);
  out += '}';
  return out;
}

base::Result<std::string> list(View& view, const Resource& resource, const ListInput& input) {
  Cursor cursor{{}, view.position()};
  if (input.after) cursor = TRY(parse_cursor(*input.after));
  Built q;
  q.limit = input.limit + 1;
  TRY(build(q, resource, input, cursor.id));
  auto rows = rows_of(view, q);
  std::string next;
  if (std::ssize(rows) > input.limit) {
    rows.pop_back();
    next = print(Cursor{rows.back().id, cursor.position});
  }
  view.answer_at(cursor.position);
  const auto forms = forms_of(view, resource, q, rows);
  std::vector<std::string> chosen;
  if (input.fields)
    for (auto& form : forms) chosen.push_back(reflect::only(*form, *input.fields));
  std::vector<std::string_view> elements(chosen.begin(), chosen.end());
  if (!input.fields)
    for (auto& form : forms) elements.push_back(*form);
  return print_page(elements, next);
}

}  // namespace core
