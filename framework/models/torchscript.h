// SPDX-License-Identifier: MIT
// A plain model as a TorchScript module, built here without Python: it runs wherever LibTorch or PyTorch does.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "framework/models/layers/layer_spec.h"
#include "framework/models/plain_model.h"

namespace irmae::models {

/// The model as a TorchScript module. It has the methods encode(images), decode(codes) and forward(images) =
/// decode(encode(images)); submodules encoder and decoder with parameters named as PyTorch's Sequential would name them;
/// attributes latent and sample_shape.
torch::jit::Module to_torchscript(const PlainModel& model, std::int64_t latent, const Shape& sample_shape);

}  // namespace irmae::models
