// SPDX-License-Identifier: MIT
#include "storage/text/base64.h"

#include <gtest/gtest.h>

namespace irmae::storage {
namespace {

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64(std::string("\xfb\xff\0", 3)), "+/8A");
}

TEST(Base64, HoldsNoLineBreakAndPadsOnlyTheEndOfManyBytes) {
  const std::string text = base64(std::string((9 << 20) + 1, 'a'));

  EXPECT_EQ(text.size(), std::size_t{4 * ((3 << 20) + 1)});
  EXPECT_EQ(text.find_first_not_of("YWFh"), text.size() - 3);
  EXPECT_EQ(text.substr(text.size() - 4), "YQ==");
}

}  // namespace
}  // namespace irmae::storage
