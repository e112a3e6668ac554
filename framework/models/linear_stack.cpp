// SPDX-License-Identifier: MIT
#include "framework/models/linear_stack.h"

#include <torch/nn/init.h>

#include <cmath>
#include <stdexcept>

#include "framework/models/layers/dense_layer.h"

namespace irmae::models {

namespace {

torch::Tensor initial_matrix(std::int64_t n, const std::string& initialisation) {
  torch::Tensor weight = torch::empty({n, n});
  const double unit = 1.0 / std::sqrt(static_cast<double>(n));
  if (initialisation == "uniform")
    torch::nn::init::uniform_(weight, -unit, unit);
  else if (initialisation == "variance")
    torch::nn::init::uniform_(weight, -std::sqrt(3.0) * unit, std::sqrt(3.0) * unit);
  else if (initialisation == "orthogonal")
    torch::nn::init::orthogonal_(weight);
  else if (initialisation == "identity")
    torch::nn::init::eye_(weight);
  else
    throw std::logic_error("initialisation '" + initialisation + "' passed the schema but is not known");
  return weight;
}

}  // namespace

std::vector<std::string> StackSpec::names() const {
  std::vector<std::string> all;
  for (std::int64_t i = 1; i <= (options.shared ? std::min<std::int64_t>(layers, 1) : layers); ++i)
    all.push_back("W" + std::to_string(i));
  return all;
}

LinearStack::LinearStack(const StackSpec& spec) : layers_(spec.layers), options_(spec.options) {
  for (const std::string& name : spec.names())
    register_parameter(name, initial_matrix(spec.latent, spec.initialisation).mul_(spec.scale), !options_.fixed);
}

torch::Tensor LinearStack::forward(torch::Tensor codes) {
  const std::vector<torch::Tensor> weights = matrices();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (device_ && dense_applies(weights[i], codes.size(0))) {
      const torch::Tensor gradient = bucket_views_.empty() ? torch::Tensor() : bucket_views_[options_.shared ? 0 : i];
      codes = models::apply(DenseLayer{{.weight = weights[i], .relu = relu_after(i), .weight_view = gradient}}, codes);
      continue;
    }
    codes = torch::linear(codes, weights[i]);
    if (relu_after(i)) codes = torch::relu(codes);
  }
  return codes;
}

void LinearStack::use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of) {
  bucket_views_.clear();
  for (const torch::Tensor& weight : parameters(/*recurse=*/false)) bucket_views_.push_back(view_of(weight));
}

std::vector<torch::Tensor> LinearStack::matrices() const {
  const std::vector<torch::Tensor> distinct = parameters(/*recurse=*/false);
  std::vector<torch::Tensor> places;
  for (std::int64_t i = 0; i < layers_; ++i) places.push_back(distinct[options_.shared ? 0 : i]);
  return places;
}

std::vector<manifest::Key> stack_keys() {
  return {{.path = "model.linear_layers",
           .fallback = std::int64_t{2},
           .help = "l, the number of matrices between encoder and decoder",
           .least = 0,
           .most = 1000},
          {.path = "model.initialisation",
           .fallback = std::string("uniform"),
           .help = "of the matrices: uniform is U(-1/sqrt(n), 1/sqrt(n)), LibTorch's default, as in the authors' code; "
                   "variance is U with limits sqrt(3/n), which keeps the codes' variance",
           .choices = {"uniform", "variance", "orthogonal", "identity"}},
          {.path = "model.initial_scale", .fallback = 1.0, .help = "factor on the initial matrices", .least = 0}};
}

std::optional<StackSpec> stack_of(const manifest::Cell& cell, StackOptions options) {
  if (cell.integer("model.linear_layers") == 0) return {};
  return StackSpec{cell.integer("model.latent"), cell.integer("model.linear_layers"), cell.text("model.initialisation"),
                   cell.real("model.initial_scale"), options};
}

}  // namespace irmae::models
