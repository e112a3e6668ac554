// SPDX-License-Identifier: MIT
// Training goes on from a checkpoint whose counters can be those of its cell, and from no other, whoever wrote it.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "framework/training/runs/cell_folder.h"
#include "framework/training/runs/progress.h"
#include "framework/training/trainer.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

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

  /// Epochs of two steps.
  static manifest::Cell cell_with(const std::string& epochs, const std::string& seconds) {
    return tests::cell_of({"model.method=ae", "data.train_size=6", "data.validation_size=4", "train.batch=4",
                           "train.epochs=" + epochs, "train.checkpoint_seconds=" + seconds, "train.device=cpu"});
  }

  /// Two epochs, with a checkpoint after each step.
  const manifest::Cell cell = cell_with("2", "0");
  const std::unique_ptr<data::Dataset> dataset = data::open(cell);
  const std::unique_ptr<distributed::Communicator> alone = distributed::make_single();
  storage::CheckpointRecord record;  ///< the last one of the second epoch
};

/// It becomes that of a training which has come so far: its history, its updates.
void go_to(storage::CheckpointRecord& record, std::int64_t epoch, std::int64_t step) {
  record.epoch = epoch;
  record.step = step;
  record.updates = epoch * 2 + step;
  record.history.resize(static_cast<std::size_t>(epoch), record.history.front());
  for (std::int64_t i = 0; i < epoch; ++i) record.history[static_cast<std::size_t>(i)].epoch = i + 1;
}

TEST_F(Checkpoint, IsGoneOnWithAtEveryPlaceThatItsCellHas) {
  EXPECT_EQ(why_not([](auto&) {}), "");
  EXPECT_EQ(why_not([](auto& one) { go_to(one, 0, 0); }), "");
  EXPECT_EQ(why_not([](auto& one) { go_to(one, 0, 2); }), "");
  EXPECT_EQ(why_not([](auto& one) { go_to(one, 1, 0); }), "");
  EXPECT_EQ(why_not([](auto& one) { go_to(one, 1, 2); }), "") << "before the epoch's measurement";
  EXPECT_EQ(why_not([](auto& one) { go_to(one, 2, 0); }), "");
  EXPECT_EQ(why_not([](auto& one) { --one.updates; }), "") << "the optimiser's count has an end";
}

TEST_F(Checkpoint, WithCountersThatDoNotFitTogetherIsRefused) {
  const std::function<void(storage::CheckpointRecord&)> kChanges[] = {
      [](auto& one) { go_to(one, 1, -1); },
      [](auto& one) { go_to(one, 1, 3); },
      [](auto& one) { go_to(one, 0, 0), one.epoch = -1, one.step = 2; },
      [](auto& one) { go_to(one, 3, 0); },
      [](auto& one) { one.epoch = 2; },
      [](auto& one) { one.history.clear(); },
      [](auto& one) { one.updates = -1; },
      [](auto& one) { ++one.updates; },
      [](auto& one) { go_to(one, 0, 0), one.updates = 1'000'000'000'000'000'000; },
      [](auto& one) { one.world_size = 0; },
      [](auto& one) { one.world_size = -1; },
  };
  for (std::size_t i = 0; i < std::size(kChanges); ++i) {
    const std::string why = why_not(kChanges[i]);

    EXPECT_CONTAINS(why, "the checkpoint's counters do not fit together (epoch ") << "change " << i;
    EXPECT_CONTAINS(why, "it is damaged") << "change " << i;
  }
  EXPECT_EQ(why_not([](auto& one) { one.world_size = 2; }),
            "the checkpoint's sums do not fit its number of ranks: it is damaged");
}

/// The first array of a checkpoint without its last number.
void shorten(storage::CheckpointRecord& record) {
  storage::NamedArray& array = record.tensors.front();
  --array.shape.back();
  std::visit([](auto& values) { values.pop_back(); }, array.values);
}

TEST_F(Checkpoint, WithArraysThatAreNotItsModelsIsRefused) {
  EXPECT_EQ(why_not(shorten), "the checkpoint's array 'values' has another size or type than this model's: it is damaged");
  EXPECT_EQ(why_not([](auto& one) { one.tensors.pop_back(); }), "the checkpoint has no array 'second_moment': it is damaged");
  const std::string negative = tests::message_of([&] { why_not([](auto& one) { one.sessions = -5; }); });
  EXPECT_CONTAINS(negative, "checkpoint.h5: /state@sessions is negative: the file is damaged");
}

TEST_F(Checkpoint, ThatCanBeReadAndCannotBeItsCellsIsPutAsideForTheOneBeforeIt) {
  const tests::TemporaryFolder folder;
  storage::write_checkpoint(folder / "checkpoint.previous.h5", record);
  storage::CheckpointRecord changed = record;
  shorten(changed);
  storage::write_checkpoint(folder / "checkpoint.h5", changed);
  Trainer trainer(cell, *dataset, *alone, {});
  std::string said;
  Progress progress(cell, {.say = [&](const std::string& text) { said += text; }});
  CellFolder of_cell(folder.string());
  const auto why_damaged = [&](const storage::CheckpointRecord& one) { return trainer.why_damaged(one); };

  const auto found = of_cell.newest_checkpoint(progress, why_damaged);

  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(trainer.why_damaged(*found), "");
  EXPECT_CONTAINS(said,
                  "warning: " + (folder / "checkpoint.h5").string() + ": the checkpoint's array 'values' has another size");
  EXPECT_CONTAINS(said, "; the checkpoint before it is tried");
  EXPECT_TRUE(std::filesystem::exists(folder / "checkpoint.h5.damaged"));
  EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint.previous.h5")) << "it is the newest now";
}

TEST_F(Checkpoint, OfOtherDataIsLeftWhereItIs) {
  const tests::TemporaryFolder folder;
  storage::write_checkpoint(folder / "checkpoint.h5", record);
  Progress progress(cell, {.say = [](const std::string&) {}});
  CellFolder of_cell(folder.string());
  const auto other_data = [](const storage::CheckpointRecord&) -> std::string { throw Error("other data"); };

  EXPECT_EQ(tests::message_of([&] { of_cell.newest_checkpoint(progress, other_data); }), "other data");
  EXPECT_TRUE(std::filesystem::exists(folder / "checkpoint.h5"));
}

TEST_F(Checkpoint, ComesAfterEachStepOrNeverWhereTheTimeSaysSo) {
  for (const auto& [seconds, wanted] : {std::pair{"0", 4}, std::pair{"3600", 0}}) {
    const manifest::Cell timed = cell_with("2", seconds);
    Trainer trainer(timed, *dataset, *alone, {});
    int checkpoints = 0;
    Observer observer;
    observer.checkpoint = [&] { ++checkpoints; };

    EXPECT_EQ(trainer.run(observer), Trainer::End::finished);

    EXPECT_EQ(checkpoints, wanted) << seconds;
  }
}

/// A step asks for the time as it begins: a checkpoint comes behind the first step that began when its time was over. So the
/// step before that one began in time, and the one before ended in time.
TEST_F(Checkpoint, ComesWithTheTimeAndNotBefore) {
  using Clock = std::chrono::steady_clock;
  struct Enough {};
  constexpr std::chrono::seconds kTime(1);
  const manifest::Cell timed = cell_with("20000", "1");
  Trainer trainer(timed, *dataset, *alone, {});
  Clock::time_point last = Clock::now();  ///< a little before the time begins
  std::vector<Clock::time_point> ends;    ///< of the steps since
  int checkpoints = 0;
  Observer observer;
  observer.step_done = [&](auto, auto, auto) { ends.push_back(Clock::now()); };
  observer.checkpoint = [&] {
    EXPECT_GE(Clock::now() - last, kTime) << "checkpoint " << checkpoints;
    // Counted from the first end, a little after the time has begun.
    if (ends.size() > 2) {
      EXPECT_LT(ends[ends.size() - 3] - ends.front(), kTime) << "checkpoint " << checkpoints;
    }
    if (++checkpoints == 2) throw Enough{};
    ends.clear();
    last = Clock::now();
  };

  EXPECT_THROW(trainer.run(observer), Enough) << "no checkpoint came";
}

}  // namespace
}  // namespace irmae::training
