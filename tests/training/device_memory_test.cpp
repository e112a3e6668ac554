// SPDX-License-Identifier: MIT
// The line that ends a cell for which the memory of its device is too small.
#include "framework/training/device_memory.h"

#include <gtest/gtest.h>

#include "tests/cell_of.h"
#include "tests/contains.h"

namespace irmae::training {
namespace {

std::string line_of(bool shared) {
  const manifest::Cell cell = tests::cell_of({"train.batch=8", "data.train_size=8", "data.validation_size=2"});
  Place place;
  place.shared = shared;
  return does_not_fit(cell, *data::open(cell), place, 1);
}

TEST(DeviceMemory, NamesTheLargestBatchThatFits) {
  EXPECT_CONTAINS(line_of(false), "batch of 8 on 1 rank: train.batch=4 would fit");
}

TEST(DeviceMemory, IsNotSearchedWhereOthersUseIt) {
  EXPECT_LACKS(line_of(true), "would fit");
  EXPECT_CONTAINS(line_of(true), "--cells-per-gpu");
}

}  // namespace
}  // namespace irmae::training
