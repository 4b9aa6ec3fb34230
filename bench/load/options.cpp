#include "bench/load/options.h"

#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace load {

const char* const usage =
    "usage: daybook_load --url http://HOST:PORT [--path PATH] [--method POST --body-template FILE] [--header 'Name: value']…\n"
    "                    [--connections 64] [--seconds 10] [--warmup 2] [--requests N] [--list NAME=FILE]… [--ids FILE]\n"
    "Path and body may hold {{id}} (a new order id), {{n}} (a counter) and {{pick:NAME}} (a random line of that list).\n"
    "Prints one JSON object: rate (answers/s), p50_ms, p90_ms, p99_ms, max_ms, answers by status, errors, cpu_us (own, a "
    "request).\n";

namespace {

template <class T>
T number(std::string_view name, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("--" + std::string(name) + " wants a number, not " + std::string(text));
  }
  return value;
}

std::ifstream opened(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::invalid_argument("cannot read " + file);
  return in;
}

void read_url(Options& options, std::string_view url) {
  constexpr std::string_view scheme = "http://";
  const auto colon = url.rfind(':');
  if (!url.starts_with(scheme) || colon < scheme.size()) throw std::invalid_argument("--url wants http://HOST:PORT");
  options.host = url.substr(scheme.size(), colon - scheme.size());
  options.port = number<std::uint16_t>("url", url.substr(colon + 1));
}

void read_body(Options& options, const std::string& file) {
  std::ostringstream text;
  text << opened(file).rdbuf();
  options.body = text.str();
}

void read_list(Options& options, std::string_view named) {
  const auto equals = named.find('=');
  if (equals == named.npos) throw std::invalid_argument("--list wants NAME=FILE");
  auto& lines = options.lists[std::string(named.substr(0, equals))];
  auto in = opened(std::string(named.substr(equals + 1)));
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) throw std::invalid_argument("the list " + std::string(named) + " is empty");
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const std::map<std::string_view, std::function<void(const std::string&)>> flags{
      {"url", [&](const std::string& v) { read_url(options, v); }},
      {"path", [&](const std::string& v) { options.path = v; }},
      {"method", [&](const std::string& v) { options.method = v; }},
      {"body-template", [&](const std::string& v) { read_body(options, v); }},
      {"header", [&](const std::string& v) { options.headers.push_back(v); }},
      {"list", [&](const std::string& v) { read_list(options, v); }},
      {"ids", [&](const std::string& v) { options.ids_file = v; }},
      {"connections", [&](const std::string& v) { options.connections = number<std::size_t>("connections", v); }},
      {"seconds", [&](const std::string& v) { options.seconds = number<double>("seconds", v); }},
      {"warmup", [&](const std::string& v) { options.warmup = number<double>("warmup", v); }},
      {"requests", [&](const std::string& v) { options.requests = number<std::uint64_t>("requests", v); }},
  };
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    const auto known = flag.starts_with("--") ? flags.find(flag.substr(2)) : flags.end();
    if (known == flags.end()) throw std::invalid_argument("unknown option " + std::string(flag));
    if (i + 1 == argc) throw std::invalid_argument(std::string(flag) + " wants a value");
    known->second(argv[i + 1]);
  }
  if (options.connections == 0) throw std::invalid_argument("--connections wants at least 1");
  return options;
}

}  // namespace load
