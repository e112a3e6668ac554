// SPDX-License-Identifier: MIT
// When a GPU's memory is too small for a cell.
#pragma once

#include <string>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"
#include "framework/training/place.h"

namespace irmae::training {

/// Thrown on every rank of a cell where one of them has too little memory for its share of a step.
class MemoryIsShort {};

/// The line for the user: tries steps of fewer samples on the device, once nothing of the cell is left there, and names the
/// batch of which each rank's share is the largest power of two that fits; not on a shared device, where the search would take
/// the memory of the others' cells. `ranks`: which share a batch; no collective. Ends the process where the device is lost.
std::string does_not_fit(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place,
                         const distributed::Communicator& ranks);

}  // namespace irmae::training
