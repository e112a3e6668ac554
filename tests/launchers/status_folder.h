// SPDX-License-Identifier: MIT
// For tests of irmae status: an output folder whose cells are in any state, and a Slurm that says what the test wants.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "launchers/status/grid_state.h"
#include "storage/cell_state.h"
#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

class Status : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("OMP_NUM_THREADS", "1", 1);
    for (const char* name : {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"}) unsetenv(name);
    path_before_ = std::getenv("PATH");
  }
  void TearDown() override { setenv("PATH", path_before_.c_str(), 1); }

  static std::string id_of(char digit) { return std::string(64, digit); }
  static std::string this_host() { return launchers::Observation().host; }

  std::string out() const { return folder / "out"; }
  /// The folder of a cell "a" with the id 1111..., and so on.
  std::filesystem::path cell(const std::string& name, char digit) const {
    const std::filesystem::path path = folder / "out" / "grid" / (name + "-" + std::string(8, digit));
    std::filesystem::create_directories(path);
    std::ofstream(path / "lock") << "x";
    return path;
  }
  /// A state that says that this process trains.
  static storage::CellState running() {
    storage::CellState state;
    state.phase = storage::CellPhase::running;
    state.epoch = 7, state.epochs = 18, state.step = 5, state.steps = 10;
    state.samples_per_second = 1234, state.seconds_left = 90;
    state.host = this_host();
    state.process = getpid();
    state.updated = std::time(nullptr);
    return state;
  }
  void write_plan(const std::string& cells) const {
    std::filesystem::create_directories(folder / "out" / "grid");
    std::ofstream(folder / "out" / "grid" / "grid.toml") << cells;
  }
  /// A squeue that does `script`, before any other on the PATH.
  void fake_squeue(const std::string& script) const {
    std::filesystem::create_directories(folder / "bin");
    write_program(folder / "bin/squeue", "#!/bin/sh\n" + script + "\n");
    setenv("PATH", ((folder / "bin").string() + ":" + path_before_).c_str(), 1);
  }
  void write_tasks(const std::string& tasks) const {
    std::filesystem::create_directories(folder / "out" / "grid" / "slurm");
    std::ofstream(folder / "out" / "grid" / "slurm" / "jobs.toml") << tasks;
  }
  /// The records of a job array: the cells with these digits, which are in the plan, too, are its tasks.
  std::filesystem::path write_array(int number, const std::string& job, const std::string& digits) const {
    const std::filesystem::path array = folder / "out" / "grid" / "slurm" / std::to_string(number);
    std::filesystem::create_directories(array);
    std::ofstream records(array / "jobs.toml");
    for (std::size_t task = 0; task < digits.size(); ++task)
      records << "[[task]]\ncell = \"" << id_of(digits[task]) << "\"\njob = \"" << job << "_" << task << "\"\n";
    return array;
  }
  void write_plan_of(const std::string& digits) const {
    std::string cells;
    for (const char digit : digits) cells += std::string("[[cell]]\nname = 'cell") + digit + "'\nid = '" + id_of(digit) + "'\n";
    write_plan(cells);
  }

  /// The one cell of this name.
  launchers::CellStatus status_of(const std::string& name) const {
    for (const launchers::CellStatus& found : launchers::read_grid(out()).cells)
      if (found.cell == name) return found;
    ADD_FAILURE() << "no cell " << name;
    return {};
  }
  std::string state_of(const std::string& name) const { return launchers::name_of(status_of(name).state); }

  std::string training(const std::string& more = "") const {
    std::ofstream(folder / "grid.toml") << "[data]\ntrain_size = 70\nvalidation_size = 50\n[train]\nepochs = 3\n"
                                           "learning_rate = 1e-3\nthreads = 1\n[[cell]]\nname = 'a'\n";
    return irmae + " run " + (folder / "grid.toml").string() + " " + more + " -o " + out();
  }

  TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";

 private:
  std::string path_before_;
};

}  // namespace irmae::tests
