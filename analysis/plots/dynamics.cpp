// SPDX-License-Identifier: MIT
// irmae plot dynamics: effective rank and leading singular values over training, of the codes' covariance and of the
// product W_l ... W_1, and the law that theory gives for the growth of the latter.
#include "analysis/effective_rank.h"
#include "analysis/plots/growth.h"
#include "analysis/plots/over_seeds.h"

namespace irmae::analysis {
namespace {

constexpr std::size_t kComponents = 12;

std::vector<const storage::EpochRecord*> recorded(const Run& run) {
  std::vector<const storage::EpochRecord*> records;
  for (const storage::EpochRecord& record : run.history)
    if (!record.covariance_spectrum.empty() && record.covariance_spectrum.front() > 0) records.push_back(&record);
  return records;
}

Panel ranks(const std::vector<Run>& runs) {
  Panel panel{.title = "Entropy effective rank", .x_label = "epoch", .y_label = "dimensions", .key_below = true};
  int colour = 0;
  for (const auto& group : by_configuration(runs)) {
    std::vector<double> epochs;
    std::vector<std::vector<double>> rows;
    for (const Run* run : group) {
      std::vector<double> row, x;
      for (const auto* record : recorded(*run)) {
        x.push_back(static_cast<double>(record->epoch));
        row.push_back(effective_ranks(record->covariance_spectrum).entropy);
      }
      if (row.empty() || (!epochs.empty() && x != epochs)) continue;  // unfinished: fewer epochs than its fellows
      epochs = x;
      rows.push_back(std::move(row));
    }
    const int mine = colour++;
    if (!rows.empty()) panel.series.push_back(over_seeds(group.front()->label(), mine, epochs, rows));
  }
  return panel;
}

/// The leading singular values of the first and the last configuration with a stack: one run each.
Panel values(const std::vector<const Run*>& group, int colour) {
  Panel panel{.title = "Singular values, " + group.front()->label(),
              .x_label = "epoch",
              .y_label = "divided by the largest",
              .logarithmic = true,
              .y_least = 1e-8,
              .y_most = 1.5};
  for (std::size_t component = 0; component < kComponents; ++component) {
    Series series{"", colour, {}, {}, {}, {}};
    for (const auto* record : recorded(*group.front())) {
      if (component >= record->covariance_spectrum.size()) break;
      series.x.push_back(static_cast<double>(record->epoch));
      series.y.push_back(std::max(record->covariance_spectrum[component] / record->covariance_spectrum.front(), 1e-8));
    }
    if (!series.x.empty()) panel.series.push_back(std::move(series));
  }
  return panel;
}

Figure make(const std::vector<Run>& runs) {
  Figure figure{{ranks(runs)}};
  const auto groups = by_configuration(runs);
  if (!groups.empty()) figure.panels.push_back(values(groups.front(), 0));
  if (groups.size() > 1) figure.panels.push_back(values(groups.back(), static_cast<int>(groups.size()) - 1));
  // Theory beside experiment, for the deepest linear stack.
  std::size_t deepest = groups.size();
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (groups[i].front()->linear_layers() > (deepest < groups.size() ? groups[deepest].front()->linear_layers() : 0) &&
        !product_values(*groups[i].front(), 0).series.empty())
      deepest = i;
  if (deepest < groups.size())
    for (Panel& panel : std::vector<Panel>{product_values(*groups[deepest].front(), static_cast<int>(deepest)),
                                           growth_law(*groups[deepest].front(), static_cast<int>(deepest))})
      figure.panels.push_back(std::move(panel));
  figure.columns = std::min<std::size_t>(figure.panels.size(), 3);
  return figure;
}

const RegisterPlot registered{{"dynamics", "effective rank and singular values over training, and the law of their growth", make}};

}  // namespace
}  // namespace irmae::analysis
