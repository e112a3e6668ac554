// SPDX-License-Identifier: MIT
// irmae plot losses: training and validation loss of every epoch, one panel of each a data set.
#include "analysis/configurations.h"
#include "analysis/drawing/colours.h"
#include "analysis/plots/over_seeds.h"

namespace irmae::analysis::losses_plot {
namespace {

/// A VAE's is a cross-entropy with a divergence, others' a squared error, some with a penalty: heights of two methods' curves
/// do not compare.
constexpr const char* kObjective = "each method's own objective";

/// One curve a configuration; an unfinished seed counts as far as it has come.
std::vector<Series> curves(const std::vector<Run>& runs, double storage::EpochRecord::*loss) {
  const auto groups = by_configuration(runs);
  const std::vector<std::string> labels = distinct_labels(groups);
  const std::vector<int> colours = colours_of(groups);
  std::vector<Series> all;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t longest = 0;
    for (const Run* run : groups[i]) longest = std::max(longest, run->history->size());
    Series series{labels[i], colours[i], {}, {}, {}, {}};
    for (std::size_t epoch = 0; epoch < longest; ++epoch) {
      std::vector<double> values;
      for (const Run* run : groups[i])
        if (epoch < run->history->size()) values.push_back((*run->history)[epoch].*loss);
      add_point(series, static_cast<double>(epoch + 1), values);
    }
    if (longest > 0) all.push_back(std::move(series));
  }
  return all;
}

Figure make(const std::vector<Run>& runs) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) {
    Panel train{.title = "Training loss, " + data, .x_label = "epoch", .y_label = kObjective, .logarithmic = true};
    train.series = curves(of_data, &storage::EpochRecord::train_loss);
    if (train.series.empty()) continue;
    Panel validation{.title = "Validation loss, " + data, .x_label = "epoch", .y_label = kObjective, .logarithmic = true};
    validation.series = curves(of_data, &storage::EpochRecord::validation_loss);
    share_key(train, validation);
    figure.panels.push_back(std::move(train));
    figure.panels.push_back(std::move(validation));
  }
  return figure;
}

const RegisterPlot registered{{"losses", "training and validation loss over training", make}};

}  // namespace
}  // namespace irmae::analysis::losses_plot
