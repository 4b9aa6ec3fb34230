#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace load {

// What one run sends, to whom and for how long.
struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string method = "GET";
  std::string path = "/";                                 // may hold placeholders, see text.h
  std::string body;                                       // the text of --body-template; may hold placeholders
  std::vector<std::string> headers;                       // "Name: value"
  std::map<std::string, std::vector<std::string>> lists;  // the lines of --list NAME=FILE
  std::string ids_file;                                   // where ids that were answered with 2xx go; empty: nowhere
  std::size_t connections = 64;
  double seconds = 10;
  double warmup = 2;           // seconds before measuring starts
  std::uint64_t requests = 0;  // not 0: send exactly so many, without warm-up, however long it takes
};

// Reads the command line. Throws std::invalid_argument with a sentence for the user.
Options parse_options(int argc, char** argv);

extern const char* const usage;

}  // namespace load
