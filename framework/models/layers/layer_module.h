// SPDX-License-Identifier: MIT
// Layers as LibTorch's modules: made from their descriptions, and described. The one place that knows which module is which
// layer; LibTorch's own headers of them are slow to compile and stay in its .cpp.
#pragma once

#include <torch/nn/modules/container/any.h>

#include <optional>

#include "framework/models/layers/layer_spec.h"

namespace irmae::models {

/// A new layer, whose initial values are drawn from LibTorch's generator.
torch::nn::AnyModule make_module(const LayerSpec& layer);

/// What a module does: its layer and its parameters, which are the module's own tensors.
struct DescribedLayer {
  LayerSpec spec;
  torch::Tensor weight{}, bias{};  ///< undefined where it has none
};

/// The layer that a module is; nothing for a module that no LayerSpec describes, such as one of another kind or a convolution
/// in groups.
std::optional<DescribedLayer> described(const torch::nn::Module& module);

/// A module of this project's own that computes its weights (by a normalisation, say): once training is over it does what one
/// of the usual layers does, and that is what is exported.
class ActsAs {
 public:
  virtual ~ActsAs() = default;

  /// The layer that does the same to inputs of this shape ([count, ...]; the count does not matter).
  virtual DescribedLayer plain(at::IntArrayRef input) const = 0;
};

}  // namespace irmae::models
