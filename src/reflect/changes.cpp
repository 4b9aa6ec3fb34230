#include <algorithm>

#include "reflect/json.h"

// What differs between two values of one type, for the log's `changed` and the audit view.
namespace reflect {
namespace {

bool equal(const Type&, const void* a, const void* b);

template <class T>
bool same(const void* a, const void* b) {
  return *static_cast<const T*>(a) == *static_cast<const T*>(b);
}

bool equal_by_text(const Type& t, const void* a, const void* b) {
  std::string left, right;
  t.scalar.print(a, left);
  t.scalar.print(b, right);
  return left == right;
}

using Entries = std::vector<std::pair<std::string_view, const void*>>;
Entries entries(const Type& t, const void* map) {
  Entries out;
  t.each(map, &out,
         [](void* to, std::string_view key, const void* value) { static_cast<Entries*>(to)->emplace_back(key, value); });
  return out;
}

void* item(const Type& t, const void* v, std::size_t i) { return t.at(const_cast<void*>(v), i); }
void* member_of(const Field& field, const void* record) { return field.at(const_cast<void*>(record)); }

bool equal_items(const Type& t, const void* a, const void* b) {
  const auto n = t.size(a);
  if (n != t.size(b)) return false;
  for (std::size_t i = 0; i < n; ++i)
    if (!equal(t.item(), item(t, a, i), item(t, b, i))) return false;
  return true;
}

bool equal_maps(const Type& t, const void* a, const void* b) {
  const auto left = entries(t, a), right = entries(t, b);
  return std::ranges::equal(left, right,
                            [&](auto& l, auto& r) { return l.first == r.first && equal(t.item(), l.second, r.second); });
}

// By what is printed: `secret` and `hidden` do not count.
bool equal(const Type& t, const void* a, const void* b) {
  switch (t.kind) {
    case Kind::boolean:
      return same<bool>(a, b);
    case Kind::integer:
      return same<std::int64_t>(a, b);
    case Kind::text:
    case Kind::bytes:
    case Kind::json:
      return same<std::string>(a, b);
    case Kind::quantity:
      return same<base::Quantity>(a, b);
    case Kind::money:
      return same<base::Money>(a, b);
    case Kind::scalar:
      return t.scalar.to_integer ? t.scalar.to_integer(a) == t.scalar.to_integer(b) : equal_by_text(t, a, b);
    case Kind::list:
    case Kind::optional:
      return equal_items(t, a, b);
    case Kind::map:
      return equal_maps(t, a, b);
    case Kind::record:
      break;
  }
  for (const auto& field : t.fields)
    if (!field.is(secret | hidden) && !equal(field.type(), member_of(field, a), member_of(field, b))) return false;
  return true;
}

// Both lists hold records, and where both have a place, the same "id" stands there: then they differ item by item.
bool same_ids(const Type& t, const void* a, const void* b) {
  const auto& record = t.item();
  const auto* id = record.field("id");
  if (!id) return false;
  for (std::size_t i = 0, n = std::min(t.size(a), t.size(b)); i < n; ++i)
    if (!equal(id->type(), member_of(*id, item(t, a, i)), member_of(*id, item(t, b, i)))) return false;
  return true;
}

class Difference {
 public:
  explicit Difference(std::string& out) : out_(out) {}

  void between(const Type& t, const void* a, const void* b, Part part) {
    switch (t.kind) {
      case Kind::record:
        return of_records(t, a, b, part);
      case Kind::map:
        return of_maps(t, a, b, part);
      case Kind::optional:
        if (t.size(a) == 0 || t.size(b) == 0) break;
        return between(t.item(), item(t, a, 0), item(t, b, 0), part);
      case Kind::list:
        if (!same_ids(t, a, b)) break;
        return of_lists(t, a, b, part);
      default:
        break;
    }
    if (!equal(t, a, b)) say(t, a, b, part);
  }

 private:
  void of_records(const Type& t, const void* a, const void* b, Part part) {
    for (const auto& field : t.fields) {
      if (field.is(secret | hidden) || (part == Part::open && field.is(personal))) continue;
      if (part == Part::personal && !field.is(personal) && !has_personal(field.type())) continue;
      // Below a personal member all is personal.
      const auto below = part == Part::personal && field.is(personal) ? Part::whole : part;
      at(field.name, [&] { between(field.type(), member_of(field, a), member_of(field, b), below); });
    }
  }
  void of_lists(const Type& t, const void* a, const void* b, Part part) {
    const auto left = t.size(a), right = t.size(b);
    for (std::size_t i = 0; i < std::max(left, right); ++i)
      at(std::to_string(i), [&] {
        if (i < left && i < right) return between(t.item(), item(t, a, i), item(t, b, i), part);
        say(t.item(), i < left ? item(t, a, i) : nullptr, i < right ? item(t, b, i) : nullptr, part);
      });
  }
  void of_maps(const Type& t, const void* a, const void* b, Part part) {
    const auto left = entries(t, a), right = entries(t, b);  // both sorted by key
    for (auto l = left.begin(), r = right.begin(); l != left.end() || r != right.end();) {
      const bool in_left = l != left.end() && (r == right.end() || l->first <= r->first);
      const bool in_right = r != right.end() && (l == left.end() || r->first <= l->first);
      at(in_left ? l->first : r->first, [&] {
        if (in_left && in_right) return between(t.item(), l->second, r->second, part);
        say(t.item(), in_left ? l->second : nullptr, in_right ? r->second : nullptr, part);
      });
      l += in_left;
      r += in_right;
    }
  }

  template <class F>
  void at(std::string_view name, F&& f) {
    const auto before = pointer_.size();
    pointer_ += '/';
    for (char c : name) c == '~' ? pointer_ += "~0" : c == '/' ? pointer_ += "~1" : pointer_ += c;
    f();
    pointer_.resize(before);
  }

  void value(const Type& t, const void* v, Part part) {
    const auto start = out_.size();
    if (v) print(t, v, out_, part);
    if (out_.size() == start) out_ += "null";
  }
  void say(const Type& t, const void* from, const void* to, Part part) {
    const auto start = out_.size();
    if (start > 1) out_ += ',';
    out_ += R"({"pointer":)";
    print_text(pointer_, out_);
    out_ += R"(,"from":)";
    const auto from_at = out_.size();
    value(t, from, part);
    const auto from_end = out_.size();
    out_ += R"(,"to":)";
    const auto to_at = out_.size();
    value(t, to, part);
    // A part may see no difference in what differs as a whole.
    if (std::string_view(out_).substr(from_at, from_end - from_at) == std::string_view(out_).substr(to_at))
      return out_.resize(start);
    out_ += '}';
  }

  std::string& out_;
  std::string pointer_;
};

}  // namespace

std::string changes(const Type& type, const void* before, const void* after, Part part) {
  std::string out = "[";
  Difference(out).between(type, before, after, part);
  return out += ']';
}

}  // namespace reflect
