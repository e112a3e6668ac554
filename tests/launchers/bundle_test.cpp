// SPDX-License-Identifier: MIT
// The folder that runs elsewhere: made from the programs of this build, started with nothing of this machine's but PyTorch.
#include <gtest/gtest.h>

#include "tests/contains.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

class Bundle : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path build = IRMAE_BINARY_DIR;
    if (build.parent_path() != std::filesystem::path(IRMAE_SOURCE_DIR) / "build")
      GTEST_SKIP() << build << " is no preset's folder";
    preset = build.filename();
    if (!tests::python_has("torch")) GTEST_SKIP() << "no PyTorch in " << IRMAE_PYTHON;
  }
  tests::Result make(const std::string& arguments) const {
    return run(std::string(IRMAE_SOURCE_DIR) + "/launchers/bundle " + arguments + " --preset " + preset);
  }
  /// A command with an environment in which nothing is set but where Python is.
  tests::Result elsewhere(const std::string& command) const {
    const std::string python = std::filesystem::path(IRMAE_PYTHON).parent_path();
    return run("cd / && env -i PATH=" + python + ":/usr/bin:/bin " + command);
  }

  tests::TemporaryFolder folder;
  std::string preset;
};

TEST_F(Bundle, TrainsWithItsOwnLibraries) {
  const std::filesystem::path bundle = folder / "bundle", out = folder / "out";
  ASSERT_EQ(make(bundle).status, 0);

  const auto trained = elsewhere((bundle / "run").string() + " irmae run " + (bundle / "experiments/shapes.toml").string() +
                                 " scale=tiny --only ae -o " + out.string());
  const auto table = elsewhere((bundle / "run").string() + " irmae table ranks " + out.string());

  EXPECT_EQ(trained.status, 0) << trained.output;
  EXPECT_CONTAINS(table.output, "ae ");
  const auto libraries = run("ls " + (bundle / "lib").string());
  EXPECT_CONTAINS(libraries.output, "libhdf5");
  EXPECT_LACKS(libraries.output, "libtorch") << "LibTorch is the machine's own";
}

TEST_F(Bundle, LeavesAFolderThatIsThereAlone) {
  const auto again = make(folder / ".");

  EXPECT_NE(again.status, 0);
  EXPECT_CONTAINS(again.output, "is there already");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "."));
}

}  // namespace
}  // namespace irmae
