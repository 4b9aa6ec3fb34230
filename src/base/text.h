#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Field types that carry their own limits. Parsing enforces them, the OpenAPI document and the TypeScript client
// print them, and no validator is written by hand. Lengths of text count code points.
namespace base {

bool valid_utf8(std::string_view);
std::size_t code_points(std::string_view utf8);  // of valid UTF-8
std::string nfc(std::string_view utf8);          // Unicode Normalization Form C (UAX #15) of valid UTF-8

template <std::size_t Min, std::size_t Max>
struct Text : std::string {
  using std::string::string;
  Text() = default;
  Text(std::string s) : std::string(std::move(s)) {}
  Text(std::string_view s) : std::string(s) {}
};

template <std::int64_t Min, std::int64_t Max>
struct Count {
  std::int64_t value = Min;
  Count() = default;
  Count(std::int64_t v) : value(v) {}
  operator std::int64_t() const { return value; }
};

template <class T, std::size_t Min, std::size_t Max>
struct List : std::vector<T> {
  using std::vector<T>::vector;
  List() = default;
  List(std::vector<T> v) : std::vector<T>(std::move(v)) {}
};

// Bytes that are not text: hashes, salts, sealed secrets. BYTEA in SQL, lower-case hex in JSON.
struct Bytes : std::string {
  using std::string::string;
  Bytes() = default;
  Bytes(std::string s) : std::string(std::move(s)) {}
};

// A JSON document kept as it was printed. TEXT in SQL, itself in JSON.
struct Json : std::string {
  using std::string::string;
  Json() = default;
  Json(std::string s) : std::string(std::move(s)) {}
};

}  // namespace base
