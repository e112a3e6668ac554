// SPDX-License-Identifier: MIT
#include "framework/models/chain.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "framework/models/strided_layer.h"

namespace irmae::models {

namespace {

bool all(const torch::ExpandingArray<2>& values, std::int64_t wanted) {
  return (*values)[0] == wanted && (*values)[1] == wanted;
}

/// One group, no dilation, this much padding with zeros.
template <class Options>
bool plain(const Options& options, std::int64_t padding) {
  const auto* numbers = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  return numbers && all(*numbers, padding) && std::holds_alternative<torch::enumtype::kZeros>(options.padding_mode()) &&
         all(options.dilation(), 1) && options.groups() == 1;
}

template <class Options>
bool halves(const Options& options) {
  return plain(options, 1) && all(options.kernel_size(), 4) && all(options.stride(), 2);
}

}  // namespace

Chain::Chain(torch::nn::Sequential modules) : modules_(std::move(modules)) {
  for (const torch::nn::AnyModule& any : *modules_) {
    Step step{any};
    const std::shared_ptr<torch::nn::Module> module = any.ptr();
    if (const auto* conv = module->as<torch::nn::Conv2d>()) {
      const auto& options = conv->options;
      if (halves(options) && kernels_know(conv->weight))
        step = {any, Kind::strided, conv->weight, conv->bias};
      else if (plain(options, 0))
        step = {any, Kind::whole, conv->weight, conv->bias};
    } else if (const auto* deconv = module->as<torch::nn::ConvTranspose2d>()) {
      const auto& options = deconv->options;
      if (all(options.output_padding(), 0)) {
        if (halves(options) && kernels_know(deconv->weight))
          step = {any, Kind::transposed, deconv->weight, deconv->bias};
        else if (plain(options, 0))
          step = {any, Kind::from_one, deconv->weight, deconv->bias};
      }
    } else if (module->as<torch::nn::ReLU>()) {
      step.kind = Kind::relu;
    }
    if (step.kind == Kind::strided || step.kind == Kind::transposed) own_layout(step.weight);
    steps_.push_back(std::move(step));
  }
}

bool Chain::applies(std::size_t place, std::int64_t height, std::int64_t width) const {
  if (place >= steps_.size()) return false;
  const Step& step = steps_[place];
  if (step.kind != Kind::strided && step.kind != Kind::transposed) return false;
  return kernels_apply(step.weight) && (step.kind == Kind::transposed || (height % 2 == 0 && width % 2 == 0));
}

torch::Tensor Chain::run(const Step& step, const torch::Tensor& values) const {
  const bool matrix = values.dim() == 4 && values.is_cpu();
  // A kernel as large as the map is a matrix [out, in height width].
  if (step.kind == Kind::whole && matrix && values.size(2) == step.weight.size(2) && values.size(3) == step.weight.size(3))
    return torch::linear(values.flatten(1), step.weight.flatten(1), step.bias).unsqueeze(2).unsqueeze(3);
  // From one place to as many as the kernel has: a matrix [in, out height width].
  if (step.kind == Kind::from_one && matrix && values.size(2) == 1 && values.size(3) == 1) {
    const torch::Tensor map = values.flatten(1).mm(step.weight.flatten(1)).view(
        {values.size(0), step.weight.size(1), step.weight.size(2), step.weight.size(3)});
    return step.bias.defined() ? map + step.bias.view({-1, 1, 1}) : map;
  }
  torch::nn::AnyModule module = step.module;
  return module.forward(values);
}

torch::Tensor Chain::forward(torch::Tensor values) const {
  bool padded = false, after_relu = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool map = values.dim() == 4;
    const int border = padded ? 2 : 0, across = padded ? 1 : 2;
    const std::int64_t height = map ? values.size(across) - border : 0, width = map ? values.size(across + 1) - border : 0;
    if (map && applies(i, height, width) && values.scalar_type() == step.weight.scalar_type()) {
      const bool transposed = step.kind == Kind::transposed;
      const bool relu = i + 1 < steps_.size() && steps_[i + 1].kind == Kind::relu;
      const bool next = relu && (transposed ? applies(i + 2, 2 * height, 2 * width) : applies(i + 2, height / 2, width / 2));
      if (!padded) values = to_padded(values);
      values = apply({transposed, step.weight, step.bias, relu, next, after_relu, in_place_}, values);
      padded = true;
      after_relu = next;
      if (relu) ++i;
      continue;
    }
    if (padded) values = from_padded(values);
    padded = after_relu = false;
    values = run(step, values);
  }
  return padded ? from_padded(values) : values;
}

}  // namespace irmae::models
