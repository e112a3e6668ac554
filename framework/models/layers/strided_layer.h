// SPDX-License-Identifier: MIT
// Conv2d and ConvTranspose2d with kernels of 4 x 4, stride 2 and padding 1, and the ReLU behind them, by the project's own
// kernels (framework/kernels). Their maps keep the kernels' layout from layer to layer: contiguous [batch, height, width,
// channels], on the CPU with a border of zeros one place wide.
#pragma once

#include <cstdint>

#include "framework/models/layers/layer_call.h"

namespace irmae::models {

/// [batch, channels, height, width] -> the kernels' layout, and back. Differentiable, once.
torch::Tensor to_map(const torch::Tensor& images);
torch::Tensor from_map(const torch::Tensor& map);
/// Places on each side of a map in that layout that are not the map's own.
std::int64_t map_border(const torch::Tensor& map);

/// Its weight: see own_layout.
struct StridedLayer : LayerCall {
  /// On the CPU, gradients of the parameters are added to their grad() and not given to autograd, which would add them there
  /// with a pass of its own. Only for backward(), not where gradients are asked for as results.
  bool gradients_in_place = false;
};

/// Of a map in that layout to another. Differentiable once: throws std::logic_error when a gradient of its gradient is
/// prepared.
torch::Tensor apply(const StridedLayer& layer, const torch::Tensor& map);

/// Whether the kernels know a layer with such a weight ([out, in, 4, 4]; ConvTranspose2d [in, out, 4, 4]).
bool kernels_know(const torch::Tensor& weight);
/// Whether they can be applied now: on this processor, this type, and with a weight in the kernels' layout.
bool kernels_apply(const torch::Tensor& weight);

/// The parameter's values in memory as the kernels read them, [row, column, fine channel, coarse channel]; for everyone else
/// the tensor stays what it was.
void own_layout(torch::Tensor weight);

}  // namespace irmae::models
