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

base::Result<Built> build(const Resource& resource, const ListInput& input, const std::string& after_id,
                          const std::int64_t& limit) {
  Built q;
  q.sql = "SELECT {} FROM " + std::string(resource.table) + " WHERE tenant = $t";
  for (auto& [name, text] : input.filters) TRY(add_filter(q, resource, name, text));
  for (auto& [name, text] : resource.defaults)
    if (!input.filters.contains(std::string(name))) TRY(add_filter(q, resource, name, text));
  const bool newest = resource.order == Order::newest_first;
  if (input.updated_after) q.sql += " AND updated_at > " + q.next(db::arg(*input.updated_after));
  if (!after_id.empty()) q.sql += std::string(newest ? " AND id < " : " AND id > ") + q.next(db::arg(after_id));
  q.sql += std::string(" ORDER BY id") + (newest ? " DESC" : "") + " LIMIT " + q.next(db::arg(limit));
  return q;
}

struct Rows {
  const reflect::Type* type;
  std::vector<reflect::Value> rows;
};

}  // namespace

std::string print_page(const std::vector<std::string>& rows, std::string_view next_cursor) {
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
  const std::int64_t limit = input.limit + 1;
  auto q = TRY(build(resource, input, cursor.id, limit));
  Rows found{&resource.type(), {}};
  view.connection().query_built(q.sql, view.tenant(), q.args, resource.type(), &found, [](void* p) -> void* {
    auto* rows = static_cast<Rows*>(p);
    return rows->rows.emplace_back(*rows->type).data();
  });
  std::string next;
  if (std::ssize(found.rows) > input.limit) {
    found.rows.pop_back();
    next = print(Cursor{id_of(resource.type(), found.rows.back().data()), cursor.position});
  }
  view.answer_at(cursor.position);
  std::vector<std::string> rows;
  rows.reserve(found.rows.size());
  for (auto& row : found.rows) {
    auto& text = rows.emplace_back(reflect::to_json_erased(resource.type(), row.data()));
    if (input.fields) text = reflect::only(text, *input.fields);
  }
  return print_page(rows, next);
}

}  // namespace core
