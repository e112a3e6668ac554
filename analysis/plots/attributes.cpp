// SPDX-License-Identifier: MIT
// irmae plot attributes: codes that move with the labelled attributes which are told apart best.
#include "analysis/plots/pictures.h"
#include "analysis/table.h"

namespace irmae::analysis::attributes_plot {
namespace {

Raster rows(const Run& run) {
  const storage::Evaluation found = run.evaluation("attributes");
  const storage::NamedArray* images = found.array("images");
  if (!images || images->shape.size() != 5) return {};
  return montage(images, images->shape[1], 0);
}

/// The attributes of the rows from the top, each named once.
std::string names(const Run& run) {
  const storage::Evaluation found = run.evaluation("attributes");
  const storage::NamedArray* attribute = found.array("row_attribute");
  const auto* places = attribute ? std::get_if<std::vector<std::int64_t>>(&attribute->values) : nullptr;
  if (!places) return "";
  const std::vector<std::string> all = words_of(found.note("names"));
  std::string caption;
  for (std::size_t i = 0; i < places->size(); ++i) {
    const auto place = static_cast<std::size_t>((*places)[i]);
    if (place < all.size() && (i == 0 || (*places)[i] != (*places)[i - 1]))
      caption += (caption.empty() ? ": " : ", ") + all[place];
  }
  return caption;
}

const RegisterPlot registered{{"attributes", "codes that move with the attributes which are told apart best",
                               [](const std::vector<Run>& runs) { return pictures(runs, 2, rows, names); },
                               [](const Run& run) { return why_no_pictures(run, "attributes"); }}};

}  // namespace
}  // namespace irmae::analysis::attributes_plot
