// SPDX-License-Identifier: MIT
// irmae table losses: losses, reconstruction error and effective ranks after every epoch of every run, finished or not.
#include "analysis/effective_rank.h"
#include "analysis/run_table.h"
#include "storage/cell_paths.h"

namespace irmae::analysis::losses_table {
namespace {

const std::vector<std::string> kMeasures{"train_loss",   "validation_loss", "validation_reconstruction",
                                         "entropy_rank", "count_1e-2",      "count_1e-3"};

/// Ranks are missing after epochs whose spectrum was not recorded (evaluate.spectrum_every), or that left all codes the same.
void add_row(const Run& run, const storage::EpochRecord& record, Table& table) {
  Row row(table);
  row.set("cell", run.identity.cell)
      .set("method", run.method())
      .set("seed", run.seed())
      .set("epoch", record.epoch)
      .set("train_loss", record.train_loss)
      .set("validation_loss", record.validation_loss)
      .set("data", run.data())
      .set("scale", run.scale())
      .set("id", storage::short_id(run.identity.id))
      .set("validation_reconstruction", record.validation_reconstruction);
  if (const auto ranks = effective_ranks(record.covariance_spectrum))
    row.set("entropy_rank", ranks->entropy).set("count_1e-2", ranks->count_1e_2).set("count_1e-3", ranks->count_1e_3);
}

Table make(const std::vector<Run>& runs) {
  // What earlier versions had stands first: people's programs may count columns.
  Table table{{"cell", "method", "seed", "epoch", "train_loss", "validation_loss", "data", "scale", "id",
               "validation_reconstruction", "entropy_rank", "count_1e-2", "count_1e-3"},
              {}};
  for (const Run& run : runs)
    for (const storage::EpochRecord& record : *run.history) add_row(run, record, table);
  return table;
}

const RegisterTable registered{{.name = "losses",
                                .help = "losses, reconstruction error and effective ranks after every epoch",
                                .measures = kMeasures,
                                .make = make,
                                .of_unfinished = true,
                                .spectra = storage::Spectra::of_code_and_product}};

}  // namespace
}  // namespace irmae::analysis::losses_table
