// SPDX-License-Identifier: MIT
// When a GPU's memory is too small for a cell.
#pragma once

#include <torch/types.h>

#include <string>

#include "framework/data/dataset.h"
#include "framework/manifest/cell.h"

namespace irmae::training {

/// The line for the user: tries smaller batches on the device, once nothing of the cell is left there, and names the largest
/// power of two that fits. `ranks` share a global batch.
std::string does_not_fit(const manifest::Cell& cell, const data::Dataset& dataset, torch::Device device, int ranks);

}  // namespace irmae::training
