// SPDX-License-Identifier: MIT
// irmae plot interpolation: straight lines in the latent space between validation images (figures 3 and 5).
#include "analysis/plots/pictures.h"

namespace irmae::analysis::interpolation_plot {
namespace {

constexpr std::int64_t kRows = 4;

Raster lines(const Run& run) { return image_rows(run, "interpolation", kRows); }

const RegisterPlot registered{{"interpolation", "straight lines in the latent space between validation images",
                               [](const std::vector<Run>& runs) { return pictures(runs, 2, lines); },
                               [](const Run& run) { return why_no_pictures(run, "interpolation"); }}};

}  // namespace
}  // namespace irmae::analysis::interpolation_plot
