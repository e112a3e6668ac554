// SPDX-License-Identifier: MIT
// CUDA_VISIBLE_DEVICES as CUDA reads it: the GPUs before the first that cannot be one. So -1 is as good as nothing to hide all.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "framework/distributed/gpu.h"
#include "tests/temporary_folder.h"

namespace irmae::distributed {
namespace {

TEST(VisibleGpus, AreNoneWhereTheFirstOneCannotBeOne) {
  for (const char* none : {"", "-1", "-1,0", ",0", "NoDevFiles", "none,0"}) EXPECT_TRUE(hides_all_gpus(none)) << none;
  for (const char* some : {"0", "12", "1,-1", "0,NoDevFiles", "GPU-8932f937", "MIG-GPU-8932f937/1/2"})
    EXPECT_FALSE(hides_all_gpus(some)) << some;
}

TEST(VisibleGpus, AreHiddenByTheEnvironmentAlone) {
  setenv("CUDA_VISIBLE_DEVICES", "0", 1);
  EXPECT_FALSE(gpus_are_hidden());
  unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_FALSE(gpus_are_hidden());
  setenv("CUDA_VISIBLE_DEVICES", "", 1);  // as tests are started
  EXPECT_TRUE(gpus_are_hidden());
}

TEST(VisibleGpus, AreCountedByTheLaunchersAsCudaSeesThem) {
  const tests::TemporaryFolder devices;
  for (const char* name : {"nvidia0", "nvidia1", "nvidia2", "nvidiactl"}) std::ofstream(devices / name) << "";
  const auto count = [&](const std::string& environment) {
    return tests::run("env " + environment + " bash -euc 'source " IRMAE_SOURCE_DIR "/launchers/lib/machine.sh; usable_gpus " +
                      devices.string() + "'")
        .output;
  };

  EXPECT_EQ(count("-u CUDA_VISIBLE_DEVICES"), "3\n");
  for (const char* none : {"", "-1", "-1,0", ",0", "NoDevFiles", "7"})
    EXPECT_EQ(count(std::string("CUDA_VISIBLE_DEVICES=") + none), "0\n") << none;
  for (const char* one : {"2", "0,-1,1", "1,7,0", "GPU-8932f937"})
    EXPECT_EQ(count(std::string("CUDA_VISIBLE_DEVICES=") + one), "1\n") << one;
  EXPECT_EQ(count("CUDA_VISIBLE_DEVICES=0,2"), "2\n");
}

TEST(VisibleGpus, AreThoseOfTheDriversListWhereWindowsHasThem) {
  const tests::TemporaryFolder devices, programs;
  const std::string smi = (programs / "nvidia-smi").string();
  std::ofstream(devices / "dxg") << "";
  const auto count = [&](const std::string& environment) {
    return tests::run("env " + environment + " \"PATH=" + programs.string() +
                      ":$PATH\" bash -euc 'source " IRMAE_SOURCE_DIR "/launchers/lib/machine.sh; usable_gpus " +
                      devices.string() + "'")
        .output;
  };
  const auto list = [&](const std::string& script) {
    std::ofstream(smi) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(smi, std::filesystem::perms::owner_all);
  };

  list("echo 'GPU 0: NVIDIA RTX A2000 (UUID: GPU-1)'; echo 'GPU 1: NVIDIA T4 (UUID: GPU-2)'");
  EXPECT_EQ(count("-u CUDA_VISIBLE_DEVICES"), "2\n");
  EXPECT_EQ(count("CUDA_VISIBLE_DEVICES=1"), "1\n");
  EXPECT_EQ(count("CUDA_VISIBLE_DEVICES="), "0\n");
  list("echo 'NVIDIA-SMI has failed'; exit 9");
  EXPECT_EQ(count("-u CUDA_VISIBLE_DEVICES"), "0\n");
}

}  // namespace
}  // namespace irmae::distributed
