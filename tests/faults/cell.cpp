// SPDX-License-Identifier: MIT
#include "tests/faults/cell.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "storage/error.h"
#include "storage/hdf5/reader.h"
#include "tests/csv.h"
#include "tests/mpi_environment.h"

namespace irmae::tests {

namespace fs = std::filesystem;

namespace {

const std::string program = IRMAE_BINARY_DIR "/irmae";

}  // namespace

SmallCell::SmallCell() {
  set_mpi_environment();
  std::ofstream(place("tiny.toml")) << "[data]\ntrain_size = 70\nvalidation_size = 50\n[train]\nepochs = 3\n"
                                       "learning_rate = 1e-3\nthreads = 1\ndevice = 'cpu'\ncheckpoint_seconds = 0\n"
                                       "[model]\nmethod = 'irmae'\n";
}

std::string SmallCell::train(const fs::path& output, const std::string& more) const {
  return program + " run " + place("tiny.toml").string() + " " + more + " -o " + output.string();
}

fs::path SmallCell::folder(const fs::path& output) {
  std::error_code ignored;
  // The frozen plan lies beside the cell's folder, in whatever order the file system lists them.
  for (const auto& entry : fs::directory_iterator(output / "tiny", ignored))
    if (entry.is_directory()) return entry.path();
  return {};
}

std::string SmallCell::tables(const fs::path& output) { return csv_table("losses", output) + csv_table("ranks", output); }

const std::string& SmallCell::undisturbed() const {
  static const std::string numbers = [this] {
    const Result result = run(mpirun(2) + train(place("undisturbed")));
    EXPECT_EQ(result.status, 0) << result.output;
    return tables(place("undisturbed"));
  }();
  return numbers;
}

std::vector<double> SmallCell::numbers(const fs::path& output, const std::string& kind,
                                       const std::vector<std::string>& columns) {
  return last_numbers(csv_table(kind, output), columns);
}

const SmallCell& small_cell() {
  static const SmallCell cell;
  return cell;
}

std::string damaged_files(const fs::path& folder, const std::string& except) {
  std::string found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    // A half-written file has a temporary name, which begins with a dot; nobody opens it.
    if (entry.path().extension() != ".h5" || name.starts_with('.') || name == except) continue;
    try {
      const storage::hdf5::Reader reader(entry.path());
    } catch (const Error& error) {
      found += std::string(error.what()) + "; ";
    }
  }
  return found;
}

std::string leftovers(const fs::path& folder) {
  static const std::set<std::string> expected = {"run.h5", "metrics.h5", "log.txt", "lock", "state.toml"};
  std::string found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (!expected.contains(entry.path().filename().string())) found += entry.path().filename().string() + "; ";
  return found;
}

}  // namespace irmae::tests
