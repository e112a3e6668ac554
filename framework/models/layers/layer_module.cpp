// SPDX-License-Identifier: MIT
#include "framework/models/layers/layer_module.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <variant>

namespace irmae::models {

namespace {

namespace nn = torch::nn;
using Kind = LayerSpec::Kind;

bool both(const torch::ExpandingArray<2>& values, std::int64_t wanted) {
  return values->at(0) == wanted && values->at(1) == wanted;
}

template <class Convolution>
std::optional<DescribedLayer> described_convolution(Kind kind, const Convolution& module) {
  const auto& options = module.options;
  const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  if (!padding) return {};
  const LayerSpec layer{.kind = kind,
                        .in = options.in_channels(),
                        .out = options.out_channels(),
                        .kernel = options.kernel_size()->at(0),
                        .stride = options.stride()->at(0),
                        .padding = (*padding)->at(0),
                        .more = *options.output_padding()};
  const bool plain = both(options.kernel_size(), layer.kernel) && both(options.stride(), layer.stride) &&
                     both(*padding, layer.padding) && both(options.dilation(), 1) && options.groups() == 1 &&
                     std::holds_alternative<torch::enumtype::kZeros>(options.padding_mode());
  return plain ? std::optional(DescribedLayer{layer, module.weight, module.bias}) : std::nullopt;
}

}  // namespace

nn::AnyModule make_module(const LayerSpec& layer) {
  switch (layer.kind) {
    case Kind::conv:
      return nn::AnyModule(
          nn::Conv2d(nn::Conv2dOptions(layer.in, layer.out, layer.kernel).stride(layer.stride).padding(layer.padding)));
    case Kind::deconv:
      return nn::AnyModule(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(layer.in, layer.out, layer.kernel)
                                                   .stride(layer.stride)
                                                   .padding(layer.padding)
                                                   .output_padding(layer.more)));
    case Kind::linear:
      return nn::AnyModule(nn::Linear(layer.in, layer.out));
    case Kind::relu:
      return nn::AnyModule(nn::ReLU());
    case Kind::flatten:
      return nn::AnyModule(nn::Flatten());
    case Kind::unflatten:
      break;
  }
  return nn::AnyModule(nn::Unflatten(nn::UnflattenOptions(1, layer.shape)));
}

std::optional<DescribedLayer> described(const nn::Module& module) {
  if (const auto* conv = module.as<nn::Conv2d>()) return described_convolution(Kind::conv, *conv);
  if (const auto* deconv = module.as<nn::ConvTranspose2d>()) return described_convolution(Kind::deconv, *deconv);
  if (const auto* linear = module.as<nn::Linear>())
    return DescribedLayer{
        {Kind::linear, linear->options.in_features(), linear->options.out_features()}, linear->weight, linear->bias};
  if (module.as<nn::ReLU>()) return DescribedLayer{{Kind::relu}};
  if (const auto* flatten = module.as<nn::Flatten>();
      flatten && flatten->options.start_dim() == 1 && flatten->options.end_dim() == -1)
    return DescribedLayer{{Kind::flatten}};
  if (const auto* unflatten = module.as<nn::Unflatten>();
      unflatten && unflatten->options.dim() == 1 && unflatten->options.namedshape().empty())
    return DescribedLayer{{.kind = Kind::unflatten, .shape = unflatten->options.sizes()}};
  return {};
}

}  // namespace irmae::models
