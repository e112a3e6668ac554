// SPDX-License-Identifier: MIT
// When a GPU's memory is too small for a cell.
#pragma once

#include <string>

#include "framework/data/dataset.h"
#include "framework/manifest/cell.h"
#include "framework/training/place.h"

namespace irmae::training {

/// Thrown on every rank of a cell where one of them has too little memory for its share of a step.
class MemoryIsShort {};

/// The line for the user: tries smaller batches on the device, once nothing of the cell is left there, and names the largest
/// power of two that fits; not on a shared device, where the search would take the memory of the others' cells. `ranks` share a
/// global batch.
std::string does_not_fit(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place, int ranks);

}  // namespace irmae::training
