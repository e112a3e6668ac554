// SPDX-License-Identifier: MIT
// irmae plot reconstructions: validation images and, below each, what the model makes of them.
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "analysis/plots/pictures.h"
#include "storage/run_file.h"

namespace irmae::analysis::reconstructions_plot {
namespace {

constexpr std::int64_t kColumns = 8, kRows = 2;

Raster pairs(const Run& run) {
  const storage::RunFile file(run.file);
  const storage::NamedArray originals = file.originals(), made = file.reconstructions();
  if (originals.shape.size() != 4 || originals.shape != made.shape) return {};
  std::vector<NamedRaster> rows;
  for (std::int64_t row = 0; row < kRows; ++row) {
    const std::int64_t count = std::min(kColumns, originals.shape[0] - row * kColumns);
    if (count <= 0) break;
    std::vector<std::int64_t> places(static_cast<std::size_t>(count));
    std::iota(places.begin(), places.end(), row * kColumns);
    for (const auto& [name, images] : {std::pair{"in", &originals}, {"out", &made}}) {
      const storage::NamedArray chosen = entries_of(*images, places);
      rows.push_back({name, montage(&chosen, kColumns, 1)});
    }
  }
  return stacked(rows);
}

const RegisterPlot registered{{"reconstructions", "validation images and, below each, what the model makes of them",
                               [](const std::vector<Run>& runs) { return pictures(runs, 3, pairs); },
                               [](const Run& run) { return why_no_pictures(run, ""); }}};

}  // namespace
}  // namespace irmae::analysis::reconstructions_plot
