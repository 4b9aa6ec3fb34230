#include "base/qr.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace base {
namespace {

TEST(Qr, HasTheFinderPatternsOfTheStandard) {
  const auto code = qr_code("https://shop.local:8080/tls");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->size(), 29u) << "version 3";
  constexpr bool side[] = {true, false, true, true, true, false, true};
  for (std::size_t i = 0; i < 7; ++i) {
    for (const auto& [x, y] : {std::pair<std::size_t, std::size_t>{0, 0}, {22, 0}, {0, 22}}) {
      EXPECT_TRUE((*code)[y][x + i] && (*code)[y + i][x]);
      EXPECT_EQ((*code)[y + 3][x + i], side[i]) << i;
    }
  }
  EXPECT_FALSE(qr_code(std::string(3000, 'x')));
}

TEST(Qr, IsDrawnWithItsQuietZone) {
  const auto code = qr_code("a");  // 21 modules
  ASSERT_TRUE(code);
  const std::string text = qr_text(*code, false);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), (21 + 8 + 1) / 2);
  EXPECT_TRUE(text.starts_with("█████████████████████████████\n")) << "light all along";
  EXPECT_TRUE(qr_text(*code, true).starts_with("\033["));
}

}  // namespace
}  // namespace base
