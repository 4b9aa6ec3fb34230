#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What can be configured: each option is a flag (--log-level), a variable (DAYBOOK_LOG_LEVEL) and a TOML key (log_level).
// Flags over environment over file.
namespace program {

enum class OptionKind : std::uint8_t { text, number, toggle, list };
// Which commands take it as a flag: all of them, or those that run a server.
enum class OptionScope : std::uint8_t { everywhere, serving };

struct Option {
  std::string_view name;
  OptionKind kind;
  OptionScope scope;
  std::string_view standard;      // the default, as the environment would give it
  std::string_view placeholder;   // "ADDR:PORT"
  std::string_view summary;       // sentences for --help and `daybook config`
  std::int64_t min = 0, max = 0;  // of a number
  // What is wrong with a text, "" when nothing is.
  std::string (*check)(const std::string&) = nullptr;
  bool secret = false;           // a wrong value is not repeated; `daybook config` leaves passwords in URLs out anyway
  std::string flag() const;      // "--log-level"
  std::string variable() const;  // "DAYBOOK_LOG_LEVEL"
};
std::span<const Option> declared_options();

enum class Origin : std::uint8_t { standard, file, environment, flag };

// The effective value of every option, and where it came from.
class Configuration {
 public:
  // As CLI11 leaves them: the flags that were given, by option name; a list as several values.
  using Flags = std::map<std::string, std::vector<std::string>, std::less<>>;
  using Environment = std::function<std::optional<std::string>(const std::string& variable)>;

  // Throws Failure: usage for a flag, configuration for anything else, naming option, value and place.
  Configuration(const Flags&, const Environment&);

  std::string text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  bool toggle(std::string_view name) const { return text(name) == "true"; }
  const std::vector<std::string>& list(std::string_view name) const;
  // Everything as a commented TOML file. A password in a URL is not printed.
  std::string print(std::string_view version) const;

 private:
  struct Value {
    std::vector<std::string> words;
    Origin origin = Origin::standard;
  };
  void read_file(const std::string& path);
  void set(const Option&, std::vector<std::string> words, Origin, const std::string& where);
  std::map<std::string, Value, std::less<>> values_;
  std::string file_;
};

// "127.0.0.1:8080", "[::1]:8080" -> address and port; none when it is neither.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
  bool loopback() const;
  std::string text() const;
};
std::optional<ListenAddress> parse_listen(const std::string&);
// "postgres://shop:secret@host/db" -> "postgres://shop:***@host/db".
std::string without_password(std::string url);
// As a shell takes it back: "it's" -> 'it'\''s'; plain words stay.
std::string shell_quoted(const std::string& word);

}  // namespace program
