// SPDX-License-Identifier: MIT
// irmae plot reconstructions: validation images and, below each, what the model makes of them.
#include <algorithm>
#include <utility>

#include "analysis/plots/pictures.h"
#include "storage/run_file.h"

namespace irmae::analysis::reconstructions_plot {
namespace {

constexpr std::int64_t kColumns = 8, kRows = 2;

/// Rows first .. first + count - 1 of the first dimension.
storage::NamedArray part(const storage::NamedArray& images, std::int64_t first, std::int64_t count) {
  storage::NamedArray result{images.name, images.shape, {}};
  const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&images.values);
  if (!bytes || images.shape.empty() || images.shape[0] == 0) return result;
  const std::int64_t size = static_cast<std::int64_t>(bytes->size()) / images.shape[0];
  result.shape[0] = count;
  result.values = std::vector<std::uint8_t>(bytes->begin() + first * size, bytes->begin() + (first + count) * size);
  return result;
}

Raster pairs(const Run& run) {
  const storage::RunFile file(run.file);
  const storage::NamedArray originals = file.originals(), made = file.reconstructions();
  if (originals.shape.size() != 4 || originals.shape != made.shape) return {};
  std::vector<NamedRaster> rows;
  for (std::int64_t row = 0; row < kRows; ++row) {
    const std::int64_t count = std::min(kColumns, originals.shape[0] - row * kColumns);
    if (count <= 0) break;
    for (const auto& [name, images] : {std::pair{"in", &originals}, {"out", &made}}) {
      const storage::NamedArray chosen = part(*images, row * kColumns, count);
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
