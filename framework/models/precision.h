// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include "framework/manifest/cell.h"

namespace irmae::models {

/// Type of a cell's weights, gradients and images: float64 where train.precision says so, else float32. Its other words say how
/// layers multiply.
inline torch::ScalarType storage_precision(const manifest::Cell& cell) {
  return cell.text("train.precision") == "float64" ? torch::kFloat64 : torch::kFloat32;
}

}  // namespace irmae::models
