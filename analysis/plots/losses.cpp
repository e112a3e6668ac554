// SPDX-License-Identifier: MIT
// irmae plot losses: training and validation loss of every epoch, one panel of each a data set.
#include "analysis/configurations.h"
#include "analysis/plots/over_seeds.h"

namespace irmae::analysis::losses_plot {
namespace {

/// A VAE's is a cross-entropy with a divergence, others' a squared error, some with a penalty: heights of two methods' curves
/// do not compare.
constexpr const char* kObjective = "each method's own objective";

Figure make(const std::vector<Run>& runs) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) {
    const auto groups = by_configuration(of_data);
    Panel train{.title = "Training loss, " + data, .x_label = "epoch", .y_label = kObjective, .logarithmic = true};
    train.series = over_epochs(groups, &storage::EpochRecord::train_loss);
    if (train.series.empty()) continue;
    Panel validation{.title = "Validation loss, " + data, .x_label = "epoch", .y_label = kObjective, .logarithmic = true};
    validation.series = over_epochs(groups, &storage::EpochRecord::validation_loss);
    share_key(train, validation);
    figure.panels.push_back(std::move(train));
    figure.panels.push_back(std::move(validation));
  }
  return figure;
}

const RegisterPlot registered{{"losses", "training and validation loss over training", make}};

}  // namespace
}  // namespace irmae::analysis::losses_plot
