// SPDX-License-Identifier: MIT
// The name of a cell's folder: what is put together comes apart again, and nothing else does.
#include "storage/cell_paths.h"

#include <gtest/gtest.h>

namespace irmae::storage {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(CellFolderName, IsTheNameAndTheFirstDigitsOfTheId) {
  EXPECT_EQ(cell_folder("ae-seed4", kId), "ae-seed4-01234567");
  EXPECT_EQ(short_id(kId), "01234567");
  EXPECT_EQ(short_id("0123"), "0123");
}

TEST(CellFolderName, ComesApartAgain) {
  for (const char* name : {"a", "ae", "ae-seed4", "ae-89abcdef", "1.5_x-"}) {
    const auto parts = parse_cell_folder(cell_folder(name, kId));
    ASSERT_TRUE(parts) << name;
    EXPECT_EQ(parts->name, name);
    EXPECT_EQ(parts->short_id, "01234567");
  }
}

TEST(CellFolderName, OfAnyOtherNameHasNoParts) {
  for (const char* name : {"", "-", "ae", "01234567", "-01234567", "ae01234567", "ae_01234567", "ae-0123456", "ae-0123456g",
                           "ae-0123456A", "ae-012345678", "ae-01234567 "})
    EXPECT_FALSE(parse_cell_folder(name)) << name;
}

TEST(CellId, IsAHashInSmallLetters) {
  EXPECT_TRUE(is_id(kId));
  EXPECT_FALSE(is_id(""));
  EXPECT_FALSE(is_id(short_id(kId)));
  EXPECT_FALSE(is_id(kId + "0"));
  EXPECT_FALSE(is_id("A" + kId.substr(1)));
  EXPECT_FALSE(is_id("/" + kId.substr(1)));
}

}  // namespace
}  // namespace irmae::storage
