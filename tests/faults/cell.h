// SPDX-License-Identifier: MIT
// The small cell that the fault tests train, and what they look at afterwards.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace irmae::tests {

/// A manifest of one cell: 3 epochs of 3 steps, the last batch of each does not divide by the ranks.
class SmallCell {
 public:
  SmallCell();

  /// irmae run ... -o output, a checkpoint after every step.
  std::string train(const std::filesystem::path& output, const std::string& more = "") const;
  /// The one cell's folder below `output`; empty while it is not there.
  static std::filesystem::path folder(const std::filesystem::path& output);
  /// `irmae table losses` and `irmae table ranks` as CSV: every final number.
  static std::string tables(const std::filesystem::path& output);
  /// The same after a run that nothing disturbed, on two ranks; trained once.
  const std::string& undisturbed() const;
  /// Numbers of these columns in the last line of a table.
  static std::vector<double> numbers(const std::filesystem::path& output, const std::string& kind,
                                     const std::vector<std::string>& columns);

  std::filesystem::path place(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

/// Made at the first call, removed at the end of the program.
const SmallCell& small_cell();

/// What is wrong with the HDF5 files in a cell's folder, one line each; `except` is the name of one that may be damaged.
std::string damaged_files(const std::filesystem::path& folder, const std::string& except = "");

/// Names of the files in a folder that a complete cell should not have.
std::string leftovers(const std::filesystem::path& folder);

}  // namespace irmae::tests
