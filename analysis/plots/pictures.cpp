// SPDX-License-Identifier: MIT
#include "analysis/plots/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/configurations.h"
#include "analysis/table.h"

namespace irmae::analysis {

Figure pictures(const std::vector<Run>& runs, std::size_t columns, const std::function<Raster(const Run&)>& raster,
                const std::function<std::string(const Run&)>& across) {
  Figure figure;
  const bool several = by_data(runs).size() > 1;
  const auto groups = by_configuration(runs);
  const std::vector<std::string> labels = distinct_labels(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[i];
    const auto run = std::find_if(group.begin(), group.end(), [](const Run* one) { return one->complete; });
    if (run == group.end()) continue;
    Panel panel{.title = labels[i]};
    if (several && !has_words(labels[i], (*run)->data())) panel.title += " " + (*run)->data();
    if (group.size() > 1) panel.title += fmt::format(", seed {}", (*run)->seed());
    if (across) panel.x_label = across(**run);
    panel.raster = raster(**run);
    if (panel.raster.width > 0) figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp<std::size_t>(figure.panels.size(), 1, columns);
  return figure;
}

Raster image_rows(const Run& run, const std::string& evaluation, std::int64_t rows) {
  const storage::Evaluation found = run.evaluation(evaluation);
  const storage::NamedArray* images = found.array("images");
  if (!images || images->shape.size() != 5) return {};
  return montage(images, images->shape[1], rows);
}

std::string why_no_pictures(const Run& run, const std::string& evaluation) {
  if (!run.complete) return kNotFinished;
  if (const auto shape = run.sample_shape(); !shape.empty()) {
    if (shape.size() == 1) return "the data are vectors, not images";
    if (shape[0] != 1 && shape[0] != 3)
      return fmt::format("the images have {} channels, and only those of 1 or 3 can be shown", shape[0]);
  }
  if (evaluation.empty())
    return run.parameter("evaluate.images") == storage::Scalar(std::int64_t{0}) ? "evaluate.images is 0" : "";
  const Value why = why_missing(run, run.evaluation_notes(evaluation));
  const auto* text = std::get_if<std::string>(&why);
  return text ? *text : "";
}

}  // namespace irmae::analysis
