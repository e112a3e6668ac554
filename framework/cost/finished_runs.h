// SPDX-License-Identifier: MIT
// What the finished runs of an output folder say about time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"
#include "framework/models/layers/layer_spec.h"

namespace irmae::cost {

/// The largest number of ranks of a run or a machine, and of threads of a rank, that is believed: nobody has more.
inline constexpr int kMostRanks = 1'000'000;

struct FinishedRun {
  std::filesystem::path folder{};  ///< of the cell
  std::string id{};                ///< the cell's
  manifest::Cell cell;             ///< as the schema completes it; its own id may differ from the file's
  models::Shape shape{};           ///< of its samples
  int ranks = 1;
  int threads = 1;       ///< of each rank
  std::string device{};  ///< "cpu", or a GPU's name
  std::string processor{};
  double samples = 0;        ///< trained on, with repetition
  double train_seconds = 0;  ///< wall time of the updates
  double wall_seconds = 0;   ///< with validation and evaluations
};

/// Reads the runs folder/<manifest>/<cell>/run.h5, sorted by path. Files that cannot be read, that lack what is asked here, or
/// whose cell has a value that `schema` does not allow, are passed over: an estimate is no place to fail. Where there are more
/// than three hundred, it reads three hundred of them, evenly spread.
std::vector<FinishedRun> finished_runs(const std::filesystem::path& folder, const manifest::Schema& schema);

}  // namespace irmae::cost
