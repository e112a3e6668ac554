// SPDX-License-Identifier: MIT
// irmae plot samples: images of codes drawn from densities fitted to the training codes (figures 6 and 7).
#include "analysis/plots/pictures.h"

namespace irmae::analysis::samples_plot {
namespace {

constexpr std::int64_t kColumns = 8;

struct Density {
  std::string name;  ///< of the stored images
  std::string label;
};

Figure of(const std::vector<Run>& runs, const std::vector<Density>& densities, std::int64_t rows) {
  return pictures(runs, 3, [&](const Run& run) {
    const storage::Evaluation found = run.evaluation("samples");
    std::vector<NamedRaster> parts;
    for (const auto& [name, label] : densities) parts.push_back({label, montage(found.array(name), kColumns, rows)});
    return stacked(parts);
  });
}

std::string why_not(const Run& run) {
  const std::string why = why_no_pictures(run, "samples");
  if (why.empty() && run.parameter("evaluate.samples") == storage::Scalar(std::int64_t{0})) return "evaluate.samples is 0";
  return why;
}

const RegisterPlot both{{"samples", "samples from the Gaussian and, below, from the Gaussian mixture (of a VAE also the prior)",
                         [](const std::vector<Run>& runs) {
                           return of(runs, {{"gaussian", "Gaussian"}, {"mixture", "mixture"}, {"prior", "prior"}}, 4);
                         },
                         why_not}};
const RegisterPlot gaussian{{"samples-gaussian", "samples from the full-covariance Gaussian",
                             [](const std::vector<Run>& runs) {
                               return of(runs, {{"gaussian", "Gaussian"}}, 8);
                             },
                             why_not}};
const RegisterPlot mixture{{"samples-mixture", "samples from the Gaussian mixture",
                            [](const std::vector<Run>& runs) {
                              return of(runs, {{"mixture", "mixture"}}, 8);
                            },
                            why_not}};

}  // namespace
}  // namespace irmae::analysis::samples_plot
