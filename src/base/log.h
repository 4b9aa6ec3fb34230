#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

// Structured logs: one JSON object a line on standard error {"time","level","message",…fields}.
// Fields are data; a secret never goes in. spdlog stays behind this header (its own costs 5 s a unit).
namespace base::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };

struct Field {
  std::string_view name;
  std::variant<std::int64_t, double, bool, std::string_view> value;
  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <std::integral I>
  Field(std::string_view n, I v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

void set_level(Level);
bool parse_level(std::string_view name, Level& out);  // "debug" … "off"
void debug(std::string_view message, Fields = {});
void info(std::string_view message, Fields = {});
void warning(std::string_view message, Fields = {});
void error(std::string_view message, Fields = {});
// Called for each warning and error too (counts for metrics). Set once at start.
void on_record(void (*)(Level, std::string_view message));

}  // namespace base::log
