#include "main/options.h"

#include <algorithm>
#include <charconv>

#include <toml++/toml.h>

#include "base/log.h"
#include "main/failure.h"
#include "net/mail.h"

namespace program {

namespace {

std::string check_listen(const std::string& text) {
  return parse_listen(text) ? "" : "an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
}
std::string check_level(const std::string& text) {
  base::log::Level level{};
  return base::log::parse_level(text, level) ? "" : "one of debug, info, warning, error, off";
}
std::string check_origin(const std::string& text) {
  const bool good = (text.starts_with("http://") || text.starts_with("https://")) && !text.ends_with('/') &&
                    text.find('/', text.find("://") + 3) == text.npos;
  return good ? "" : "an origin such as https://shop.example, without a path";
}
std::string check_mail_url(const std::string& text) { return text.empty() ? "" : net::wrong_with_mail_url(text); }
std::string check_mail_from(const std::string& text) { return text.empty() ? "" : net::wrong_with_mail_address(text); }
std::string check_data(const std::string& text) { return text.empty() ? "a directory or postgres://…" : ""; }

using enum OptionKind;
using enum OptionScope;
constexpr Option options[] = {
    {"data", text, everywhere, "./data", "DIR|URL",
     "Where the books are: a directory (one SQLite file, DIR/daybook.db), or postgres://user@host/database.", 0, 0,
     &check_data},
    {"keys", text, everywhere, "", "FILE",
     "The master keys: tokens are made with them, secrets sealed under them. Made when missing. Empty: DIR/keys; with "
     "PostgreSQL a "
     "file below ~/.local/state/daybook. DAYBOOK_MASTER_KEYS holds them itself."},
    {"log_level", text, everywhere, "info", "LEVEL",
     "What goes to standard error, one JSON object a line: debug, info, warning, error or off.", 0, 0, &check_level},
    {"listen", text, serving, "127.0.0.1:8080", "ADDR:PORT",
     "Where to serve HTTP. Port 0 takes any free one. Without TLS, keep it on this machine or behind a proxy.", 0, 0,
     &check_listen},
    {"tls_cert", text, serving, "", "FILE",
     "PEM: the server's certificate and those between it and its authority. With it the port speaks HTTPS alone. Read again "
     "when it changes."},
    {"tls_key", text, serving, "", "FILE", "PEM: the key of tls_cert, without a passphrase."},
    {"demo", toggle, serving, "false", "",
     "Found the sample business `kitchen` when there is no business yet; does nothing otherwise."},
    {"diagnostics", toggle, serving, "false", "",
     "For tests alone: /diagnostics/clock, a clock that can be set, and /ws/echo. Refused with a public address."},
    {"cors_origins", list, serving, "", "ORIGIN,…",
     "Pages of other origins that may call the API, such as https://shop.example.", 0, 0, &check_origin},
    {"mail_url", text, serving, "", "URL",
     "The server that takes letters: smtp://user:password@host:587 (TLS by STARTTLS is demanded) or smtps://…:465.", 0, 0,
     &check_mail_url, true},
    {"mail_from", text, serving, "", "ADDRESS", "Whom letters come from: Corner Shop <orders@shop.example>.", 0, 0,
     &check_mail_from},
    {"mail_authority", text, serving, "", "FILE", "PEM: who vouches for the mail server. Without: whom this system trusts."},
    {"mail_insecure", toggle, serving, "false", "",
     "Send letters, and the password, without TLS where the server has none, and believe any certificate. A server on this "
     "machine's own address 127.0.0.1 may do so anyway."},
    {"threads", number, serving, "0", "N", "Network threads; 0: one per processor, at most 8.", 0, 64},
    {"snapshot_threads", number, serving, "2", "N", "Threads for queries that read many rows.", 1, 64},
    {"job_threads", number, serving, "2", "N", "Threads for work outside of transactions.", 1, 64},
    {"max_connections", number, serving, "60000", "N", "Connections at once; more are answered 503.", 1, 1'000'000},
    {"queue", number, serving, "4096", "N", "Commands that may wait for the writer; more are answered 503.", 1, 1'000'000},
    {"drain_seconds", number, serving, "8", "N", "How long a stopping server waits for the answers that it owes.", 0, 9},
};

std::string_view text_of_origin(Origin origin) {
  switch (origin) {
    case Origin::standard:
      return "default";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::flag:
      return "flag";
  }
  return "";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::vector<std::string> words_of(const Option& option, const std::string& text) {
  if (option.kind != list) return {text};
  std::vector<std::string> words;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto end = std::min(text.find(',', start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

const Option* find(std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == std::end(options) ? nullptr : &*found;
}

// What is wrong with the value, "" when nothing is. Brings a toggle to true or false.
std::string wrong(const Option& option, std::string& word) {
  switch (option.kind) {
    case number: {
      std::int64_t n = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
      if (error == std::errc() && end == word.data() + word.size() && n >= option.min && n <= option.max) return "";
      return "a number from " + std::to_string(option.min) + " to " + std::to_string(option.max);
    }
    case toggle:
      if (word == "1" || word == "yes" || word == "on") word = "true";
      if (word == "0" || word == "no" || word == "off" || word.empty()) word = "false";
      return word == "true" || word == "false" ? "" : "true or false";
    default:
      return option.check ? option.check(word) : "";
  }
}

std::vector<std::string> words_of(const Option& option, const toml::node& node, const std::string& where) {
  const auto refuse = [&](const char* expected) { return Failure(where + " is " + expected + ".", Exit::configuration); };
  switch (option.kind) {
    case text:
      if (const auto value = node.value_exact<std::string>()) return {*value};
      throw refuse("a string");
    case number:
      if (const auto value = node.value_exact<std::int64_t>()) return {std::to_string(*value)};
      throw refuse("an integer");
    case toggle:
      if (const auto value = node.value_exact<bool>()) return {*value ? "true" : "false"};
      throw refuse("true or false");
    case list:
      break;
  }
  const auto* array = node.as_array();
  if (!array) throw refuse("a list of strings");
  std::vector<std::string> words;
  for (auto& member : *array) {
    const auto value = member.value_exact<std::string>();
    if (!value) throw refuse("a list of strings");
    words.push_back(*value);
  }
  return words;
}

}  // namespace

std::span<const Option> declared_options() { return options; }

std::string Option::flag() const {
  std::string out = "--" + std::string(name);
  std::ranges::replace(out, '_', '-');
  return out;
}
std::string Option::variable() const {
  std::string out = "DAYBOOK_" + std::string(name);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

Configuration::Configuration(const Flags& flags, const Environment& environment) {
  for (auto& option : options)
    values_[std::string(option.name)] = {words_of(option, std::string(option.standard)), Origin::standard};
  const auto named = flags.find("config");
  if (named != flags.end())
    read_file(named->second.front());
  else if (const auto path = environment("DAYBOOK_CONFIG"); path && !path->empty())
    read_file(*path);
  for (auto& option : options)
    if (const auto value = environment(option.variable()))
      set(option, words_of(option, *value), Origin::environment, option.variable());
  for (auto& [name, words] : flags)
    if (const auto* option = find(name)) {
      std::vector<std::string> all;
      for (auto& word : words) std::ranges::move(words_of(*option, word), std::back_inserter(all));
      set(*option, std::move(all), Origin::flag, option->flag());
    }
}

void Configuration::read_file(const std::string& path) {
  file_ = path;
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    throw Failure(path + (at.line ? ":" + std::to_string(at.line) + ":" + std::to_string(at.column) : "") + ": " +
                      std::string(error.description()),
                  Exit::configuration);
  }
  for (auto& [key, node] : table) {
    const std::string name(key.str()), where = path + ":" + std::to_string(node.source().begin.line) + ": " + name;
    const auto* option = find(name);
    if (!option) throw Failure(where + " is not an option. `daybook config` lists them all.", Exit::configuration);
    set(*option, words_of(*option, node, where), Origin::file, where);
  }
}

void Configuration::set(const Option& option, std::vector<std::string> words, Origin origin, const std::string& where) {
  for (auto& word : words)
    if (const auto expected = wrong(option, word); !expected.empty())
      throw Failure(where + " is " + expected + (option.secret ? "" : ", not " + quoted(word)) + '.',
                    origin == Origin::flag ? Exit::usage : Exit::configuration);
  values_.insert_or_assign(std::string(option.name), Value{std::move(words), origin});
}

std::string Configuration::text(std::string_view name) const { return values_.find(name)->second.words.front(); }
std::int64_t Configuration::number(std::string_view name) const { return std::stoll(text(name)); }
const std::vector<std::string>& Configuration::list(std::string_view name) const { return values_.find(name)->second.words; }

std::string Configuration::print(std::string_view version) const {
  std::string out = "# Daybook " + std::string(version) +
                    ": the effective configuration. Flags over environment over file.\n# File: " +
                    (file_.empty() ? "none (--config FILE or DAYBOOK_CONFIG)" : file_) + "\n";
  for (auto& option : options) {
    const auto& value = values_.find(option.name)->second;
    out +=
        "\n# " + std::string(option.summary) + "\n# " + option.flag() + ", " + option.variable() +
        ". Value from: " + std::string(text_of_origin(value.origin)) +
        (value.origin == Origin::standard ? ""
                                          : "; default: " + (option.standard.empty() ? "none" : std::string(option.standard))) +
        ".\n" + std::string(option.name) + " = ";
    if (option.kind == OptionKind::list) {
      out += '[';
      for (auto& word : value.words) out += (out.ends_with('[') ? "" : ", ") + quoted(word);
      out += ']';
    } else {
      out += option.kind == OptionKind::text ? quoted(without_password(value.words.front())) : value.words.front();
    }
    out += '\n';
  }
  return out;
}

bool ListenAddress::loopback() const { return address.starts_with("127.") || address == "::1" || address == "localhost"; }
std::string ListenAddress::text() const {
  return (address.find(':') == address.npos ? address : '[' + address + ']') + ':' + std::to_string(port);
}

std::optional<ListenAddress> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  ListenAddress out{text.substr(0, colon)};
  if (out.address.starts_with('[') && out.address.ends_with(']'))
    out.address = out.address.substr(1, out.address.size() - 2);
  else if (out.address.find(':') != text.npos)
    return std::nullopt;
  const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, out.port);
  if (error != std::errc() || stop != end || begin == end || out.address.empty()) return std::nullopt;
  return out;
}

std::string without_password(std::string url) {
  const auto start = url.find("://");
  if (start == url.npos) return url;
  const auto at = url.rfind('@', url.find_first_of("/?", start + 3));
  const auto colon = url.find(':', start + 3);
  if (at != url.npos && colon < at) url.replace(colon + 1, at - colon - 1, "***");
  for (auto found = url.find("password="); found != url.npos; found = url.find("password=", found + 9))
    url.replace(found + 9, std::min(url.find('&', found), url.size()) - found - 9, "***");
  return url;
}

std::string shell_quoted(const std::string& word) {
  if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=") == word.npos &&
      !word.empty())
    return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + '\'';
}

}  // namespace program
