// SPDX-License-Identifier: MIT
// A finished run that is measured again: on the very model, and without what only training needs.
#include "framework/training/runs/evaluate_run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

#include "framework/training/cell_model.h"
#include "framework/training/runs/trained_model.h"
#include "storage/cell_paths.h"
#include "tests/cell_of.h"
#include "tests/distributed/forwarding_ranks.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

/// One rank, which counts the buffers that it is asked for: gradients, and moments that ranks share.
class CountingRank final : public tests::ForwardingRanks {
 public:
  torch::Tensor make_buffer(std::int64_t elements, const torch::TensorOptions& options) override {
    ++buffers;
    return ForwardingRanks::make_buffer(elements, options);
  }
  std::unique_ptr<distributed::Common> make_common(std::int64_t elements, const torch::TensorOptions& options) override {
    ++buffers;
    return ForwardingRanks::make_common(elements, options);
  }

  int buffers = 0;
};

/// What an evaluation sees of a model.
struct Seen {
  torch::Tensor codes;
  int gradients = 0;  ///< parameters that have one
};

class EvaluateRun : public ::testing::Test {
 protected:
  EvaluateRun() {
    Progress progress(cell, {});
    run_cell({.cell = cell,
              .dataset = *dataset,
              .folder = folder / "cell",
              .place = {},
              .provenance = {},
              .progress = progress,
              .evaluate = look(trained)},
             ranks);
  }

  Evaluate look(Seen& seen) const {
    return [&](CellModel& model, const data::Dataset& data, auto&, const auto&, const auto&) {
      const torch::Tensor images = data.batch(data::Split::validation, data::consecutive(0, 4)).images;
      seen.codes = model.method().codes(model.autoencoder(), model.to_device(images)).clone();
      for (const torch::Tensor& parameter : model.autoencoder().parameters()) seen.gradients += parameter.grad().defined();
      return std::vector<storage::Evaluation>{};
    };
  }
  Seen measured() {
    Seen seen;
    evaluate_run({cell, *dataset, folder / "cell" / storage::kRunFile, {}, look(seen)}, ranks);
    return seen;
  }

  const tests::TemporaryFolder folder;
  const manifest::Cell cell =
      tests::cell_of({"train.batch=8", "train.epochs=1", "data.train_size=16", "data.validation_size=4"});
  const std::unique_ptr<data::Dataset> dataset = data::open(cell);
  CountingRank ranks;
  Seen trained;
};

TEST_F(EvaluateRun, SeesTheTrainedModelToTheBit) { EXPECT_TRUE(torch::equal(measured().codes, trained.codes)); }

TEST_F(EvaluateRun, HasNoMemoryForGradientsOrAnOptimiser) {
  ASSERT_GT(ranks.buffers, 0) << "training asks for them";
  ASSERT_GT(trained.gradients, 0);
  ranks.buffers = 0;

  EXPECT_EQ(measured().gradients, 0);
  EXPECT_EQ(ranks.buffers, 0);
}

using ATrainedModel = EvaluateRun;

TEST_F(ATrainedModel, LeavesRunFilesToOtherThreads) {
  std::optional<TrainedModel> model(load_trained_model(folder / "cell", models::cell_schema()));
  auto other = std::async(std::launch::async, [&] { return storage::RunFile(folder / "cell" / storage::kRunFile).id(); });

  EXPECT_EQ(other.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  EXPECT_EQ(model->id, cell.id());
  model.reset();  // a lock that it kept would be free now
  EXPECT_EQ(other.get(), cell.id());
}

}  // namespace
}  // namespace irmae::training
