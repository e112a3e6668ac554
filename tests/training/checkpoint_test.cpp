// SPDX-License-Identifier: MIT
// Training goes on from a checkpoint whose counters can be those of its cell, and from no other, whoever wrote it.
#include <gtest/gtest.h>

#include <functional>
#include <iterator>

#include "framework/training/trainer.h"
#include "storage/run_file.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/message_of.h"

namespace irmae::training {
namespace {

class Checkpoint : public ::testing::Test {
 protected:
  Checkpoint() {
    Trainer trainer(cell, *dataset, *alone, {});
    Observer observer;
    observer.checkpoint = [&] {
      if (trainer.epoch() == 1) record = trainer.checkpoint();
    };
    EXPECT_EQ(trainer.run(observer), Trainer::End::finished);
  }

  /// What a trainer says of the checkpoint after this change to it, as a file has it.
  std::string why_not(const std::function<void(storage::CheckpointRecord&)>& change) const {
    storage::CheckpointRecord changed = record;
    change(changed);
    const tests::TemporaryFolder folder;
    storage::write_checkpoint(folder / "checkpoint.h5", changed);
    const storage::CheckpointRecord read = storage::read_checkpoint(folder / "checkpoint.h5");
    Trainer trainer(cell, *dataset, *alone, {});
    return tests::message_of([&] { trainer.restore(&read); });
  }

  /// Two epochs of two steps, with a checkpoint after each.
  const manifest::Cell cell = tests::cell_of({"model.method=ae", "data.train_size=6", "data.validation_size=4", "train.batch=4",
                                              "train.epochs=2", "train.checkpoint_seconds=0", "train.device=cpu"});
  const std::unique_ptr<data::Dataset> dataset = data::open(cell);
  const std::unique_ptr<distributed::Communicator> alone = distributed::make_single();
  storage::CheckpointRecord record;  ///< the last one of the second epoch
};

/// Its history becomes that of so many epochs, of which it says that they are finished.
void let_have(storage::CheckpointRecord& record, std::int64_t epochs) {
  record.epoch = epochs;
  while (std::ssize(record.history) < epochs) {
    record.history.push_back(record.history.back());
    ++record.history.back().epoch;
  }
}

TEST_F(Checkpoint, IsGoneOnWithAtEveryPlaceThatItsCellHas) {
  EXPECT_EQ(why_not([](auto&) {}), "");
  EXPECT_EQ(why_not([](auto& one) { one.step = 0; }), "");
  EXPECT_EQ(why_not([](auto& one) { one.step = 2; }), "") << "before the epoch's measurement";
  EXPECT_EQ(why_not([](auto& one) { one.epoch = 0, one.history.clear(); }), "");
  EXPECT_EQ(why_not([](auto& one) { let_have(one, 2), one.step = 0; }), "");
}

TEST_F(Checkpoint, WithCountersThatDoNotFitTogetherIsRefused) {
  const std::function<void(storage::CheckpointRecord&)> kChanges[] = {
      [](auto& one) { one.step = -5; },
      [](auto& one) { one.step = 3; },
      [](auto& one) { one.epoch = -1, one.history.clear(); },
      [](auto& one) { let_have(one, 3); },
      [](auto& one) { one.epoch = 2; },
      [](auto& one) { one.history.clear(); },
      [](auto& one) { one.updates = -1; },
      [](auto& one) { one.world_size = 0; },
      [](auto& one) { one.world_size = -1; },
  };
  for (std::size_t i = 0; i < std::size(kChanges); ++i) {
    const std::string why = why_not(kChanges[i]);

    EXPECT_CONTAINS(why, "the checkpoint's counters do not fit together (epoch ") << "change " << i;
    EXPECT_CONTAINS(why, "it is damaged; remove it") << "change " << i;
  }
  EXPECT_EQ(why_not([](auto& one) { one.world_size = 2; }),
            "the checkpoint's sums do not fit its number of ranks: it is damaged; remove it");
}

}  // namespace
}  // namespace irmae::training
