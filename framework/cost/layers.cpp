// SPDX-License-Identifier: MIT
#include "framework/cost/layers.h"

#include <fmt/format.h>

#include <mutex>

#include "framework/models/method.h"

namespace irmae::cost {

namespace {

using models::Shape;

void add_chain(const std::string& name, const std::vector<models::LayerSpec>& chain, Shape shape, Layers& layers) {
  int place = 0;
  for (const models::LayerSpec& layer : chain) {
    const std::string own = fmt::format("{}.{}", name, place++);
    if (layer.weights() > 0)
      layers.push_back({.name = own,
                        .multiply_adds = static_cast<double>(layer.multiply_adds(shape)),
                        .parameters = {{own + ".weight", layer.weights()}, {own + ".bias", layer.biases()}}});
    shape = layer.output_shape(shape);
  }
}

Layer counted(const models::StackSpec& stack) {
  const std::int64_t matrix = stack.latent * stack.latent;
  Layer layer{.name = "stack", .multiply_adds = static_cast<double>(stack.layers * matrix), .parameters = {}};
  for (const std::string& name : stack.names()) {
    if (stack.options.fixed)
      layer.fixed += matrix;
    else
      layer.parameters.emplace_back("stack." + name, matrix);
  }
  return layer;
}

Layers count(const manifest::Cell& cell, const Shape& shape) {
  const models::ModelSpec model = models::make_method(cell)->spec(shape);
  Layers layers;
  add_chain("encoder", model.network.encoder, shape, layers);
  if (model.stack) layers.push_back(counted(*model.stack));
  add_chain("decoder", model.network.decoder, {cell.integer("model.latent")}, layers);
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
