// SPDX-License-Identifier: MIT
#include "framework/training/runs/check_cell.h"

#include <fmt/format.h>

#include "framework/data/dataset.h"
#include "framework/models/method.h"
#include "framework/models/network.h"
#include "storage/error.h"

namespace irmae::training {

void check_cell(const manifest::Cell& cell) {
  if (cell.frozen) return;
  if (cell.text("train.loss") == "bce" && cell.text("model.output") != "sigmoid")
    throw UsageError(
        fmt::format("cell {}: train.loss = \"bce\" needs values in 0..1: set model.output = \"sigmoid\" (it is \"{}\")",
                    cell.name, cell.text("model.output")));
  if (const auto& why_not = models::kind_of(cell).why_not)
    if (const std::string reason = why_not(cell); !reason.empty())
      throw UsageError(fmt::format("cell {}: {}", cell.name, reason));
  data::check(cell);
  if (const auto extent = data::extent_of(cell)) models::check_network(cell, extent->shape);
}

}  // namespace irmae::training
