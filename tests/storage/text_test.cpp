// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "storage/text/first_line.h"
#include "storage/text/toml_entries.h"
#include "storage/text/toml_text.h"
#include "storage/text/words_of.h"

namespace irmae::storage {
namespace {

TEST(TomlText, QuotesWhatWouldEndAStringOrIsNoText) {
  EXPECT_EQ(toml_text(""), R"("")");
  EXPECT_EQ(toml_text("a 'b' #c = [1]"), R"("a 'b' #c = [1]")");
  EXPECT_EQ(toml_text(R"(say "C:\x")"), R"("say \"C:\\x\"")");
  EXPECT_EQ(toml_text(std::string("\0\x01\t\n\r\x1b\x1f\x7f", 8)), R"("\u0000\u0001\u0009\u000a\u000d\u001b\u001f\u007f")");
  EXPECT_EQ(toml_text("\xC3\xA9t\xC3\xA9 \xE9"), "\"\xC3\xA9t\xC3\xA9 \xE9\"") << "UTF-8, and what is none";
}

TEST(TomlText, IsReadAsWhatItWasMadeOf) {
  std::string every;
  for (char c = 0; c < 0x7f; ++c) every += c;
  every += "\x7f\xC3\xA9";

  const auto entries = parse_entries("[[cell]]\nname = " + toml_text(every) + "\n", "plan", "cell", {"name"});
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0][0], every);
}

TEST(FirstLine, IsTheFirstThatSaysSomething) {
  EXPECT_EQ(first_line("one\ntwo"), "one");
  EXPECT_EQ(first_line("one"), "one");
  EXPECT_EQ(first_line("\n  one \n two"), "one ");
  EXPECT_EQ(first_line(""), "");
  EXPECT_EQ(first_line(" \n\n"), "");
}

enum class Side { left, right };
constexpr auto kSides = words_of<Side::right>({"l", "r"});

TEST(Words, AreThoseOfTheirValuesBothWays) {
  EXPECT_EQ(kSides.of(Side::left), "l");
  EXPECT_EQ(kSides.of(Side::right), "r");
  for (const Side side : {Side::left, Side::right}) EXPECT_EQ(kSides.from(kSides.of(side)), side);
}

TEST(Words, OfNoValueGiveNone) {
  for (const char* text : {"", "left", "L", "r ", "lr"}) EXPECT_EQ(kSides.from(text), std::nullopt) << text;
  EXPECT_THROW(kSides.of(static_cast<Side>(2)), std::out_of_range);
}

}  // namespace
}  // namespace irmae::storage
