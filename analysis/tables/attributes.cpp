// SPDX-License-Identifier: MIT
// irmae table attributes: how well a linear discriminant tells each binary attribute from the code; the row "(mean)" is the
// mean over the attributes that could be judged.
#include <cmath>

#include "analysis/table.h"

namespace irmae::analysis::attributes_table {
namespace {

// Of each seed its own: data that are drawn differ in their prevalence too.
const std::vector<std::string> kMeasures{"balanced_accuracy", "accuracy", "prevalence"};

void add_rows(const Run& run, const storage::Evaluation& found, Table& table) {
  const std::vector<std::string> names = words_of(found.note("names"));
  std::vector<const std::vector<double>*> measured;
  for (const std::string& measure : kMeasures) {
    const storage::NamedArray* array = found.array(measure);
    const auto* values = array ? std::get_if<std::vector<double>>(&array->values) : nullptr;
    if (!values || values->size() != names.size()) return;
    measured.push_back(values);
  }
  const auto add = [&](const std::string& name, const std::vector<Value>& values) {
    std::vector<Value> row = run_values(run);
    row.emplace_back(name);
    row.insert(row.end(), values.begin(), values.end());
    row.insert(row.end(),
               {value_of(found.note("train_codes")), value_of(found.note("validation_codes")), Value(), run.scale()});
    table.rows.push_back(std::move(row));
  };
  std::vector<double> sums(kMeasures.size());
  double judged = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<Value> values;
    for (const auto* one : measured) values.push_back(std::isnan((*one)[i]) ? Value() : Value((*one)[i]));
    add(names[i], values);
    if (std::isnan((*measured.front())[i])) continue;
    ++judged;
    for (std::size_t m = 0; m < sums.size(); ++m) sums[m] += (*measured[m])[i];
  }
  if (judged == 0) return;
  add("(mean)", {Value(sums[0] / judged), Value(sums[1] / judged), Value(sums[2] / judged)});
}

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  table.columns.emplace_back("attribute");
  table.columns.insert(table.columns.end(), kMeasures.begin(), kMeasures.end());
  table.columns.insert(table.columns.end(), {"train_codes", "validation_codes", "missing", "scale"});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("attributes");
    const std::size_t before = table.rows.size();
    add_rows(run, found, table);
    if (table.rows.size() > before) continue;
    std::vector<Value> row = run_values(run);
    row.resize(table.columns.size());
    row[row.size() - 2] = why_missing(run, found);
    row.back() = run.scale();
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{
    {"attributes", "how well a linear discriminant tells each binary attribute from the code", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::attributes_table
