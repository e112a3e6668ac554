// SPDX-License-Identifier: MIT
// A fault of a device that ends the process, in one line. On a CPU a recording or a communicator plays the device.
#include "framework/training/lost_device.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "framework/training/runs/evaluate_run.h"
#include "framework/training/runs/run_cell.h"
#include "storage/cell_paths.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/distributed/forwarding_ranks.h"
#include "tests/message_of.h"

namespace irmae::training {
namespace {

namespace fs = std::filesystem;

constexpr int kIllegalAddress = 700;  // CUDA's number

c10::AcceleratorError fault(int code, const std::string& what) {
  return {{__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, code, "CUDA error: " + what + "\nmore of it\n"};
}

/// A step that cannot be repeated.
class Lost final : public distributed::Recording {
 public:
  explicit Lost(int code, std::string what) : code_(code), what_(std::move(what)) {}
  void record(const std::function<void()>&) override {}
  void replay() override { throw fault(code_, what_); }

 private:
  int code_;
  std::string what_;
};

constexpr const char* kCommonMemory = "common memory";

/// One rank, whose device is lost in the collective of this name. From then on the gradients' memory there cannot be given
/// back.
class LostIn final : public tests::ForwardingRanks {
 public:
  explicit LostIn(std::string collective) : collective_(std::move(collective)) { world_rank_ = 3; }

  torch::Tensor make_buffer(std::int64_t elements, const torch::TensorOptions& options) override {
    const torch::Tensor memory = torch::zeros({elements}, options);
    return torch::from_blob(
        memory.data_ptr(), {elements}, [memory](void*) { std::_Exit(EXIT_FAILURE); }, options);
  }
  std::unique_ptr<distributed::Common> make_common(std::int64_t, const torch::TensorOptions&) override {
    lose_in(kCommonMemory);
    return nullptr;
  }
  std::shared_ptr<distributed::Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    lose_in(what);
    return ForwardingRanks::all_reduce(tensor, std::move(what));
  }
  void broadcast(const torch::Tensor& tensor, std::string what) override {
    lose_in(what);
    ForwardingRanks::broadcast(tensor, std::move(what));
  }

 private:
  void lose_in(const std::string& collective) const {
    if (collective == collective_) throw fault(kIllegalAddress, "an illegal memory access was encountered");
  }

  std::string collective_;
};

class LostDevice : public ::testing::Test {
 protected:
  LostDevice() { fs::remove_all(folder); }
  ~LostDevice() override { fs::remove_all(folder); }

  void train(distributed::Communicator& ranks, Place place) const {
    Progress progress(cell, {});
    run_cell({.cell = cell,
              .dataset = *dataset,
              .folder = folder,
              .place = std::move(place),
              .provenance = {},
              .progress = progress,
              .evaluate = {}},
             ranks);
  }
  /// Until a step fails.
  void train(int code, const std::string& what) const {
    train(*alone, {.in_blocks = true, .recording = [&] { return std::make_unique<Lost>(code, what); }});
  }
  void open(const char* lost_in) const {
    LostIn ranks(lost_in);
    train(ranks, {});
  }
  void measure() const {
    train(*alone, {});
    const auto lose = [](auto&...) -> std::vector<storage::Evaluation> {
      throw fault(kIllegalAddress, "an illegal memory access was encountered");
    };
    evaluate_run({cell, *dataset, folder / storage::kRunFile, {}, lose}, *alone);
  }
  /// Until its model is built.
  void measure(const char* lost_in) const {
    train(*alone, {});
    LostIn ranks(lost_in);
    evaluate_run({cell, *dataset, folder / storage::kRunFile, {}, {}}, ranks);
  }

  const manifest::Cell cell =
      tests::cell_of({"train.batch=8", "train.epochs=1", "data.train_size=64", "data.validation_size=4"});
  const std::unique_ptr<data::Dataset> dataset = data::open(cell);
  const std::unique_ptr<distributed::Communicator> alone = distributed::make_single(3);

  /// One name for the process that dies and for the one that cleans up after it.
  const fs::path folder = fs::current_path() / "lost-device-test";
};

TEST_F(LostDevice, EndsTheProcessWithOneLineAndTheStatusForStartingAgain) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // LibTorch has threads

  EXPECT_EXIT(train(kIllegalAddress, "an illegal memory access was encountered"), ::testing::ExitedWithCode(kTryAgain),
              "irmae: rank 3, steps 1 to 8 of epoch 1: CUDA error: an illegal memory access was encountered; start the same "
              "command again: it goes on from the last checkpoint\n$");
}

TEST_F(LostDevice, EndsTheProcessAlsoWhereACellIsOpenedAndBeforeItsMemoryIsGivenBack) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  for (const char* const collective : {"opening of the cell's folder", "comparison of the parameters", kCommonMemory})
    EXPECT_EXIT(open(collective), ::testing::ExitedWithCode(kTryAgain),
                "irmae: rank 3, set-up: CUDA error: an illegal memory access was encountered; start the same command again: it "
                "goes on from the last checkpoint\n$")
        << collective;
}

TEST_F(LostDevice, EndsTheProcessAlsoWhereAFinishedRunIsMeasured) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(measure(), ::testing::ExitedWithCode(kTryAgain),
              "irmae: rank 3, evaluation: CUDA error: an illegal memory access was encountered; start the same command again");
}

TEST_F(LostDevice, EndsTheProcessAlsoWhereTheModelOfAFinishedRunIsBuilt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(measure("comparison of the parameters"), ::testing::ExitedWithCode(kTryAgain),
              "irmae: rank 3, set-up: CUDA error: an illegal memory access was encountered; start the same command again");
}

TEST_F(LostDevice, IsAnyAfterWhoseErrorTheProcessMustBeStartedAgain) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  // An uncorrectable error of memory, an assertion, a failed kernel, an unknown error.
  for (const int code : {214, 710, 719, 999})
    EXPECT_EXIT(end_if_lost(torch::kCPU, fault(code, "lost"), 3), ::testing::ExitedWithCode(kTryAgain),
                "CUDA error: lost; start")
        << code;
}

TEST_F(LostDevice, IsNoneThatRefusesASingleCall) {
  // One that is another process's alone, too many resources for a kernel, what the device does not have, an invalid recording.
  for (const int code : {46, 701, 801, 901})
    EXPECT_CONTAINS(tests::message_of<c10::AcceleratorError>([&] { train(code, "refused"); }), "CUDA error: refused") << code;
}

TEST_F(LostDevice, IsNoneWhereOtherWorkFails) {
  end_if_lost(torch::kCPU, Error("a file"), 0);
  end_if_lost(torch::kCPU, c10::OutOfMemoryError({}, "no memory is left"), 0);
  end_if_lost(torch::kCPU, fault(2, "out of memory"), 0);
}

}  // namespace
}  // namespace irmae::training
