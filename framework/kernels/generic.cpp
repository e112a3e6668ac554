// SPDX-License-Identifier: MIT
// Any processor: vectors of 4 floats, made by the compiler of what there is.
#include <algorithm>
#include <utility>
#include <vector>

#include "framework/kernels/sets.h"

namespace irmae::kernels {
namespace {

constexpr int kVectorBytes = 16, kRows = 6, kTransposedRows = 6;
#include "framework/kernels/tiles.inl"

}  // namespace

const Functions<float> generic_float = here<float>;
const Functions<double> generic_double = here<double>;

}  // namespace irmae::kernels
