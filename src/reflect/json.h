#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reflect/type.h"

// JSON of any described type. Printing appends to a string; reading goes through Boost.JSON, in json.cpp alone.
// Limits: 32 levels deep, integers within int64, no U+0000 in text, valid UTF-8. No number passes through floating point.
namespace reflect {

inline constexpr base::ProblemKind malformed{"input.malformed", 400, "The body is not a JSON document."};
inline constexpr base::ProblemKind invalid{"input.invalid", 422, "The input breaks a rule; every offending member is listed."};

// Which fields to print: all; all with the personal ones empty (null, or "" where null is not possible), so that open and
// whole have the same members; or only the personal ones that are not empty (an object shaped like a merge patch, "" when
// there are none); or what a column keeps: all but the members that hold nothing and start so, for Read::stored leaves those as
// they start. `secret` and `hidden` are never printed.
enum class Part : std::uint8_t { whole, open, personal, stored };

void print(const Type&, const void* value, std::string& out, Part = Part::whole);
void print_text(std::string_view, std::string& out);  // a JSON string with its quotes
bool has_personal(const Type&);                       // does the record declare any, at any depth?

// strict: input. Unknown members are refused, `computed` and `hidden` are unknown; all offending pointers are reported.
// creation/patch of a stored record: see merge. stored: lenient. Unknown members are ignored, missing ones keep the default.
enum class Read : std::uint8_t { strict, stored };

base::Result<> read(const Type&, void* value, std::string_view json, Read = Read::strict);
// RFC 7396 onto `value`: only the members that are there; null clears an optional. Refuses `computed`, `hidden`, `fixed`.
base::Result<> merge(const Type&, void* value, std::string_view json);
// One member from the text of a path segment or query parameter; a list from comma-separated text. The pointer names it in
// errors.
base::Result<> read_text(const Type&, void* value, std::string_view text, std::string_view pointer);
// Lays `personal` (as print(Part::personal) gave it) over the object `open` and gives the whole.
std::string join(std::string_view open, std::string_view personal);
// [{"pointer","from","to"}] of the differing members, leaf by leaf; a list differs as a whole unless both are records
// with the same "id" at the same place. "[]" when nothing differs.
std::string changes(const Type&, const void* before, const void* after, Part);
// Keeps only the named top-level members ("id,total"). Unknown names are ignored.
std::string only(std::string_view object, std::string_view comma_names);
// Member `name` of an object as its own text: a string unquoted, else JSON; "" when absent.
std::string member(std::string_view object, std::string_view name);

inline std::string to_json_erased(const Type& type, const void* value, Part part = Part::whole) {
  std::string out;
  print(type, value, out, part);
  return out;
}
template <class T>
std::string to_json(const T& value, Part part = Part::whole) {
  std::string out;
  print(type_of<T>(), &value, out, part);
  return out;
}
template <class T>
base::Result<T> from_json(std::string_view json, Read how = Read::strict) {
  T value{};
  if (auto done = read(type_of<T>(), &value, json, how); !done) return std::unexpected(std::move(done).error());
  return value;
}

// A value of a described record whose C++ type only its Type knows.
class Value {
 public:
  Value() = default;
  explicit Value(const Type& t) : type_(&t), data_(t.make(), t.destroy) {}
  template <class T>
  static Value of(T value) {
    Value v(type_of<T>());
    *static_cast<T*>(v.data()) = std::move(value);
    return v;
  }
  const Type& type() const { return *type_; }
  void* data() { return data_.get(); }
  const void* data() const { return data_.get(); }
  explicit operator bool() const { return data_ != nullptr; }
  template <class T>
  T& as() {
    return *static_cast<T*>(data_.get());
  }

 private:
  const Type* type_ = nullptr;
  std::unique_ptr<void, void (*)(void*)> data_{nullptr, nullptr};
};

}  // namespace reflect
