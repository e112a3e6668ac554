// SPDX-License-Identifier: MIT
#include "storage/system/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/system/sha256.h"
#include "storage/system/system_failure.h"
#include "storage/text/file_ending.h"
#include "tests/contains.h"
#include "tests/file_limit.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

using tests::TemporaryFolder;

TEST(Sha256, AgreesWithTheStandard) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ArrayKind, IsToldByTheEndingInEitherCase) {
  EXPECT_EQ(array_kind("a/b.npy"), ArrayKind::npy);
  EXPECT_EQ(array_kind("B.NPY"), ArrayKind::npy);
  for (const char* name : {"c.h5", "c.H5", "c.hdf5", "c.Hdf5", "c.h5ad", "c.nc"})
    EXPECT_EQ(array_kind(name), ArrayKind::hdf5) << name;
  for (const char* name : {"", "npy", "c.h5/d", "c.npy.txt"}) EXPECT_FALSE(array_kind(name)) << name;
}

TEST(ReplaceFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  const std::string old = "old", large(1 << 20, 'x');
  replace_file(folder / "f", old);

  {
    const tests::FileLimit small(1 << 16);
    EXPECT_THROW(replace_file(folder / "f", large), Error);
  }

  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.string()), {}), 1) << "a temporary file was left";
}

TEST(ReplaceFile, LeavesAPipeInItsPlace) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);

  EXPECT_THROW(replace_file(folder / "pipe", "x"), Error);

  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(ReplaceFile, ReplacesWhatASymbolicLinkLeadsTo) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  replace_file(folder / "elsewhere" / "f", "old");
  std::filesystem::create_symlink("elsewhere/f", folder / "link");

  replace_file(folder / "link", "new");

  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "elsewhere" / "f"), "new");
}

TEST(ReplaceFile, MakesWhatASymbolicLinkLeadsToWhereItIsNotThere) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere/second", folder / "first");
  std::filesystem::create_symlink("f", folder / "elsewhere" / "second");
  std::filesystem::create_symlink("absent/f", folder / "nowhere");

  replace_file(folder / "first", "new");

  EXPECT_TRUE(std::filesystem::is_symlink(folder / "first"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "elsewhere" / "second"));
  EXPECT_EQ(read_text(folder / "elsewhere" / "f"), "new");
  EXPECT_CONTAINS(tests::message_of([&] { replace_file(folder / "nowhere", "new"); }), "absent/f: No such file or directory");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "nowhere"));
}

TEST(Failure, OfAPlaceHasTheWayOutThatTheCallerKnows) {
  const auto told = [](int reason) {
    return tests::message_of([&] { with_way_out("measure a copy", [&] { fail("cannot write", "a/run.h5", reason); }); });
  };

  EXPECT_EQ(tests::message_of([] { fail("cannot write", "a/run.h5", EACCES); }),
            "cannot write a/run.h5: Permission denied; choose a folder that you may write to (-o)");
  EXPECT_EQ(told(EACCES), "cannot write a/run.h5: Permission denied; measure a copy");
  EXPECT_EQ(told(EROFS), "cannot write a/run.h5: Read-only file system; measure a copy");
  EXPECT_EQ(told(EIO), "cannot write a/run.h5: Input/output error");
  EXPECT_TRUE(
      told(ENOSPC).ends_with("; free some space and start the same command again: what was written before is untouched"));
}

/// What the name of a temporary file holds besides this process's number.
std::string token_of_this_process() {
  const std::string name = temporary_beside("folder/f.h5").filename().string(), before = ".f." + std::to_string(getpid()) + "-";
  EXPECT_TRUE(name.starts_with(before) && name.ends_with(".tmp.h5")) << name;
  return name.substr(std::min(before.size(), name.size()));
}

TEST(TemporaryFiles, OfTwoProcessesWithTheSameNumberHaveTwoNames) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // starts this program anew, with a token of its own
  setenv("IRMAE_TEST_TOKEN", token_of_this_process().c_str(), 0);

  EXPECT_EQ(token_of_this_process(), token_of_this_process());
  EXPECT_EXIT(std::_Exit(token_of_this_process() == std::getenv("IRMAE_TEST_TOKEN") ? 1 : 0), ::testing::ExitedWithCode(0), "");
}

TEST(TemporaryFiles, ThatADeadProcessLeftAreRemoved) {
  const TemporaryFolder folder;
  const auto left = [&] { return std::distance(std::filesystem::directory_iterator(folder.string()), {}); };
  const auto dies = [&] {
    const pid_t child = fork();
    if (child == 0) replace_file(folder / "f.h5", [](const std::filesystem::path&) { std::_Exit(0); });
    waitpid(child, nullptr, 0);
  };
  dies();
  EXPECT_EQ(left(), 1);
  remove_leftovers_of(folder / "f.h5");
  EXPECT_EQ(left(), 0);

  dies();
  EXPECT_EQ(left(), 1);
  remove_leftovers(folder.string());
  EXPECT_EQ(left(), 0);
}

TEST(Metrics, SurviveSigkillAtAnyMoment) {
  const TemporaryFolder folder;
  const Identity identity{"c", std::string(64, 'a'), "m", "", {}};
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      for (std::int64_t n = 1;; ++n) {
        History history(static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < history.size(); ++i) history[i].epoch = static_cast<std::int64_t>(i + 1);
        write_metrics(folder / "metrics.h5", identity, {}, history);
        if (write(ends[1], "x", 1) != 1) std::_Exit(1);
      }
    }
    char token;
    for (int n = 0; n <= round; ++n) ASSERT_EQ(read(ends[0], &token, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);

    EXPECT_GE(RunFile(folder / "metrics.h5").history().size(), static_cast<std::size_t>(round + 1));
  }
}

}  // namespace
}  // namespace irmae::storage
