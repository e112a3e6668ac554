// SPDX-License-Identifier: MIT
// irmae table attributes: how well a linear discriminant tells each binary attribute from the code; the row "(mean)" is the
// mean over the attributes that could be judged.
#include <cmath>

#include "analysis/run_table.h"

namespace irmae::analysis::attributes_table {
namespace {

// Of each seed its own: data that are drawn differ in their prevalence too.
const std::vector<std::string> kMeasures{"balanced_accuracy", "accuracy", "prevalence"};

void add_rows(const Run& run, const storage::Evaluation& found, Table& table) {
  const std::vector<std::string> names = words_of(found.note("names"));
  std::vector<const std::vector<double>*> measured;
  for (const std::string& measure : kMeasures) {
    const auto* values = storage::values_as<double>(found.array(measure));
    if (!values || values->size() != names.size()) return;
    measured.push_back(values);
  }
  const auto add = [&](const std::string& name) {
    return run_row(table, run)
        .set("attribute", name)
        .set("train_codes", value_of(found.note("train_codes")))
        .set("validation_codes", value_of(found.note("validation_codes")));
  };
  std::vector<double> sums(kMeasures.size());
  double judged = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Row row = add(names[i]);
    for (std::size_t m = 0; m < sums.size(); ++m)
      if (const double value = (*measured[m])[i]; !std::isnan(value)) row.set(kMeasures[m], value);
    if (std::isnan((*measured.front())[i])) continue;
    ++judged;
    for (std::size_t m = 0; m < sums.size(); ++m) sums[m] += (*measured[m])[i];
  }
  if (judged == 0) return;
  Row mean = add("(mean)");
  for (std::size_t m = 0; m < sums.size(); ++m) mean.set(kMeasures[m], sums[m] / judged);
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({{"attribute"}, kMeasures, {"train_codes", "validation_codes", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("attributes");
    const std::size_t before = table.rows.size();
    add_rows(run, found, table);
    if (table.rows.size() == before) run_row(table, run).set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{
    {"attributes", "how well a linear discriminant tells each binary attribute from the code", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::attributes_table
