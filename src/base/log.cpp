#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <charconv>
#include <cmath>

namespace base::log {
namespace {

std::atomic<void (*)(Level, std::string_view)> listener = nullptr;

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// Time and level are spdlog's; what follows is one JSON object already, so the pattern only frames it.
spdlog::logger& logger() {
  static const auto one = [] {
    auto made = std::make_shared<spdlog::logger>("daybook", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *one;
}

// The printer of reflect/ is a floor above; a log line needs only this much, and must survive text that is not UTF-8.
void quote(std::string_view text, std::string& out) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

struct Printer {
  std::string& out;
  void number(auto value) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void operator()(std::int64_t value) { number(value); }
  void operator()(double value) { std::isfinite(value) ? number(value) : void(out += "null"); }
  void operator()(bool value) { out += value ? "true" : "false"; }
  void operator()(std::string_view value) { quote(value, out); }
};

void record(Level level, std::string_view message, Fields fields) {
  if (level >= Level::warning)
    if (auto* heard = listener.load(std::memory_order_relaxed)) heard(level, message);
  auto& to = logger();
  if (!to.should_log(native(level))) return;
  std::string line;
  quote(message, line);
  for (const auto& field : fields) {
    line += ',';
    quote(field.name, line);
    line += ':';
    std::visit(Printer{line}, field.value);
  }
  to.log(native(level), line);
}

}  // namespace

void set_level(Level level) { logger().set_level(native(level)); }

bool parse_level(std::string_view name, Level& out) {
  constexpr std::string_view names[] = {"debug", "info", "warning", "error", "off"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name) return out = static_cast<Level>(i), true;
  return false;
}

void debug(std::string_view message, Fields fields) { record(Level::debug, message, fields); }
void info(std::string_view message, Fields fields) { record(Level::info, message, fields); }
void warning(std::string_view message, Fields fields) { record(Level::warning, message, fields); }
void error(std::string_view message, Fields fields) { record(Level::error, message, fields); }
void on_record(void (*heard)(Level, std::string_view)) { listener = heard; }

}  // namespace base::log
