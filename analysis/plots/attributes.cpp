// SPDX-License-Identifier: MIT
// irmae plot attributes: codes that move with the labelled attributes which are told apart best.
#include <fmt/format.h>

#include <map>

#include "analysis/plots/pictures.h"
#include "analysis/table.h"

namespace irmae::analysis::attributes_plot {
namespace {

/// One named part an attribute, in the order of the data set's attributes: each run has its own order, that of how well it
/// tells them apart, and then rows of two pictures would not compare.
Raster parts(const Run& run) {
  const storage::Evaluation found = run.evaluation("attributes");
  const storage::NamedArray* images = found.array("images");
  const auto* places = storage::values_as<std::int64_t>(found.array("row_attribute"));
  if (!images || images->shape.size() != 5 || !places || std::ssize(*places) != images->shape[0]) return {};
  std::map<std::int64_t, std::vector<std::int64_t>> rows;
  for (std::int64_t row = 0; row < images->shape[0]; ++row) rows[(*places)[static_cast<std::size_t>(row)]].push_back(row);
  const std::vector<std::string> names = words_of(found.note("names"));
  std::vector<NamedRaster> all;
  for (const auto& [place, of_attribute] : rows) {
    const auto index = static_cast<std::size_t>(place);  // a negative one is beyond all names too
    const storage::NamedArray part = entries_of(*images, of_attribute);
    all.push_back({index < names.size() ? names[index] : "", montage(&part, images->shape[1], 0)});
  }
  return stacked(all);
}

/// "-3 to +3 sd of the attribute's score"; empty where the run does not say it.
std::string across(const Run& run) {
  const storage::Evaluation found = run.evaluation("attributes");
  const auto* values = storage::values_as<double>(found.array("deviations"));
  if (!values || values->empty()) return "";
  return fmt::format("{:+g} to {:+g} sd of the attribute's score", values->front(), values->back());
}

const RegisterPlot registered{{"attributes", "codes that move with the attributes which are told apart best",
                               [](const std::vector<Run>& runs) { return pictures(runs, 2, parts, across); },
                               [](const Run& run) { return why_no_pictures(run, "attributes"); }}};

}  // namespace
}  // namespace irmae::analysis::attributes_plot
