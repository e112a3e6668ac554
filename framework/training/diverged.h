// SPDX-License-Identifier: MIT
// The end of a cell whose loss is no number any more.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"

namespace irmae::training {

/// Ends a cell whose loss is no number any more. Throws SharedError: all ranks have the same `value`, which is not finite.
/// name: "validation loss"; when: "after epoch 3".
[[noreturn]] inline void end_diverged(const manifest::Cell& cell, const char* name, double value, const std::string& when) {
  throw distributed::SharedError(
      fmt::format("cell {}: the {} became {} {}: lower train.learning_rate (it is {}): that is a new cell, trained from "
                  "its beginning",
                  cell.name, name, std::isnan(value) ? std::abs(value) : value, when, cell.real("train.learning_rate")));
}

}  // namespace irmae::training
