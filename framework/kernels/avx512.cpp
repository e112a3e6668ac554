// SPDX-License-Identifier: MIT
// AVX-512: 32 registers of 16 floats, 24 of them for the sums of a tile.
#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/kernels/scratch.h"
#include "framework/kernels/sets.h"

namespace irmae::kernels {
namespace {

constexpr int kVectorBytes = 64, kRows = 12;
#include "framework/kernels/adam.inl"
#include "framework/kernels/tiles.inl"
#include "framework/kernels/winograd.inl"

template <class T>
constexpr Functions<T> here{down<T>, up<T>, weight_gradient<T>, add_places<T>, adam<T>};

}  // namespace

const Functions<float> avx512_float = here<float>;
const Functions<double> avx512_double = here<double>;

}  // namespace irmae::kernels
