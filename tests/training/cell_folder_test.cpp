// SPDX-License-Identifier: MIT
#include "framework/training/runs/cell_folder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "storage/system/files.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

TEST(CellFolder, GoesOnWithItsLogOnceAFullDiskHasRoomAgain) {
  const tests::TemporaryFolder folder;
  CellFolder cell(folder.string());
  cell.log("before");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full{1, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  cell.log("meanwhile");
  setrlimit(RLIMIT_FSIZE, &before);
  cell.log("after");

  const std::string log = storage::read_text(folder / "log.txt");
  EXPECT_TRUE(log.starts_with("before\n")) << log;
  EXPECT_TRUE(log.ends_with("after\n")) << log;
}

}  // namespace
}  // namespace irmae::training
