#pragma once
#include <string>
#include <string_view>

#include "core/daybook.h"
#include "main/options.h"

// The sample business of --demo: the pizza restaurant `kitchen`, with the menu of the pizzaplace data set.
namespace program {

inline constexpr std::string_view demo_slug = "kitchen";

// A text of src/main/demo: "menu.csv", "friday.csv", "NOTICE".
std::string_view demo_file(std::string_view name);

enum class Founding : std::uint8_t { founded, was_there };
// Founds it when there is no business yet; on existing data it does nothing. Its content comes in one transaction: a crash
// leaves an empty business, which the next start completes. Throws Failure.
Founding found_demo(core::Daybook&);

struct Host {
  std::string program, data;
  ListenAddress listen;
  bool tls = false;
};
// Three commands to try, runnable as they are printed; "" where there is no sample business.
std::string demo_invitation(core::Daybook&, Founding, const Host&);

}  // namespace program
