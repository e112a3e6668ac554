// SPDX-License-Identifier: MIT
// For tests of the commands that use a trained model: small runs on an array of bytes, so that the images a run stores are
// exactly those that it was trained on.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/contains.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

/// 80 images of bytes, [80, 3, 32, 32] as .npy, made once in a process.
inline std::string image_file() {
  static const TemporaryFolder folder;
  static const Result made =
      run("cd " + folder.string() +
          " && " IRMAE_PYTHON
          " -c \"import numpy as np; "
          "r = np.random.default_rng(7); y, x = np.mgrid[:32, :32]; c, s = r.integers(8, 24, (80, 2)), r.integers(3, 9, 80); "
          "inside = (abs(x - c[:, 0, None, None]) < s[:, None, None]) & (abs(y - c[:, 1, None, None]) < s[:, None, None]); "
          "np.save('images.npy', (inside[:, None] * r.integers(50, 256, (80, 3, 1, 1))).astype('u1'))\"");
  EXPECT_EQ(made.status, 0) << made.output;
  return (folder / "images.npy").string();
}

/// One cell, trained on those.
struct Trained {
  /// What went wrong, or nothing.
  std::string train(const std::string& overrides) const {
    std::ofstream(folder / "tiny.toml") << "[data]\nname = 'array'\nfile = '" << image_file()
                                        << "'\nvalidation_share = 0.25\n"
                                           "[train]\nepochs = 12\nbatch = 8\nlearning_rate = 1e-3\nthreads = 1\n"
                                           "[model]\nnetwork = 'shapes'\nlatent = 8\n[evaluate]\nimages = 12\nsamples = 9\n";
    const Result result =
        run("cd " + folder.string() + " && " IRMAE_BINARY_DIR "/irmae run tiny.toml " + overrides + " -o out");
    return result.status == 0 ? "" : result.output;
  }

  TemporaryFolder folder;
};

class ModelProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!python_has("h5py numpy torch PIL")) GTEST_SKIP() << "Python has no h5py, numpy, torch or PIL";
    setenv("OMP_NUM_THREADS", "1", 1);
    std::filesystem::copy_file(image_file(), folder / "images.npy");
  }

  /// Runs Python in the folder. `np`, `h5py` and `glob` are there.
  Result python(const std::string& code) const {
    std::ofstream(folder / "code.py") << "import numpy as np, h5py, glob\n" << code << "\n";
    return run("cd " + folder.string() + " && " + IRMAE_PYTHON + " code.py");
  }
  void check(const std::string& code) const {
    const Result result = python(code);
    EXPECT_EQ(result.status, 0) << code << "\n" << result.output;
  }

  /// irmae in the folder.
  Result irmae(const std::string& arguments) const {
    return run("cd " + folder.string() + " && " IRMAE_BINARY_DIR "/irmae " + arguments);
  }

  /// Makes the folder `name` with a trained cell. Cases of one process share what was trained alike.
  void train(const std::string& name, const std::string& overrides) const {
    static std::map<std::string, Trained> all;
    const auto [cell, is_new] = all.try_emplace(overrides);
    if (is_new) {
      ASSERT_EQ(cell->second.train(overrides), "");
    }
    ASSERT_EQ(run("cp -r " + cell->second.folder.string() + "/out/tiny/*/ " + (folder / name).string()).status, 0);
  }

  /// Fails with this status and says this.
  void refuses(const std::string& arguments, int status, const std::string& says) const {
    const Result result = irmae(arguments);
    EXPECT_EQ(result.status, status) << arguments << "\n" << result.output;
    EXPECT_CONTAINS(result.output, says) << arguments;
  }

  TemporaryFolder folder;
};

}  // namespace irmae::tests
