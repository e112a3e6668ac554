// SPDX-License-Identifier: MIT
#include "analysis/plots/pictures.h"

#include <algorithm>
#include <set>

namespace irmae::analysis {

Figure pictures(const std::vector<Run>& runs, std::size_t columns, const std::function<Raster(const Run&)>& raster) {
  Figure figure;
  std::set<std::string> data;
  for (const Run& run : runs) data.insert(run.data());
  for (const auto& group : by_configuration(runs)) {
    const auto run = std::find_if(group.begin(), group.end(), [](const Run* one) { return one->complete; });
    if (run == group.end()) continue;
    Panel panel{.title = (*run)->label()};
    if (data.size() > 1) panel.title += ", " + (*run)->data();
    panel.raster = raster(**run);
    if (panel.raster.width > 0) figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp<std::size_t>(figure.panels.size(), 1, columns);
  return figure;
}

}  // namespace irmae::analysis
