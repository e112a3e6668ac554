// SPDX-License-Identifier: MIT
// A split and its name.
#include "storage/split.h"

#include <gtest/gtest.h>

namespace irmae::storage {
namespace {

TEST(SplitName, IsTheOneThatFilesHave) {
  EXPECT_EQ(text_of(Split::train), "train");
  EXPECT_EQ(text_of(Split::validation), "validation");
  for (const Split split : {Split::train, Split::validation}) EXPECT_EQ(split_named(text_of(split)), split);
}

TEST(SplitName, OfNoSplitGivesNone) {
  for (const char* text : {"", "test", "Train", "train ", "valid", "unused"})
    EXPECT_EQ(split_named(text), std::nullopt) << text;
  EXPECT_THROW(text_of(static_cast<Split>(2)), std::logic_error);
}

}  // namespace
}  // namespace irmae::storage
