// SPDX-License-Identifier: MIT
// irmae plot attributes: moving codes along the directions that separate labelled attributes best.
#include "analysis/plots/pictures.h"

namespace irmae::analysis {
namespace {

Raster rows(const Run& run) {
  const storage::Evaluation found = run.evaluation("attributes");
  const storage::NamedArray* images = found.array("images");
  if (!images || images->shape.size() != 5) return {};
  return montage(images, images->shape[1], 0);
}

const RegisterPlot registered{{"attributes", "moving a code along the directions of the attributes that are told apart best",
                               [](const std::vector<Run>& runs) { return pictures(runs, 2, rows); }}};

}  // namespace
}  // namespace irmae::analysis
