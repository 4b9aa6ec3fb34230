// daybook_load: keeps connections to an HTTP/1.1 server busy and says how fast it answers. See options.cpp for its options.
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "bench/load/options.h"
#include "bench/load/run.h"

int main(int argc, char** argv) {
  try {
    std::puts(load::run(load::parse_options(argc, argv)).to_json().c_str());
    return 0;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "daybook_load: %s\n%s", error.what(), load::usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "daybook_load: %s\n", error.what());
    return 1;
  }
}
