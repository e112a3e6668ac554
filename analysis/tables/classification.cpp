// SPDX-License-Identifier: MIT
// irmae table classification: error of a small classifier with few labels (table 2), and of the supervised baseline.
#include <cmath>

#include "analysis/mean.h"
#include "analysis/run_table.h"

namespace irmae::analysis::classification_table {
namespace {

const std::vector<std::string> kMeasures{"error", "error_sd_draws"};

Value too_few(const storage::Evaluation& found) {
  const storage::Scalar* available = found.note("available");
  return "more than the labels there are" + (available ? ", " + storage::text_of(*available) : "");
}

/// Rows of one array [labels, draw]: mean over the draws, which are no seeds of the model.
void add_rows(const Run& run, const storage::Evaluation& found, const char* array_name, const char* encoder, Table& table) {
  const storage::NamedArray* array = found.array(array_name);
  const auto labels = found.coordinates.find("labels");
  const auto* values = storage::values_as<double>(array);
  if (!values || array->shape.size() != 2 || labels == found.coordinates.end()) return;
  const auto draws = static_cast<std::size_t>(array->shape[1]);
  for (std::size_t i = 0; i < labels->second.size() && (i + 1) * draws <= values->size(); ++i) {
    const auto first = values->begin() + static_cast<std::ptrdiff_t>(i * draws);
    const Mean mean = mean_of({first, first + static_cast<std::ptrdiff_t>(draws)});
    const auto known = [](double value) { return std::isnan(value) ? Value() : Value(value); };
    run_row(table, run)
        .set("encoder", encoder)
        .set("labels", labels->second[i])
        .set("error", known(mean.value))
        .set("error_sd_draws", known(mean.deviation))
        .set("draws", array->shape[1])
        .set("held_out", value_of(found.note("held_out")))
        .set("updates", value_of(found.note("updates")))
        .set("validation_images", value_of(found.note("validation_images")))
        .set("missing", std::isnan(mean.value) ? too_few(found) : Value());
  }
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({{"encoder", "labels"}, kMeasures, {"draws", "held_out", "updates", "validation_images", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("classification");
    const std::size_t before = table.rows.size();
    add_rows(run, found, "error", "frozen", table);
    add_rows(run, found, "supervised_error", "supervised", table);
    if (table.rows.size() == before) run_row(table, run).set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{{"classification",
                                "error in percent of a small classifier with few labels",
                                kMeasures,
                                make,
                                /*of_unfinished=*/false,
                                {"encoder", "labels"}}};

}  // namespace
}  // namespace irmae::analysis::classification_table
