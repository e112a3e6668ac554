// SPDX-License-Identifier: MIT
// The project's own kernels, compiled once for each instruction set; which one is used is known when the program runs.
// Every function does a part of the work, so that its caller can spread it over threads. T is float or double.
#pragma once

#include <string>
#include <vector>

#include "framework/kernels/adam.h"
#include "framework/kernels/strided.h"

namespace irmae::kernels {

/// The kernels for one instruction set.
template <class T>
struct Functions {
  /// Makes a part of the coarse map of the fine one; the part has a multiple of 16 channels.
  void (*down)(const Pair&, const T* fine, const T* weight, const Epilogue<T>&, T* coarse, const Part&);
  /// Makes a part of the fine map of the coarse one; the part has a multiple of 16 channels, or all where they are few.
  void (*up)(const Pair&, const T* coarse, const T* weight, const Epilogue<T>&, T* fine, const Part&);
  /// Adds to a weight's gradient, [4, 4, fine channels, coarse channels], the sum over samples and places, for a part of 0 ..
  /// gradient_rows(); in tiles a multiple of 16.
  void (*weight_gradient)(const Pair&, const T* fine, const T* coarse, T* gradient, Range rows);
  /// Adds to sums, [channels], the sum of a map over samples and places, for a part of the channels.
  void (*add_places)(const Map&, const T* values, T* sums, Range channels);
  /// Does one update of these elements, see AdamRule. Their gradients are zero afterwards.
  void (*adam)(const AdamRule&, T* values, T* gradients, T* first_moment, T* second_moment, Range elements);
};

/// The kernels of one instruction set: "avx512", "avx2" or "generic". Null where this processor does not have it.
template <class T>
const Functions<T>* functions_of(const std::string& instruction_set);

/// The names of the instruction sets that this processor has, the widest first.
std::vector<std::string> instruction_sets();

/// The kernels in use: the widest set, or what the environment variable IRMAE_KERNELS names. Null for "libtorch": LibTorch's
/// own convolutions. Throws UsageError where it names something else.
template <class T>
const Functions<T>* functions();

/// The name of the instruction set whose kernels are in use, or "libtorch".
std::string instruction_set();

}  // namespace irmae::kernels
