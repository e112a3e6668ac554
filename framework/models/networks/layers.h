// SPDX-License-Identifier: MIT
// Short names for the layers that all networks are made of. LibTorch's own headers of them are slow to compile and stay in
// layers.cpp.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "framework/models/network.h"

namespace irmae::models {

/// Makes the layer, and draws its initial values.
using MakeLayer = std::function<torch::nn::AnyModule()>;

MakeLayer conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding);
/// A transposed convolution; `more` rows and columns than stride and padding alone give.
MakeLayer deconv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                 std::array<std::int64_t, 2> more = {0, 0});
MakeLayer linear(std::int64_t in, std::int64_t out);
MakeLayer relu();
MakeLayer flatten();
/// To `shape` without the count of samples.
MakeLayer unflatten(const Shape& shape);

/// These layers, made from the last to the first: arguments that draw would do so in an order that is the compiler's choice.
torch::nn::Sequential sequence(const std::vector<MakeLayer>& layers);

/// For networks of one shape: empty where `shape` is `wanted`, otherwise the wanted one as text.
std::string exactly(const Shape& shape, const Shape& wanted);

}  // namespace irmae::models
