// SPDX-License-Identifier: MIT
#include "framework/models/networks/layers.h"

#include <fmt/ranges.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

namespace irmae::models {

namespace nn = torch::nn;

MakeLayer conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return [=] { return nn::AnyModule(nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding))); };
}

MakeLayer deconv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                 std::array<std::int64_t, 2> more) {
  return [=] {
    return nn::AnyModule(nn::ConvTranspose2d(
        nn::ConvTranspose2dOptions(in, out, kernel).stride(stride).padding(padding).output_padding({more[0], more[1]})));
  };
}

MakeLayer linear(std::int64_t in, std::int64_t out) {
  return [=] { return nn::AnyModule(nn::Linear(in, out)); };
}

MakeLayer relu() {
  return [] { return nn::AnyModule(nn::ReLU()); };
}

MakeLayer flatten() {
  return [] { return nn::AnyModule(nn::Flatten()); };
}

MakeLayer unflatten(const Shape& shape) {
  return [shape] { return nn::AnyModule(nn::Unflatten(nn::UnflattenOptions(1, shape))); };
}

nn::Sequential sequence(const std::vector<MakeLayer>& layers) {
  std::vector<nn::AnyModule> made(layers.size());
  for (std::size_t i = layers.size(); i-- > 0;) made[i] = layers[i]();
  nn::Sequential all;
  for (nn::AnyModule& layer : made) all->push_back(std::move(layer));
  return all;
}

std::string exactly(const Shape& shape, const Shape& wanted) {
  return shape == wanted ? "" : fmt::format("samples of {}", fmt::join(wanted, " x "));
}

}  // namespace irmae::models
