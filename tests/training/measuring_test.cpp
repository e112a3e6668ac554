// SPDX-License-Identifier: MIT
// What the collectives of an epoch's measurement are called where a time-out names them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/training/trainer.h"
#include "tests/cell_of.h"
#include "tests/distributed/forwarding_ranks.h"

namespace irmae::training {
namespace {

/// One rank, which notes the names of its sums over training samples.
class NotingRank final : public tests::ForwardingRanks {
 public:
  std::shared_ptr<distributed::Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    if (what.starts_with("sum over training samples")) sums.push_back(what);
    return ForwardingRanks::all_reduce(tensor, std::move(what));
  }

  std::vector<std::string> sums;
};

/// A method that fixes a matrix by training codes.
TEST(Measurement, NamesItsSumsByTheEpochsThatAreBehindAlsoWhereTrainingIsGoneOnWith) {
  const manifest::Cell cell = tests::cell_of({"model.method=rrae", "model.latent=4", "model.rank_max=2", "train.batch=8",
                                              "train.epochs=2", "data.train_size=16", "data.validation_size=4"});
  const auto dataset = data::open(cell);
  NotingRank rank;
  Trainer trainer(cell, *dataset, rank, {});

  ASSERT_EQ(trainer.run({}), Trainer::End::finished);

  EXPECT_EQ(rank.sums,
            (std::vector<std::string>{"sum over training samples after epoch 1", "sum over training samples after epoch 2"}));
  const storage::CheckpointRecord record = trainer.checkpoint();
  Trainer other(cell, *dataset, rank, {});
  other.restore(&record);
  rank.sums.clear();

  ASSERT_EQ(other.run({}), Trainer::End::finished);

  EXPECT_EQ(rank.sums, std::vector<std::string>{"sum over training samples after epoch 2"});
}

}  // namespace
}  // namespace irmae::training
