// SPDX-License-Identifier: MIT
// What the seal of a file too large to be hashed whole still notices.
#include "storage/seal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "storage/error.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

/// What is said of a file with these bytes and the seal of others; "sealed" where they are the ones.
std::string said_of(const std::string& bytes, const std::string& seal) {
  const tests::TemporaryFolder folder;  // a new file each time: those that were found good are not read again
  std::ofstream(folder / "large.h5", std::ios::binary) << bytes << seal;
  std::string found = "no seal";
  const std::string error = tests::message_of([&] {
    if (check_seal(folder / "large.h5")) found = "sealed";
  });
  return error.empty() ? found : error;
}

TEST(Seal, OfALargeFileCoversItsLengthAndBothEnds) {
  constexpr std::size_t kMiB = std::size_t{1} << 20, kSize = 5 * kMiB;
  std::string bytes(kSize, '\0');
  for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  const std::string seal = seal_of(bytes);
  EXPECT_EQ(said_of(bytes, seal), "sealed");
  for (const std::size_t place : {std::size_t{0}, 2 * kMiB - 1, 3 * kMiB, kSize - 1}) {
    std::string changed = bytes;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    EXPECT_CONTAINS(said_of(changed, seal), "the file is damaged") << place;
  }
  std::string longer = bytes, shorter = bytes;
  longer.insert(kSize / 2, 1, 'x');
  shorter.erase(kSize / 2, 1);
  EXPECT_CONTAINS(said_of(longer, seal), "the file is damaged");
  EXPECT_CONTAINS(said_of(shorter, seal), "the file is damaged");
}

}  // namespace
}  // namespace irmae::storage
