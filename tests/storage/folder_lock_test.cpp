// SPDX-License-Identifier: MIT
#include "storage/system/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <future>

#include "storage/error.h"
#include "storage/formats/image_cache.h"
#include "storage/system/files.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace {

int no_locks = 0;  ///< what flock fails with, 0: it works

}  // namespace

/// Stands before the C library's: some file systems have no locks, and there is none at hand.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (no_locks != 0) {
    errno = no_locks;
    return -1;
  }
  return static_cast<int>(syscall(SYS_flock, descriptor, operation));
}

namespace irmae::storage {
namespace {

using tests::message_of;
using tests::TemporaryFolder;

TEST(FolderLock, NamesTheOwnerToTheSecondOne) {
  const TemporaryFolder folder;
  const FolderLock mine(folder.string());
  const std::string message = message_of([&] { const FolderLock second(folder.string()); });

  EXPECT_CONTAINS(message, "in use by process " + std::to_string(getpid()));
  EXPECT_LACKS(message, "token");
  EXPECT_NO_THROW(mine.check());
}

TEST(FolderLock, OfADeadProcessIsTakenOverAndItsOwnerNamed) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    const FolderLock lock(folder.string());
    std::raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));

  const FolderLock mine(folder.string());
  EXPECT_CONTAINS(mine.note(), "process " + std::to_string(child));
}

TEST(FolderLock, OfAnOrderlyEndLeavesNoNote) {
  const TemporaryFolder folder;
  { const FolderLock before(folder.string()); }

  EXPECT_EQ(FolderLock(folder.string()).note(), "");
}

TEST(FolderLock, WithAnotherTokenInItNothingIsReplacedAnyMore) {
  const TemporaryFolder folder;
  const std::string data = "data";
  const FolderLock mine(folder.string());
  replace_file(folder / "f", data);
  std::ofstream(folder / "lock") << "process 1 on elsewhere since today\ntoken x\n";

  const std::string message = message_of([&] { replace_file(folder / "f", "other"); });
  EXPECT_CONTAINS(message, "was taken over by process 1 on elsewhere since today");
  EXPECT_EQ(read_text(folder / "f"), "data");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.string()), {}), 2) << "a temporary file was left";
}

TEST(FolderLock, TakenOverWhileAFileIsWrittenKeepsTheOldFile) {
  const TemporaryFolder folder;
  const FolderLock mine(folder.string());
  replace_file(folder / "f", "old");

  EXPECT_THROW(replace_file(folder / "f",
                            [&](const std::filesystem::path& temporary) {
                              std::ofstream(temporary) << "new";
                              std::ofstream(folder / "lock") << "another";
                            }),
               Error);
  EXPECT_EQ(read_text(folder / "f"), "old");
}

TEST(FolderLock, TakenOverByARunThatHasEndedSinceNamesThatRun) {
  const TemporaryFolder folder;
  const FolderLock mine(folder.string());
  std::ofstream(folder / "lock") << "released by process 1 on elsewhere since today\ntoken x\n";

  EXPECT_CONTAINS(message_of([&] { mine.check(); }), "was taken over by process 1 on elsewhere since today");
}

TEST(FolderLock, ThatIsGoneIsNoLock) {
  const TemporaryFolder folder;
  const FolderLock mine(folder.string());
  std::filesystem::remove(folder / "lock");

  EXPECT_THROW(mine.check(), Error);
}

TEST(FolderLock, GuardsItsOwnFolderOnlyAndOnlyWhileItLives) {
  const TemporaryFolder folder, other;
  {
    const FolderLock mine(folder.string());
    std::ofstream(folder / "lock") << "another";
    EXPECT_NO_THROW(replace_file(other / "f", "x"));
    EXPECT_THROW(replace_file(folder / "f", "x"), Error);
  }
  EXPECT_NO_THROW(replace_file(folder / "f", "x"));
  EXPECT_EQ(read_text(folder / "lock"), "another") << "the end of the old lock touched the new one";
}

/// This process's own folder as long as it lives.
class StartedIn {
 public:
  explicit StartedIn(const std::filesystem::path& folder) {
    check_owned("/");  // the process's own folder is looked up once: not this one, which the next test would get
    std::filesystem::current_path(folder);
  }
  ~StartedIn() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST(FolderLock, OfARelativeFolderIsReleasedWhereTheStartFolderIsGone) {
  const TemporaryFolder folder;
  for (const char* name : {"start", "out"}) make_folder(folder / name);
  {
    const StartedIn start(folder / "start");
    const FolderLock lock("../out");
    std::filesystem::remove(folder / "start");
  }

  EXPECT_EQ(read_text(folder / "out/lock").rfind("released by ", 0), 0U);
}

TEST(FolderLock, OfARelativeFolderGuardsItWhereTheStartFolderIsMoved) {
  const TemporaryFolder folder;
  make_folder(folder / "start/out");
  const StartedIn start(folder / "start");
  const FolderLock lock("out");
  std::filesystem::rename(folder / "start", folder / "moved");
  EXPECT_NO_THROW(replace_file("out/f", "mine"));
  std::ofstream("out/lock") << "another";

  EXPECT_THROW(replace_file("out/f", "other"), Error);
  EXPECT_EQ(read_text("out/f"), "mine");
}

TEST(FolderLock, OfARelativeFolderGuardsItUnderItsAbsoluteName) {
  const TemporaryFolder folder;
  const std::filesystem::path absolute = std::filesystem::absolute("folder-lock-test");
  make_folder(absolute);
  {
    const FolderLock lock("./folder-lock-test/");
    std::ofstream(absolute / "lock") << "another";
    EXPECT_THROW(check_owned(absolute), Error);
  }
  std::filesystem::remove_all(absolute);
}

TEST(FolderLock, WhoseFileIsSlowToReadHoldsUpNoOtherFolder) {
  const TemporaryFolder slow, other;
  const FolderLock lock_of_slow(slow.string()), lock_of_other(other.string());
  const std::string content = read_text(slow / "lock");
  std::filesystem::remove(slow / "lock");
  ASSERT_EQ(mkfifo((slow / "lock").c_str(), 0600), 0);  // who reads it waits for who writes it, and the other way round

  auto reader = std::async(std::launch::async, [&] { check_owned(slow.string()); });
  std::ofstream writer(slow / "lock");  // open, and so it is read now
  auto neighbour = std::async(std::launch::async, [&] { check_owned(other.string()); });
  EXPECT_EQ(neighbour.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  writer << content;
  writer.close();

  EXPECT_NO_THROW(reader.get());
  EXPECT_NO_THROW(neighbour.get());
}

TEST(FolderLock, WithoutFlockTheNewestRunWinsAndTheUserIsTold) {
  for (const int reason : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
    const TemporaryFolder folder;
    no_locks = reason;
    const FolderLock first(folder.string());
    EXPECT_CONTAINS(first.note(), "this file system has no locks");
    const FolderLock second(folder.string());
    no_locks = 0;

    EXPECT_CONTAINS(message_of([&] { first.check(); }), "was taken over by process");
    EXPECT_NO_THROW(second.check());
  }
}

TEST(FileLock, IsDoneWithoutWhereThereAreNoLocks) {
  const TemporaryFolder folder;
  for (const int reason : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
    no_locks = reason;
    EXPECT_EQ(message_of([&] { const FileLock lock(folder / "lock"); }), "");
  }
  no_locks = EIO;
  EXPECT_CONTAINS(message_of([&] { const FileLock lock(folder / "lock"); }), "cannot lock");
  no_locks = 0;
}

TEST(ImageCache, IsMadeAndReadWhereThereAreNoLocks) {
  const TemporaryFolder folder;
  const auto make = [&] {
    const MappedBytes made = image_cache(folder / "c.h5", "source", {1, 1, 1, 2}, [](std::uint8_t* out) { out[1] = 7; });
    EXPECT_EQ(made.data()[1], 7);
  };
  no_locks = ENOLCK;
  const std::string message = message_of(make);
  no_locks = 0;

  EXPECT_EQ(message, "");
}

TEST(FolderLock, ThatCannotBeTakenForAnotherReasonIsAnError) {
  const TemporaryFolder folder;
  no_locks = EIO;
  const std::string message = message_of([&] { const FolderLock lock(folder.string()); });
  no_locks = 0;

  EXPECT_CONTAINS(message, "cannot lock");
}

TEST(Leftovers, AreTheTemporaryFilesOfAProcessThatDied) {
  const TemporaryFolder folder;
  for (const char* name : {".checkpoint.17.tmp.h5", ".state.18.tmp.toml", "run.h5", ".hidden"}) std::ofstream(folder / name);
  remove_leftovers(folder.string());

  EXPECT_FALSE(std::filesystem::exists(folder / ".checkpoint.17.tmp.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / ".state.18.tmp.toml"));
  EXPECT_TRUE(std::filesystem::exists(folder / "run.h5"));
  EXPECT_TRUE(std::filesystem::exists(folder / ".hidden"));
}

}  // namespace
}  // namespace irmae::storage
