// SPDX-License-Identifier: MIT
// What metrics.h5 says of a run that is not finished.
#include <gtest/gtest.h>

#include "framework/training/runs/run_cell.h"
#include "storage/run_file.h"
#include "tests/cell_of.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

TEST(MetricsFile, OfAnUnfinishedRunHasItsProvenance) {
  const manifest::Cell cell =
      tests::cell_of({"train.batch=8", "train.epochs=1", "data.train_size=16", "data.validation_size=4"});
  const auto dataset = data::open(cell);
  const auto alone = distributed::make_single(0);
  const tests::TemporaryFolder folder;
  Progress progress(cell, {});
  storage::Attributes before_the_end;
  // What is measured comes after the last epoch and before run.h5.
  const auto look = [&](CellModel&, const data::Dataset&, distributed::Communicator&, const storage::Latents&,
                        const storage::Latents&) {
    before_the_end = storage::RunFile(folder / "cell" / "metrics.h5").provenance();
    return std::vector<storage::Evaluation>();
  };

  ASSERT_EQ(run_cell({.cell = cell,
                      .dataset = *dataset,
                      .folder = folder / "cell",
                      .place = {},
                      .provenance = {{"method_label", std::string("Least Volume")}},
                      .progress = progress,
                      .evaluate = look},
                     *alone),
            Outcome::trained);

  const storage::Scalar* label = storage::find_value(before_the_end, "method_label");
  ASSERT_NE(label, nullptr);
  EXPECT_EQ(storage::text_of(*label), "Least Volume");
  EXPECT_NE(storage::find_value(before_the_end, "sample_shape"), nullptr) << "what is known of the data";
}

}  // namespace
}  // namespace irmae::training
