// SPDX-License-Identifier: MIT
// Short names for the layers that all networks are made of.
#pragma once

#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "framework/models/network.h"

namespace irmae::models {

inline torch::nn::Conv2d conv(int in, int out, int kernel, int stride, int padding) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding));
}

inline torch::nn::ConvTranspose2d deconv(int in, int out, int kernel, int stride, int padding) {
  return torch::nn::ConvTranspose2d(
      torch::nn::ConvTranspose2dOptions(in, out, kernel).stride(stride).padding(padding));
}

inline torch::nn::Unflatten unflatten(std::vector<int64_t> shape) {
  return torch::nn::Unflatten(torch::nn::UnflattenOptions(1, std::move(shape)));
}

/// For networks of one shape: empty where `shape` is `wanted`, otherwise the wanted one as text.
inline std::string exactly(const Shape& shape, const Shape& wanted) {
  return shape == wanted ? "" : fmt::format("samples of {}", fmt::join(wanted, " x "));
}

}  // namespace irmae::models
