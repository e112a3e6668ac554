// SPDX-License-Identifier: MIT
// AVX2 with fused multiply-add: 16 registers of 8 floats, 12 of them for the sums of a tile.
#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/kernels/scratch.h"
#include "framework/kernels/sets.h"

namespace irmae::kernels {
namespace {

constexpr int kVectorBytes = 32, kRows = 6;
#include "framework/kernels/adam.inl"
#include "framework/kernels/tiles.inl"
#include "framework/kernels/winograd.inl"

template <class T>
constexpr Functions<T> here{down<T>, up<T>, weight_gradient<T>, add_places<T>, adam<T>};

}  // namespace

const Functions<float> avx2_float = here<float>;
const Functions<double> avx2_double = here<double>;

}  // namespace irmae::kernels
