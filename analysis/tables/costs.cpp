// SPDX-License-Identifier: MIT
// irmae table costs: what each run took.
#include "analysis/table.h"

namespace irmae::analysis::costs_table {
namespace {

const std::vector<std::string> kMeasures{"wall_seconds", "cpu_seconds", "samples_per_second"};
const std::vector<std::string> kFacts{"parameters", "epochs", "ranks", "threads_per_rank", "device", "processor"};

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  for (const auto& columns : {kMeasures, kFacts}) table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  table.columns.emplace_back("scale");
  const auto note = [](const Run& run, const char* name) {
    const auto found = run.note(name);
    return value_of(found ? &*found : nullptr);
  };
  for (const Run& run : runs) {
    std::vector<Value> row = run_values(run);
    double seconds = 0, samples = 0;
    for (const storage::EpochRecord& record : run.history)
      seconds += record.seconds, samples += record.seconds * record.samples_per_second;
    row.insert(row.end(),
               {note(run, "wall_seconds"), note(run, "cpu_seconds"), seconds > 0 ? Value(samples / seconds) : Value(),
                note(run, "parameters"), static_cast<std::int64_t>(run.history.size())});
    for (const char* name : {"ranks", "threads_per_rank", "device", "processor"}) row.push_back(note(run, name));
    row.emplace_back(run.scale());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{{"costs", "time, processor time, speed, parameters", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::costs_table
