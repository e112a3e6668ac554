// SPDX-License-Identifier: MIT
// Which files are taken for those of runs.
#include "storage/run_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

namespace fs = std::filesystem;

class RunFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"out/a-12345678", "out/b-12345678", "elsewhere/c-12345678"}) {
      fs::create_directories(folder / name);
      std::ofstream(folder / name / "run.h5") << "a run";
    }
  }
  std::vector<std::string> found_in(const std::vector<std::string>& names) const {
    std::vector<std::string> paths, found;
    for (const std::string& name : names) paths.push_back((folder / name).string());
    for (const fs::path& file : find_run_files(paths).files)
      found.push_back(file.lexically_relative(folder.string()).parent_path().string());
    return found;
  }

  tests::TemporaryFolder folder;
};

using Names = std::vector<std::string>;

TEST_F(RunFiles, AreCountedOnceUnderTheirOwnNamesWhateverLinksThereAre) {
  for (const char* link : {"best", "Best"}) fs::create_directory_symlink("b-12345678", folder / "out" / link);

  EXPECT_EQ(found_in({"out"}), (Names{"out/a-12345678", "out/b-12345678"}));
  EXPECT_EQ(found_in({"out/best", "out"}), (Names{"out/a-12345678", "out/b-12345678"}));
}

TEST_F(RunFiles, OfAFolderThatIsNamedTwiceAreCountedOnce) {
  EXPECT_EQ(found_in({"out", "out/../out", "out/a-12345678", "out/a-12345678/run.h5"}).size(), 2U);
}

TEST_F(RunFiles, BehindALinkAreFoundWhereTheyLieNowhereElse) {
  fs::create_directory_symlink("../elsewhere/c-12345678", folder / "out/c-12345678");
  fs::create_directory_symlink("out", folder / "link");

  EXPECT_EQ(found_in({"out"}), (Names{"out/a-12345678", "out/b-12345678", "out/c-12345678"}));
  EXPECT_EQ(found_in({"link"}), (Names{"link/a-12345678", "link/b-12345678", "link/c-12345678"}));
}

}  // namespace
}  // namespace irmae::storage
