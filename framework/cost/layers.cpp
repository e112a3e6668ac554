// SPDX-License-Identifier: MIT
#include "framework/cost/layers.h"

#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <mutex>

#include "framework/models/method.h"

namespace irmae::cost {

namespace {

namespace nn = torch::nn;
using models::Shape;

std::int64_t elements(const Shape& shape) { return c10::multiply_integers(shape); }

std::int64_t axis(const Shape& shape, std::size_t place) { return place < shape.size() ? shape[place] : 1; }

/// Applies one layer to a sample's shape and returns the multiply-adds that it takes.
double pass(const nn::Module& layer, Shape& shape) {
  if (const auto* linear = layer.as<nn::Linear>()) {
    const double rows = static_cast<double>(elements(shape)) / static_cast<double>(linear->options.in_features());
    shape.back() = linear->options.out_features();
    return rows * static_cast<double>(linear->weight.numel());
  }
  if (const auto* conv = layer.as<nn::Conv2d>()) {
    const auto& options = conv->options;
    const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
    for (std::size_t i : {0, 1}) {
      const std::int64_t reach = (*options.dilation())[i] * ((*options.kernel_size())[i] - 1) + 1;
      const std::int64_t padded = axis(shape, i + 1) + (padding ? 2 * (**padding)[i] : reach - 1);
      shape[i + 1] = (padded - reach) / (*options.stride())[i] + 1;
    }
    shape[0] = options.out_channels();
    // Each weight is used once at every place of the output, whatever the groups.
    return static_cast<double>(conv->weight.numel()) * static_cast<double>(shape[1] * shape[2]);
  }
  if (const auto* deconv = layer.as<nn::ConvTranspose2d>()) {
    const auto& options = deconv->options;
    const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
    const double places = static_cast<double>(axis(shape, 1) * axis(shape, 2));
    for (std::size_t i : {0, 1})
      shape[i + 1] = (axis(shape, i + 1) - 1) * (*options.stride())[i] - (padding ? 2 * (**padding)[i] : 0) +
                     (*options.dilation())[i] * ((*options.kernel_size())[i] - 1) + (*options.output_padding())[i] + 1;
    shape[0] = options.out_channels();
    return static_cast<double>(deconv->weight.numel()) * places;  // once at every place of the input
  }
  if (layer.as<nn::Flatten>()) {
    shape = {elements(shape)};
    return 0;
  }
  if (const auto* unflatten = layer.as<nn::Unflatten>()) {
    shape = unflatten->options.sizes();
    return 0;
  }
  // A layer of another kind: taken to keep its input's shape and to use each weight once.
  double weights = 0;
  for (const torch::Tensor& parameter : layer.parameters())
    if (parameter.dim() > 1) weights += static_cast<double>(parameter.numel());
  return weights;
}

Layer counted(const std::string& name, const nn::Module& module) {
  Layer layer{.name = name, .parameters = {}};
  for (const auto& parameter : module.named_parameters()) {
    if (parameter.value().requires_grad())
      layer.parameters.emplace_back(name + "." + parameter.key(), parameter.value().numel());
    else
      layer.fixed += parameter.value().numel();
  }
  return layer;
}

void add_chain(const std::string& name, const nn::Sequential& chain, Shape shape, Layers& layers) {
  int place = 0;
  for (const nn::AnyModule& any : *chain) {
    const std::shared_ptr<nn::Module> module = any.ptr();
    Layer layer = counted(fmt::format("{}.{}", name, place++), *module);
    layer.multiply_adds = pass(*module, shape);
    if (layer.multiply_adds > 0 || !layer.parameters.empty()) layers.push_back(std::move(layer));
  }
}

Layers count(const manifest::Cell& cell, const Shape& shape) {
  const models::Outline outline = models::make_method(cell)->outline(shape);
  Layers layers;
  add_chain("encoder", outline.network.encoder, shape, layers);
  if (outline.stack) {
    Layer stack = counted("stack", *outline.stack);
    for (const torch::Tensor& matrix : outline.stack->matrices()) stack.multiply_adds += static_cast<double>(matrix.numel());
    layers.push_back(std::move(stack));
  }
  add_chain("decoder", outline.network.decoder, {cell.integer("model.latent")}, layers);
  return layers;
}

}  // namespace

const Layers& layers_of(const manifest::Cell& cell, const Shape& shape) {
  static std::mutex mutex;
  static std::map<std::string, Layers> known;
  const std::string key = fmt::format("{} {}", fmt::join(shape, "x"), cell.text_of({"model."}));
  const std::lock_guard lock(mutex);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known.emplace(key, count(cell, shape)).first->second;
}

double multiply_adds(const Layers& layers) {
  double sum = 0;
  for (const Layer& layer : layers) sum += layer.multiply_adds;
  return sum;
}

std::int64_t parameters(const Layers& layers) {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) {
    sum += layer.fixed;
    for (const auto& [name, count] : layer.parameters) sum += count;
  }
  return sum;
}

}  // namespace irmae::cost
