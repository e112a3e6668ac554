// SPDX-License-Identifier: MIT
// What train.precision means. Its words are compared here alone; what depends on it is a column of one table, so that a new one
// does not compile before its row says all of it.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "framework/manifest/cell.h"
#include "storage/text/words_of.h"

namespace irmae::models {

/// The words of train.precision: float32 and float64 are of parameters and arithmetic, tf32 and bf16 are how a GPU multiplies
/// in training steps, whose weights are float32.
enum class Precision { float32, float64, tf32, bf16 };
inline constexpr auto kPrecisions = storage::words_of<Precision::bf16>({"float32", "float64", "tf32", "bf16"});

/// What follows from a precision.
struct PrecisionTraits {
  torch::ScalarType stored;  ///< the type of weights, gradients and images
  bool tf32;                 ///< training steps multiply in TF32
  bool autocast;             ///< LibTorch casts what the layers of training steps multiply to bfloat16
  /// Weights from which on a model is not for the project's own kernels: a general library is faster, or alone has the
  /// arithmetic.
  std::int64_t own_kernels_below;

  /// Whether it is the arithmetic of a GPU's matrix units, on numbers shorter than float32. No CPU has it.
  constexpr bool on_matrix_units() const { return tf32 || autocast; }
};
inline constexpr std::array kPrecisionTraits = {
    PrecisionTraits{torch::kFloat32, false, false, std::numeric_limits<std::int64_t>::max()},  // float32
    PrecisionTraits{torch::kFloat64, false, false, 0},                                         // float64
    PrecisionTraits{torch::kFloat32, true, false, std::int64_t{8} << 20},                      // tf32: many channels
    PrecisionTraits{torch::kFloat32, false, true, 0},                                          // bf16
};
static_assert(kPrecisionTraits.size() == kPrecisions.words.size(), "a row for each precision");

/// Throws std::logic_error for another word than these: the schema allows what is not known here, a mistake of the program.
inline Precision precision_of(const manifest::Cell& cell) {
  const std::string& word = cell.text("train.precision");
  if (const auto precision = kPrecisions.from(word)) return *precision;
  throw std::logic_error("train.precision '" + word + "' passed the schema but is not known");
}

inline const PrecisionTraits& traits_of(const manifest::Cell& cell) {
  return kPrecisionTraits.at(static_cast<std::size_t>(precision_of(cell)));
}

/// Type of a cell's weights, gradients and images.
inline torch::ScalarType storage_precision(const manifest::Cell& cell) { return traits_of(cell).stored; }

}  // namespace irmae::models
