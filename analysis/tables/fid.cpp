// SPDX-License-Identifier: MIT
// irmae table fid: Frechet distances of samples and reconstructions (table 1), with everything that they depend on.
#include "analysis/table.h"

namespace irmae::analysis::fid_table {
namespace {

const std::vector<std::string> kMeasures{"gaussian", "mixture", "prior", "reconstructions"};
const std::vector<std::string> kFacts{"components", "images", "reference_images", "split",  "features",
                                      "network",    "sha256", "resizer",          "missing"};

/// Which of the data set's parts the reference images are from. Earlier versions wrote validation, whatever it was.
Value split_of(const Run& run, const storage::Evaluation& frechet) {
  const Value noted = value_of(frechet.note("reference_split"));
  if (std::holds_alternative<std::monostate>(noted)) return noted;
  if (const auto chosen = run.parameter("data.held_out")) return value_of(&*chosen);
  return run.data() == "mnist" ? std::string("test") : noted;
}

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  for (const auto& columns : {kMeasures, kFacts}) table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  table.columns.emplace_back("scale");
  for (const Run& run : runs) {
    std::vector<Value> row = run_values(run);
    const storage::Evaluation frechet = run.evaluation("frechet");
    const auto components = run.parameter("evaluate.mixture_components");
    for (const std::string& name : kMeasures) row.push_back(value_of(frechet.note(name)));
    row.push_back(frechet.note("mixture") && components ? value_of(&*components) : Value());
    for (const char* fact : {"mixture_images", "reference_images"}) row.push_back(value_of(frechet.note(fact)));
    row.push_back(split_of(run, frechet));
    for (const char* fact : {"features", "network"}) row.push_back(value_of(frechet.note(fact)));
    Value hash = value_of(frechet.note("network_sha256"));
    if (auto* text = std::get_if<std::string>(&hash)) text->resize(std::min<std::size_t>(text->size(), 8));
    row.push_back(std::move(hash));
    row.push_back(value_of(frechet.note("resizer")));
    row.push_back(why_missing(run, frechet));
    row.emplace_back(run.scale());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{
    {"fid", "Frechet distances of samples and reconstructions to the validation images", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::fid_table
