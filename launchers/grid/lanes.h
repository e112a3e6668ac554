// SPDX-License-Identifier: MIT
// How many cells one rank trains at once: in lanes, each a thread of the process, on a GPU with a stream and recordings of its
// own. The paper's networks are so small that one of them leaves most of a GPU idle.
#pragma once

#include <vector>

#include "framework/manifest/cell.h"
#include "launchers/data_sets.h"
#include "launchers/grid/device.h"

namespace irmae::launchers {

/// `open`: the cells to be trained, each by one rank if `singles`. wanted: what the user asks for; 0: several where cells are
/// small and go to a GPU, else one. The same on every rank of a host. Throws SharedError where what is asked for cannot be.
int choose_lanes(const std::vector<const manifest::Cell*>& open, bool singles, int wanted, Neighbours neighbours,
                 const DataSets& data);

}  // namespace irmae::launchers
