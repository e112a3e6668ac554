// SPDX-License-Identifier: MIT
// What train.precision means. Its words are compared here alone; what depends on it is a switch over all of them, so that the
// compiler names every place where a new one is missing.
#pragma once

#include <torch/types.h>

#include <stdexcept>
#include <string>

#include "framework/manifest/cell.h"
#include "storage/text/words_of.h"

namespace irmae::models {

/// The words of train.precision: float32 and float64 are of parameters and arithmetic, tf32 and bf16 are how a GPU multiplies
/// in training steps, whose weights are float32.
enum class Precision { float32, float64, tf32, bf16 };
inline constexpr auto kPrecisions = storage::words_of<Precision::bf16>({"float32", "float64", "tf32", "bf16"});

/// Throws std::logic_error for another word than these: the schema allows what is not known here, a mistake of the program.
inline Precision precision_of(const manifest::Cell& cell) {
  const std::string& word = cell.text("train.precision");
  if (const auto precision = kPrecisions.from(word)) return *precision;
  throw std::logic_error("train.precision '" + word + "' passed the schema but is not known");
}

/// Type of a cell's weights, gradients and images.
inline torch::ScalarType storage_precision(const manifest::Cell& cell) {
  switch (precision_of(cell)) {
    case Precision::float64:
      return torch::kFloat64;
    case Precision::float32:
    case Precision::tf32:
    case Precision::bf16:
      break;
  }
  return torch::kFloat32;
}

/// Whether it is the arithmetic of a GPU's matrix units, on numbers shorter than float32. No CPU has it.
inline bool on_matrix_units(Precision precision) {
  switch (precision) {
    case Precision::tf32:
    case Precision::bf16:
      return true;
    case Precision::float32:
    case Precision::float64:
      break;
  }
  return false;
}

}  // namespace irmae::models
