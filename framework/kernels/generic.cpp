// SPDX-License-Identifier: MIT
// Any processor: vectors of 4 floats, made by the compiler of what there is.
#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/kernels/scratch.h"
#include "framework/kernels/sets.h"

namespace irmae::kernels {
namespace {

constexpr int kVectorBytes = 16, kRows = 6;
#include "framework/kernels/adam.inl"
#include "framework/kernels/tiles.inl"
#include "framework/kernels/winograd.inl"

template <class T>
constexpr Functions<T> here{down<T>, up<T>, weight_gradient<T>, add_places<T>, adam<T>};

}  // namespace

const Functions<float> generic_float = here<float>;
const Functions<double> generic_double = here<double>;

}  // namespace irmae::kernels
