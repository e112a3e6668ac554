// SPDX-License-Identifier: MIT
#include "analysis/plots/pictures.h"

#include <algorithm>

#include "analysis/configurations.h"

namespace irmae::analysis {

Figure pictures(const std::vector<Run>& runs, std::size_t columns, const std::function<Raster(const Run&)>& raster,
                const std::function<std::string(const Run&)>& caption) {
  Figure figure;
  const bool several = by_data(runs).size() > 1;
  const auto groups = by_configuration(runs);
  const std::vector<std::string> labels = distinct_labels(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[i];
    const auto run = std::find_if(group.begin(), group.end(), [](const Run* one) { return one->complete; });
    if (run == group.end()) continue;
    Panel panel{.title = labels[i]};
    if (several && labels[i].find((*run)->data()) == std::string::npos) panel.title += " " + (*run)->data();
    if (caption) panel.title += caption(**run);
    panel.raster = raster(**run);
    if (panel.raster.width > 0) figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp<std::size_t>(figure.panels.size(), 1, columns);
  return figure;
}

}  // namespace irmae::analysis
