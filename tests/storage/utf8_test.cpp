// SPDX-License-Identifier: MIT
#include "storage/text/utf8.h"

#include <gtest/gtest.h>

namespace irmae::storage {
namespace {

TEST(Utf8, CountsCharactersNotBytes) {
  EXPECT_EQ(utf8_characters(""), 0U);
  EXPECT_EQ(utf8_characters("4.11 ± 0.04"), 11U);
  EXPECT_EQ(utf8_characters("é\u20AC\U0001F600"), 3U) << "of two, three and four bytes";
}

TEST(Utf8, CountsEachByteThatBeginsNoCharacter) {
  EXPECT_EQ(utf8_characters("a\xE9z"), 3U);
  EXPECT_EQ(utf8_characters("\xED\xA0\x80"), 3U) << "half a pair of UTF-16";
}

TEST(Utf8, IsPrintableWithoutWhatATerminalObeysOrWhatIsNone) {
  EXPECT_EQ(printable("4.11 ± 0.04\n\u20AC"), "4.11 ± 0.04\n\u20AC");
  EXPECT_EQ(printable("\x1b[2J\t\r\x7f|"), " [2J   |");
  EXPECT_EQ(printable("\u009b2J\u00a0"), " 2J\u00a0") << "controls of two bytes, and what stands behind them";
  EXPECT_EQ(printable("\xff\xfe\xC2"), "???");
  EXPECT_EQ(printable_in_line("a\n\x1b\u20AC\n"), "a  \u20AC ");
}

TEST(Utf8, IsToldFromOtherCharacterSets) {
  for (const char* text : {"", "plain", "\u00e9\u20AC\U0001F600"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"a\xE9z", "\xE9", "\xED\xA0\x80", "\u00e9\xC3"}) EXPECT_FALSE(is_utf8(text)) << text;
}

}  // namespace
}  // namespace irmae::storage
