// SPDX-License-Identifier: MIT
// irmae table costs: what each run took.
#include "analysis/run_table.h"

namespace irmae::analysis::costs_table {
namespace {

const std::vector<std::string> kMeasures{"wall_seconds", "cpu_seconds", "samples_per_second"};
const std::vector<std::string> kNotes{"ranks", "threads_per_rank", "device", "processor"};

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"parameters", "epochs"}, kNotes});
  for (const Run& run : runs) {
    double seconds = 0, samples = 0;
    for (const storage::EpochRecord& record : *run.history)
      seconds += record.seconds, samples += record.seconds * record.samples_per_second;
    Row row = run_row(table, run);
    for (const char* name : {"wall_seconds", "cpu_seconds", "parameters"}) row.set(name, value_of(run.note(name)));
    for (const std::string& name : kNotes) row.set(name, value_of(run.note(name)));
    if (seconds > 0) row.set("samples_per_second", samples / seconds);
    row.set("epochs", static_cast<std::int64_t>(run.history->size()));
  }
  return table;
}

const RegisterTable registered{{"costs", "time, processor time, speed, parameters", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::costs_table
