// SPDX-License-Identifier: MIT
// irmae plot spectrum: singular values of the code's covariance, divided by the largest (figures 2, 4, 9-11 of the paper).
#include "analysis/plots/over_seeds.h"

namespace irmae::analysis {
namespace {

constexpr double kFloor = 1e-8;

Figure make(const std::vector<Run>& runs) {
  Panel linear{.title = "Spectrum of the code", .x_label = "singular value's index", .y_label = "divided by the largest"};
  int colour = 0;
  for (const auto& group : by_configuration(runs)) {
    std::vector<std::vector<double>> rows;
    for (const Run* run : group) {
      if (run->spectrum.empty() || !(run->spectrum.front() > 0)) continue;
      if (!rows.empty() && rows.front().size() != run->spectrum.size()) continue;
      std::vector<double> row;
      for (const double value : run->spectrum) row.push_back(std::max(value / run->spectrum.front(), kFloor));
      rows.push_back(std::move(row));
    }
    const int mine = colour++;
    if (rows.empty()) continue;
    std::vector<double> index;
    for (std::size_t i = 1; i <= rows.front().size(); ++i) index.push_back(static_cast<double>(i));
    linear.x_most = std::max(linear.x_most, static_cast<double>(index.size() + 1));
    if (group.front()->parameter("data.name") == storage::Scalar(std::string("shapes")))
      linear.mark = 7, linear.mark_label = "7";
    linear.series.push_back(over_seeds(group.front()->label(), mine, index, rows));
  }
  linear.y_least = 0, linear.y_most = 1.02;
  Panel logarithmic = linear;
  logarithmic.title += ", logarithmic";
  logarithmic.logarithmic = true;
  logarithmic.y_least = kFloor, logarithmic.y_most = 1.5;
  return {{linear, logarithmic}};
}

const RegisterPlot registered{{"spectrum", "singular values of the code's covariance, linear and logarithmic", make}};

}  // namespace
}  // namespace irmae::analysis
