// SPDX-License-Identifier: MIT
// A fault of a device that ends the process, in one line. On a CPU a recording plays the device.
#include "framework/training/lost_device.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "framework/training/run_cell.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/message_of.h"

namespace irmae::training {
namespace {

namespace fs = std::filesystem;

constexpr int kIllegalAddress = 700, kMemoryAllocation = 2, kCaptureInvalidated = 901;  // CUDA's numbers

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

class LostDevice : public ::testing::Test {
 protected:
  LostDevice() { fs::remove_all(folder); }
  ~LostDevice() override { fs::remove_all(folder); }

  void train(int code, const std::string& what) const {
    const manifest::Cell cell =
        tests::cell_of({"train.batch=8", "train.epochs=1", "data.train_size=64", "data.validation_size=4"});
    const auto dataset = data::open(cell);
    const auto alone = distributed::make_single(3);
    Progress progress(cell, {});
    run_cell({.cell = cell,
              .dataset = *dataset,
              .folder = folder,
              .place = {.in_blocks = true, .recording = [&] { return std::make_unique<Lost>(code, what); }},
              .provenance = {},
              .progress = progress,
              .evaluate = {}},
             *alone);
  }

  /// One name for the process that dies and for the one that cleans up after it.
  const fs::path folder = fs::current_path() / "lost-device-test";
};

TEST_F(LostDevice, EndsTheProcessWithOneLineAndTheStatusForStartingAgain) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // LibTorch has threads

  EXPECT_EXIT(train(kIllegalAddress, "an illegal memory access was encountered"), ::testing::ExitedWithCode(kTryAgain),
              "irmae: rank 3, steps 1 to 8 of epoch 1: CUDA error: an illegal memory access was encountered; start the same "
              "command again: it goes on from the last checkpoint\n$");
}

TEST_F(LostDevice, IsNoneThatRefusesASingleCall) {
  for (const int code : {kMemoryAllocation, kCaptureInvalidated})
    EXPECT_CONTAINS(tests::message_of<c10::AcceleratorError>([&] { train(code, "refused"); }), "CUDA error: refused");
}

TEST_F(LostDevice, IsNoneWhereOtherWorkFails) {
  end_if_lost(torch::kCPU, Error("a file"), 0);
  end_if_lost(torch::kCPU, c10::OutOfMemoryError({}, "no memory is left"), 0);
}

}  // namespace
}  // namespace irmae::training
