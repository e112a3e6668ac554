// SPDX-License-Identifier: MIT
// How many threads a rank trains with where the manifest leaves it open.
#pragma once

#include "framework/manifest/cell.h"
#include "framework/models/layers/layer_spec.h"

namespace irmae::cost {

/// Operations (FLOP) of a step below which one thread trains. A core takes some 6 ms for them; what a second one would save, 3
/// ms, is what a thread waits for its turn on a core that another program wants too, and threads meet in every layer.
inline constexpr double kFewOperations = 3e8;

/// Threads for the training steps of a cell on samples of this shape: train.threads; where that is 0, OMP_NUM_THREADS where it
/// is a whole number from 1; else one for steps of few operations, and `cores`, those of the rank, for others. Throws
/// UsageError where the cell's network does not take such samples.
int threads_of(const manifest::Cell& cell, const models::Shape& shape, int cores);

/// Threads for what is no training step of a cell: train.threads, else OMP_NUM_THREADS where it is a whole number from 1, else
/// `cores`, those of the rank. Evaluations are large, whatever a step is.
int threads_of(const manifest::Cell& cell, int cores);

}  // namespace irmae::cost
