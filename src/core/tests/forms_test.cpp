#include "core/forms.h"

#include <gtest/gtest.h>

#include "core/tests/ground.h"

using namespace core_test;

namespace {

constexpr std::string_view one = "ord_01jqm3vh6e7s8v3jq0a1b2c3d4", other = "ord_01jqm3vh6e7s8v3jq0a1b2c3d5";

core::Forms::Text text(std::string s) { return std::make_shared<const std::string>(std::move(s)); }

TEST(PrintedForms, AreFoundByTenantKindIdAndVersion) {
  core::Forms forms;
  forms.put(1, one, 3, text("three"));
  EXPECT_EQ(*forms.find(1, one, 3), "three");
  EXPECT_FALSE(forms.find(1, one, 2));
  EXPECT_FALSE(forms.find(1, one, 4));
  EXPECT_FALSE(forms.find(2, one, 3)) << "another tenant's";
  EXPECT_FALSE(forms.find(1, other, 3));
  EXPECT_FALSE(forms.find(1, "itm" + std::string(one.substr(3)), 3)) << "another kind with the same bits";
  EXPECT_FALSE(forms.find(1, "no id", 3));
}

TEST(PrintedForms, AnOlderVersionDoesNotReplaceANewerOne) {
  core::Forms forms;
  forms.put(1, one, 3, text("three"));
  forms.put(1, one, 2, text("two"));
  EXPECT_EQ(*forms.find(1, one, 3), "three");
  forms.put(1, one, 4, text("four"));
  EXPECT_FALSE(forms.find(1, one, 3));
  EXPECT_EQ(*forms.find(1, one, 4), "four");
}

TEST(PrintedForms, TakeABoundedNumberOfBytes) {
  core::Forms forms(16 * 4000);
  base::Bits128 bits{};
  for (std::uint8_t i = 1; i < 200; ++i) {
    bits[15] = bits[8] = i;
    forms.put(1, base::id_text("ord", bits), 1, text(std::string(1000, 'x')));
    EXPECT_LE(forms.bytes(), 16 * 4000u);
  }
  EXPECT_TRUE(forms.find(1, base::id_text("ord", bits), 1)) << "the newest stays";
}

TEST(PrintedForms, AreForgottenByTenant) {
  core::Forms forms;
  forms.put(1, one, 1, text("a"));
  forms.put(2, one, 1, text("b"));
  forms.forget(1);
  EXPECT_FALSE(forms.find(1, one, 1));
  EXPECT_TRUE(forms.find(2, one, 1));
  forms.forget(2);
  EXPECT_EQ(forms.bytes(), 0u);
}

}  // namespace
