// SPDX-License-Identifier: MIT
// A rank whose device has too little memory for its share of a step: the cell fails on every rank, and the ranks go on.
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include "framework/training/runs/run_cell.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/distributed/session.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

/// By what a device is told to have too little memory.
using Refusal = void (*)();

void refuse_a_tensor() { TORCH_CHECK_WITH(OutOfMemoryError, false, "no memory is left"); }
void fail_to_start_a_library() {
  TORCH_CHECK(false, "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`");
}

/// Shapes, for which the memory of some ranks' device is too small.
class Shapes final : public data::Dataset {
 public:
  /// refusal: null where they fit.
  Shapes(const manifest::Cell& cell, Refusal refusal) : shapes_(data::open(cell)), refusal_(refusal) {}

  std::vector<std::int64_t> shape() const override { return shapes_->shape(); }
  std::int64_t size(data::Split split) const override { return shapes_->size(split); }
  std::vector<std::int64_t> epoch_order(std::int64_t epoch) const override { return shapes_->epoch_order(epoch); }
  data::Batch batch(data::Split split, const std::vector<std::int64_t>& indices) const override {
    return shapes_->batch(split, indices);
  }
  torch::Tensor images_on(data::Split split, torch::Device device, const std::vector<std::int64_t>& indices) const override {
    if (refusal_) refusal_();
    return shapes_->images_on(split, device, indices);
  }

 private:
  std::unique_ptr<data::Dataset> shapes_;
  Refusal refusal_;
};

TEST(ShortMemory, OfOneRankEndsTheCellOnEveryRankAndNoRankWaits) {
  const auto world = tests::session->world(std::chrono::seconds(60));
  const int last = world->size() - 1;
  if (last == 0) GTEST_SKIP() << "for several ranks";
  const manifest::Cell cell =
      tests::cell_of({"train.batch=16", "train.epochs=1", "data.train_size=16", "data.validation_size=4"});
  const tests::TemporaryFolder folder;
  Progress progress(cell, {});
  int given_back = 0;
  const auto train = [&](Refusal refusal) {
    const Shapes dataset(cell, refusal);
    const CellJob job{.cell = cell,
                      .dataset = dataset,
                      .folder = folder / "cell",
                      .place = {.in_blocks = true, .give_back = [&] { ++given_back; }},
                      .provenance = {},
                      .progress = progress,
                      .evaluate = {}};
    return run_cell(job, *world);
  };

  for (const Refusal refusal : {refuse_a_tensor, fail_to_start_a_library}) {
    const std::string told =
        tests::message_of<distributed::SharedError>([&] { train(world->rank() == last ? refusal : nullptr); });

    EXPECT_CONTAINS(told, "is too small for a batch of 16 on " + std::to_string(world->size()) + " ranks: train.batch=");
  }
  EXPECT_EQ(train(nullptr), Outcome::trained) << "with enough memory the same ranks go on";
  EXPECT_EQ(given_back, 0) << "a rank whose device waits for the others' would wait for ever";
}

}  // namespace
}  // namespace irmae::training
