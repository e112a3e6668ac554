// SPDX-License-Identifier: MIT
// The line that ends a cell for which the memory of its device is too small, and the memory that a cell leaves behind.
#include "framework/training/device_memory.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "framework/training/runs/run_cell.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

std::string line_of(bool shared, int batch = 8, bool recorded = false) {
  const manifest::Cell cell =
      tests::cell_of({"train.batch=" + std::to_string(batch), "data.train_size=8", "data.validation_size=2"});
  Place place;
  place.shared = shared;
  if (recorded) place.recording = [] { return std::unique_ptr<distributed::Recording>(); };
  return does_not_fit(cell, *data::open(cell), place, *distributed::make_single());
}

TEST(DeviceMemory, NamesTheLargestBatchThatFits) {
  EXPECT_CONTAINS(line_of(false), "batch of 8 on 1 rank: train.batch=4 would fit");
}

TEST(DeviceMemory, IsSearchedForNoMoreThanAllSamples) {
  EXPECT_CONTAINS(line_of(false, 1'000'000'000), "batch of 1000000000 on 1 rank: train.batch=4 would fit");
}

TEST(DeviceMemory, IsNotSearchedWhereOthersUseIt) {
  EXPECT_LACKS(line_of(true), "would fit");
  EXPECT_CONTAINS(line_of(true), "--cells-per-gpu");
}

TEST(DeviceMemory, IsMoreWhereStepsAreNotRecorded) {
  for (const bool shared : {false, true}) {
    EXPECT_CONTAINS(line_of(shared, 8, true), ", or train.recorded=false");
    EXPECT_LACKS(line_of(shared), "train.recorded");
  }
}

/// Samples of which a device is asked that is lost.
class SamplesOnALostDevice final : public data::Dataset {
 public:
  std::vector<std::int64_t> shape() const override {
    throw c10::AcceleratorError({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, 700,
                                "CUDA error: an illegal access");
  }
  std::int64_t size(data::Split) const override { return 8; }
  std::vector<std::int64_t> epoch_order(std::int64_t) const override { return {}; }
  data::Batch batch(data::Split, const std::vector<std::int64_t>&) const override { return {}; }
};

TEST(DeviceMemory, IsNotTakenForTooSmallWhereTheDeviceIsLostInTheSearch) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // LibTorch has threads
  const manifest::Cell cell = tests::cell_of({"train.batch=8"});

  EXPECT_EXIT(does_not_fit(cell, SamplesOnALostDevice(), {}, *distributed::make_single(3)),
              ::testing::ExitedWithCode(kTryAgain), "CUDA error: an illegal access; start the same command again");
}

/// As LibTorch says that cuBLAS has no memory to be started with.
[[noreturn]] void fail_to_start_a_library() {
  throw c10::Error(c10::SourceLocation{__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)},
                   "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`");
}

/// A step for which a library has no memory.
class WithoutLibrary final : public distributed::Recording {
 public:
  void record(const std::function<void()>&) override {}
  void replay() override { fail_to_start_a_library(); }
};

/// Recordings that were made, and those that are there.
struct Recordings {
  int made = 0, there = 0;
  bool operator==(const Recordings&) const = default;
};

class Counted final : public distributed::Recording {
 public:
  /// fails: by a library that finds too little memory, when it is repeated.
  Counted(Recordings& all, bool fails) : all_(all), fails_(fails) { ++all_.made, ++all_.there; }
  ~Counted() override { --all_.there; }
  void record(const std::function<void()>& work) override { work_ = work; }
  void replay() override { fails_ ? fail_to_start_a_library() : work_(); }

 private:
  Recordings& all_;
  bool fails_;
  std::function<void()> work_;
};

std::ostream& operator<<(std::ostream& out, const Recordings& all) {
  return out << all.made << " made, " << all.there << " there";
}

class CellOnADevice : public ::testing::Test {
 protected:
  /// By what the cell fails; empty: it does not.
  std::string failure_of(Place place, Evaluate evaluate = {}) const {
    Progress progress(cell, {});
    return tests::message_of([&] {
      run_cell({.cell = cell,
                .dataset = *dataset,
                .folder = folder / "cell",
                .place = std::move(place),
                .provenance = {},
                .progress = progress,
                .evaluate = std::move(evaluate)},
               *alone);
    });
  }

  const manifest::Cell cell =
      tests::cell_of({"train.batch=8", "train.epochs=1", "data.train_size=64", "data.validation_size=4"});
  const std::unique_ptr<data::Dataset> dataset = data::open(cell);
  const std::unique_ptr<distributed::Communicator> alone = distributed::make_single();
  const tests::TemporaryFolder folder;
  const Place without_library{.in_blocks = true, .recording = [] { return std::make_unique<WithoutLibrary>(); }};
};

TEST_F(CellOnADevice, IsToldOfTooLittleMemoryAlsoWhereALibraryFindsIt) {
  EXPECT_CONTAINS(failure_of(without_library), "is too small for a batch of 8 on 1 rank: train.batch=4 would fit");
  EXPECT_CONTAINS(failure_of({}, [](auto&...) -> std::vector<storage::Evaluation> { fail_to_start_a_library(); }),
                  "the GPU's memory is too small for the evaluations; the model is trained");
}

TEST_F(CellOnADevice, GivesMemoryBackBeforeARecordingAndOnceNothingOfTheCellIsLeft) {
  for (const bool fails : {true, false}) {
    Recordings all;
    std::vector<Recordings> seen;  // when memory was given back
    const Place place{.in_blocks = true,
                      .recording = [&] { return std::make_unique<Counted>(all, fails); },
                      .give_back = [&] { seen.push_back(all); }};

    EXPECT_EQ(failure_of(place).empty(), !fails);
    EXPECT_EQ(seen, (std::vector<Recordings>{{0, 0}, {1, 0}}));
  }
}

TEST_F(CellOnADevice, GivesMemoryBackAtItsEndWhereNothingIsRecorded) {
  int times = 0;
  EXPECT_EQ(failure_of({.give_back = [&] { ++times; }}), "");
  EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace irmae::training
