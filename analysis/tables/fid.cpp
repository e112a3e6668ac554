// SPDX-License-Identifier: MIT
// irmae table fid: Frechet distances of samples and reconstructions (table 1), with everything that they depend on.
#include "analysis/run_table.h"

namespace irmae::analysis::fid_table {
namespace {

const std::vector<std::string> kMeasures{"gaussian", "mixture", "prior", "reconstructions"};
const std::vector<std::string> kFacts{"codes",    "components", "images", "reference_images", "split",
                                      "features", "network",    "sha256", "resizer",          "missing"};

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, kFacts});
  for (const Run& run : runs) {
    const storage::Evaluation frechet = run.evaluation_notes("frechet");
    Value hash = value_of(frechet.note("network_sha256"));
    if (auto* text = std::get_if<std::string>(&hash)) text->resize(std::min<std::size_t>(text->size(), 8));
    Row row = run_row(table, run);
    for (const std::string& name : kMeasures) row.set(name, value_of(frechet.note(name)));
    for (const char* name : {"reference_images", "features", "network", "resizer"}) row.set(name, value_of(frechet.note(name)));
    row.set("codes", codes_of_vae(run, frechet))
        .set("components", frechet.note("mixture") ? value_of(run.parameter("evaluate.mixture_components")) : Value())
        .set("images", value_of(frechet.note("mixture_images")))
        .set("split", value_of(frechet.note("reference_split")))
        .set("sha256", std::move(hash))
        .set("missing", why_missing(run, frechet));
  }
  return table;
}

const RegisterTable registered{
    {"fid", "Frechet distances of samples and reconstructions to the validation images", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::fid_table
