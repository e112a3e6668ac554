// SPDX-License-Identifier: MIT
// irmae plot pca: images over the plane of the two leading principal components of the codes (figure 8).
#include "analysis/plots/pictures.h"

namespace irmae::analysis::pca_plot {
namespace {

Figure make(const std::vector<Run>& runs) {
  Figure figure = pictures(runs, 3, [](const Run& run) { return image_rows(run, "pca", 0); });
  for (Panel& panel : figure.panels) panel.x_label = "PC 2, -2 to +2 sd", panel.y_label = "PC 1, -2 to +2 sd";
  return figure;
}

const RegisterPlot registered{{"pca", "images over mean +- 2 standard deviations along the two leading principal components",
                               make, [](const Run& run) { return why_no_pictures(run, "pca"); }}};

}  // namespace
}  // namespace irmae::analysis::pca_plot
