// SPDX-License-Identifier: MIT
// The evaluation of attributes on a trained cell, against numpy.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

TEST(Attributes, AreSeparatedAsNumpySeparatesThem) {
  if (!tests::python_has("h5py numpy")) GTEST_SKIP() << "Python has no h5py";
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "tiny.toml")
      << "[data]\ntrain_size = 256\nvalidation_size = 128\n[train]\nepochs = 1\nlearning_rate = 1e-3\n"
         "threads = 1\n[model]\nmethod = 'irmae'\n[evaluate]\ntrain_latents = 200\nattribute_steps = 5\n"
         "attribute_directions = 2\nattribute_images = 3\ninterpolations = 0\npca_grid = 0\nsamples = 0\n";
  const auto trained =
      run(IRMAE_BINARY_DIR "/irmae run -q " + (folder / "tiny.toml").string() + " -o " + (folder / "out").string());
  ASSERT_EQ(trained.status, 0) << trained.output;
  const auto result = run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/analysis/check_attributes.py " +
                          folder.string() + "/out/tiny/*/run.h5");
  EXPECT_EQ(result.status, 0) << result.output;
}

}  // namespace
}  // namespace irmae
