// SPDX-License-Identifier: MIT
#include "framework/training/runs/check_cell.h"

#include <gtest/gtest.h>

#include "storage/error.h"
#include "tests/cell_of.h"

namespace irmae::training {
namespace {

TEST(CheckCell, RefusesWhatMakesNoSenseButInACellOfAFrozenPlan) {
  manifest::Cell cell = tests::cell_of({"train.loss=bce", "model.output=tanh"});
  EXPECT_THROW(check_cell(cell), UsageError);

  cell.frozen = true;
  EXPECT_NO_THROW(check_cell(cell)) << "it was begun before";
}

}  // namespace
}  // namespace irmae::training
