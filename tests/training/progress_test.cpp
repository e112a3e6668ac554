// SPDX-License-Identifier: MIT
// What a run that goes on in the middle of an epoch says of its pace.
#include "framework/training/runs/progress.h"

#include <gtest/gtest.h>

#include "tests/cell_of.h"

namespace irmae::training {
namespace {

TEST(Progress, CountsStepsOfAnEarlierSessionAsTrainedBefore) {
  double trained = 0, trained_before = 0;
  Progress progress(tests::cell_of({}), {.live = [&](const std::string&, double samples) { trained += samples; },
                                         .trained_before = [&](double samples) { trained_before += samples; }});
  progress.starts(/*train_size=*/1000, /*finished_epochs=*/2, /*finished_steps=*/24, /*steps=*/32);
  progress.step_done(25, 32, 0.5);
  progress.ends("");

  EXPECT_DOUBLE_EQ(trained_before, 2750);
  EXPECT_DOUBLE_EQ(trained, 31.25);
}

}  // namespace
}  // namespace irmae::training
