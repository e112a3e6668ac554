// SPDX-License-Identifier: MIT
// irmae table losses: the losses of every epoch of every run, finished or not.
#include "analysis/table.h"

namespace irmae::analysis::losses_table {
namespace {

const std::vector<std::string> kMeasures{"train_loss", "validation_loss"};

Table make(const std::vector<Run>& runs) {
  Table table{{"cell", "method", "seed", "epoch", "train_loss", "validation_loss", "data", "scale", "id"}, {}};
  for (const Run& run : runs)
    for (const storage::EpochRecord& record : run.history)
      table.rows.push_back({run.identity.cell, run.method(), run.seed(), record.epoch, record.train_loss,
                            record.validation_loss, run.data(), run.scale(), run.identity.id.substr(0, 8)});
  return table;
}

const RegisterTable registered{
    {"losses", "training and validation loss of every epoch", kMeasures, make, /*of_unfinished=*/true}};

}  // namespace
}  // namespace irmae::analysis::losses_table
