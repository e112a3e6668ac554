// SPDX-License-Identifier: MIT
// The cache of decoded pictures: made once, made again when it does not fit, safe for two processes at once.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <numeric>

#include "storage/error.h"
#include "storage/formats/image_cache.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

const std::vector<std::int64_t> kShape{4, 3, 2, 5};
constexpr std::size_t kBytes = 120;

void fill(std::uint8_t* out) { std::iota(out, out + kBytes, std::uint8_t{0}); }

TEST(ImageCache, IsMadeOnceAndMappedAfterwards) {
  const tests::TemporaryFolder folder;
  const MappedBytes made = image_cache(folder / "c.h5", "source", kShape, fill);
  const MappedBytes again = image_cache(folder / "c.h5", "source", kShape, [](std::uint8_t*) { FAIL() << "made twice"; });

  EXPECT_EQ(made.data()[119], 119);
  EXPECT_EQ(std::memcmp(made.data(), again.data(), kBytes), 0);
}

TEST(ImageCache, OfAnotherSourceOrShapeOrCutShortIsMadeAgain) {
  const tests::TemporaryFolder folder;
  int made = 0;
  const auto count = [&](std::uint8_t* out) { fill(out), ++made; };
  image_cache(folder / "c.h5", "one", kShape, count);
  image_cache(folder / "c.h5", "two", kShape, count);
  EXPECT_EQ(made, 2);
  image_cache(folder / "c.h5", "two", {2, 3, 4, 5}, count);
  EXPECT_EQ(made, 3);
  std::filesystem::resize_file(folder / "c.h5", 100);
  image_cache(folder / "c.h5", "two", {2, 3, 4, 5}, count);
  EXPECT_EQ(made, 4);
}

TEST(ImageCache, LeavesNothingBehindWhenMakingFails) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(image_cache(folder / "c.h5", "one", kShape, [](std::uint8_t*) { throw Error("broken picture"); }), Error);

  for (const auto& entry : std::filesystem::directory_iterator(folder.string()))
    EXPECT_EQ(entry.path().extension(), ".lock") << entry.path();
}

TEST(ImageCache, ThatCannotBeMadeNamesTheVariableThatChoosesAnotherAndNoOption) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const std::string message = tests::message_of([&] { image_cache(folder / "file" / "c.h5", "one", kShape, fill); });

  EXPECT_EQ(message, "cannot keep decoded images in " + (folder / "file" / "c.h5").string() + ": cannot make folder " +
                         (folder / "file").string() + ": Not a directory; set IRMAE_CACHE to a folder with room");
}

TEST(ImageCache, TakesAwayWhatAKilledProcessHasLeft) {
  const tests::TemporaryFolder folder;
  for (const char* name : {".c.123.tmp.h5", ".other.123.tmp.h5"}) std::ofstream(folder / name) << "half";
  image_cache(folder / "c.h5", "one", kShape, fill);

  EXPECT_FALSE(std::filesystem::exists(folder / ".c.123.tmp.h5"));
  EXPECT_TRUE(std::filesystem::exists(folder / ".other.123.tmp.h5")) << "somebody may write it now";
}

TEST(ImageCache, IsMadeByOneOfTwoProcesses) {
  const tests::TemporaryFolder folder;
  // Each process that makes it appends a byte to a file.
  const auto child = [&] {
    const pid_t process = fork();
    if (process == 0) {
      const MappedBytes bytes = image_cache(folder / "c.h5", "one", kShape, [&](std::uint8_t* out) {
        fill(out);
        FILE* file = std::fopen((folder / "made").c_str(), "a");
        std::fputc('x', file);
        std::fclose(file);
      });
      _exit(bytes.data()[7] == 7 ? 0 : 1);
    }
    return process;
  };
  const pid_t children[] = {child(), child(), child()};
  for (const pid_t process : children) {
    int status = 0;
    waitpid(process, &status, 0);
    EXPECT_EQ(status, 0);
  }

  EXPECT_EQ(std::filesystem::file_size(folder / "made"), 1U);
}

}  // namespace
}  // namespace irmae::storage
