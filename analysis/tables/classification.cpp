// SPDX-License-Identifier: MIT
// irmae table classification: error of a small classifier with few labels (table 2), and of the supervised baseline.
#include <cmath>

#include "analysis/mean.h"
#include "analysis/table.h"

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
  const auto* values = array ? std::get_if<std::vector<double>>(&array->values) : nullptr;
  if (!values || array->shape.size() != 2 || labels == found.coordinates.end()) return;
  const auto draws = static_cast<std::size_t>(array->shape[1]);
  for (std::size_t i = 0; i < labels->second.size() && (i + 1) * draws <= values->size(); ++i) {
    const auto first = values->begin() + static_cast<std::ptrdiff_t>(i * draws);
    const Mean mean = mean_of({first, first + static_cast<std::ptrdiff_t>(draws)});
    const auto known = [](double value) { return std::isnan(value) ? Value() : Value(value); };
    std::vector<Value> row = run_values(run);
    row.insert(row.end(),
               {std::string(encoder), labels->second[i], known(mean.value), known(mean.deviation),
                static_cast<std::int64_t>(draws), value_of(found.note("held_out")), value_of(found.note("updates")),
                value_of(found.note("validation_images")), std::isnan(mean.value) ? too_few(found) : Value(), run.scale()});
    table.rows.push_back(std::move(row));
  }
}

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  for (const char* column : {"encoder", "labels", "error", "error_sd_draws", "draws", "held_out", "updates",
                             "validation_images", "missing", "scale"})
    table.columns.emplace_back(column);
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("classification");
    const std::size_t before = table.rows.size();
    add_rows(run, found, "error", "frozen", table);
    add_rows(run, found, "supervised_error", "supervised", table);
    if (table.rows.size() > before) continue;
    std::vector<Value> row = run_values(run);
    row.resize(table.columns.size());
    row[row.size() - 2] = why_missing(run, found);
    row.back() = run.scale();
    table.rows.push_back(std::move(row));
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
