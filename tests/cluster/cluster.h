// SPDX-License-Identifier: MIT
// A Slurm of two nodes for tests, and irmae on it. See main.cpp and slurm.sh.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/mpi_environment.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

class Cluster : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("IRMAE_CLUSTER_MISSING")) return;
    setenv("SLURM_CONF", "/run/slurm/slurm.conf", 1);
    set_mpi_environment();
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 1);  // more ranks than cores
    const auto up = slurm("up");
    ASSERT_EQ(up.status, 0) << up.output;
  }

  void SetUp() override {
    if (const char* reason = std::getenv("IRMAE_CLUSTER_MISSING")) GTEST_SKIP() << reason;
    work = std::string("/run/work/") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(work);
  }

  /// slurm.sh COMMAND [ARGUMENT]
  static Result slurm(const std::string& command, const std::string& argument = "") {
    // Its daemons keep no pipe of this program open: the call would never end.
    return run("out=$(mktemp); bash " IRMAE_SOURCE_DIR "/tests/cluster/slurm.sh " + command + " /run/slurm " + argument +
               " >\"$out\" 2>&1 </dev/null; status=$?; cat \"$out\"; rm \"$out\"; exit $status");
  }
  Result irmae(const std::string& arguments) const { return run("cd " + work + " && " IRMAE_BINARY_DIR "/irmae " + arguments); }
  std::string table(const std::string& kind, const std::string& output) const {
    const auto result = irmae("table " + kind + " --format csv " + output);
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
  }

  /// Cells of a few seconds; `cells` are [grid] or [[cell]] lines.
  void manifest(const std::string& cells) const {
    std::ofstream(work + "/m.toml")
        << "[data]\ntrain_size = 256\nvalidation_size = 64\n[model]\nmethod = 'irmae'\nlatent = 16\n"
           "[train]\nepochs = 2\nbatch = 16\nlearning_rate = 1e-3\nthreads = 1\n"
        << cells;
  }

  std::string log(const std::string& output, int task) const {
    std::stringstream text;
    text << std::ifstream(work + "/" + output + "/m/slurm/1/" + std::to_string(task) + ".out").rdbuf();
    return text.str();
  }

  /// The states of all tasks that this test has submitted.
  std::vector<std::string> states() const {
    std::istringstream lines(run("squeue -h -r -t all -n irmae-m -o '%T %o'").output);
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);)
      if (line.find(work + "/") != std::string::npos) found.push_back(line.substr(0, line.find(' ')));
    return found;
  }
  /// A value that scontrol shows of a job or a task, such as Restarts.
  static std::string shown(const std::string& job, const std::string& name) {
    return run("scontrol show job " + job + " | tr ' ' '\\n' | sed -n 's/^" + name + "=//p' | tr -d '\\n'").output;
  }
  /// The id of the last job that irmae submit spoke of.
  static std::string job_in(const std::string& output) {
    const std::size_t place = output.find("job ");
    return place == std::string::npos ? "?" : output.substr(place + 4, output.find(':', place) - place - 4);
  }

  /// Asks until it is so, at most for `seconds`.
  static ::testing::AssertionResult comes(const std::function<bool()>& so, int seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!so()) {
      if (std::chrono::steady_clock::now() > end)
        return ::testing::AssertionFailure() << "not after " << seconds << " s\n" << run("squeue -r -t all").output;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return ::testing::AssertionSuccess();
  }
  static ::testing::AssertionResult all_end(int seconds) {
    return comes([] { return run("squeue -h").output.empty(); }, seconds);
  }
  /// Whether so many cells in out have trained an epoch. Their own logs say so at once, those of their tasks now and then.
  ::testing::AssertionResult trains(int cells = 1) const {
    const std::string count = "grep -ls 'epoch 1 ' " + work + "/out/m/*/log.txt | wc -l";
    return comes([&] { return std::atoi(run(count).output.c_str()) >= cells; }, 120);
  }

  std::string work;
};

}  // namespace irmae::tests
