// SPDX-License-Identifier: MIT
// What a run stores, as tensors.
#pragma once

#include "framework/tensors.h"

namespace irmae::training {

/// float64 [count, latent].
inline torch::Tensor codes_of(const storage::Latents& latents) {
  return torch::tensor(latents.z, torch::kFloat32).view({latents.count, latents.latent}).to(torch::kFloat64);
}

}  // namespace irmae::training
