// SPDX-License-Identifier: MIT
// Between tensors and the storage layer's plain arrays.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

#include "storage/record.h"

namespace irmae {

/// A tensor of float32, float64, int64 or uint8, on any device, as a named array. Throws std::logic_error for other types: a
/// mistake of the program.
storage::NamedArray to_array(std::string name, const torch::Tensor& tensor);

/// A host tensor of the array's type and shape. Throws Error when shape and number of values disagree.
torch::Tensor to_tensor(const storage::NamedArray& array);

/// The type of the tensor that to_tensor() makes.
torch::ScalarType scalar_type_of(const storage::NamedArray& array);

/// The place of the first true value of a mask, in row-major order; 0 where there is none.
std::int64_t first_true(const torch::Tensor& mask);

/// The codes as a host tensor, float64 [count, latent].
torch::Tensor codes_of(const storage::Latents& latents);

}  // namespace irmae
