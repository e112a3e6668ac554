// SPDX-License-Identifier: MIT
#include "framework/models/chain.h"

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "framework/models/bias.h"
#include "framework/models/dense_layer.h"
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
bool is_pointwise(const Options& options) {
  return plain(options, 0) && all(options.kernel_size(), 1) && all(options.stride(), 1);
}

/// As one piece of memory with the channels last.
torch::Tensor with_channels_last(const torch::Tensor& weight) { return weight.permute({0, 2, 3, 1}); }

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
        step = {any, Kind::whole, conv->weight, conv->bias, {}, {}, is_pointwise(options)};
    } else if (const auto* deconv = module->as<torch::nn::ConvTranspose2d>()) {
      const auto& options = deconv->options;
      if (all(options.output_padding(), 0)) {
        if (halves(options) && kernels_know(deconv->weight))
          step = {any, Kind::transposed, deconv->weight, deconv->bias};
        else if (plain(options, 0))
          step = {any, Kind::from_one, deconv->weight, deconv->bias, {}, {}, is_pointwise(options)};
      }
    } else if (const auto* linear = module->as<torch::nn::Linear>()) {
      step = {any, Kind::linear, linear->weight, linear->bias};
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

void Chain::use_device_kernels() {
  device_ = true;
  for (Step& step : steps_)
    if (step.kind == Kind::whole || step.kind == Kind::from_one)
      step.weight.set_data(with_channels_last(step.weight.detach()).contiguous().permute({0, 3, 1, 2}));
}

void Chain::channels_last() {
  last_ = true;
  for (Step& step : steps_)
    if (step.weight.defined() && step.weight.dim() == 4)
      step.weight.set_data(step.weight.detach().contiguous(at::MemoryFormat::ChannelsLast));
}

void Chain::gradient_places(const std::function<torch::Tensor(const torch::Tensor&)>& place_of) {
  for (Step& step : steps_) {
    if (step.weight.defined()) step.weight_place = place_of(step.weight);
    if (step.bias.defined()) step.bias_place = place_of(step.bias);
  }
}

bool Chain::is_product(std::size_t place, std::int64_t batch, std::int64_t height, std::int64_t width) const {
  if (!device_ || place >= steps_.size()) return false;
  const Step& step = steps_[place];
  const torch::Tensor& weight = step.weight;
  if (step.kind == Kind::linear) return height == 0 && dense_applies(weight, weight.size(1), weight.size(0), batch);
  if (step.kind != Kind::whole && step.kind != Kind::from_one) return false;
  const bool whole = step.kind == Kind::whole;
  if (height != (whole ? weight.size(2) : 1) || width != (whole ? weight.size(3) : 1)) return false;
  const std::int64_t others = weight.numel() / weight.size(0);
  return with_channels_last(weight).is_contiguous() &&
         dense_applies(weight, whole ? others : weight.size(0), whole ? weight.size(0) : others, batch);
}

torch::Tensor Chain::product(const Step& step, const torch::Tensor& values, bool relu, bool next, bool after_relu) const {
  const torch::Tensor& weight = step.weight;
  const std::int64_t batch = values.size(0), first = weight.size(0), others = weight.numel() / first;
  const bool from_one = step.kind == Kind::from_one;
  const torch::Tensor result = models::apply(DenseLayer{from_one, from_one ? first : others, from_one ? others : first, weight,
                                                        step.bias, relu, next, after_relu, step.weight_place, step.bias_place},
                                             values.reshape({batch, -1}));
  if (step.kind == Kind::linear) return result;
  return from_one ? result.view({batch, weight.size(2), weight.size(3), weight.size(1)}) : result.view({batch, 1, 1, first});
}

torch::Tensor Chain::run(const Step& step, const torch::Tensor& values) const {
  const bool matrix = values.dim() == 4 && step.weight.defined() && step.weight.is_contiguous();
  // A kernel as large as the map is a matrix [out, in height width].
  if (step.kind == Kind::whole && matrix && values.size(2) == step.weight.size(2) && values.size(3) == step.weight.size(3))
    return torch::linear(values.flatten(1), step.weight.flatten(1), step.bias).unsqueeze(2).unsqueeze(3);
  // From one place to as many as the kernel has: a matrix [in, out height width].
  if (step.kind == Kind::from_one && matrix && values.size(2) == 1 && values.size(3) == 1) {
    const torch::Tensor map = values.flatten(1)
                                  .mm(step.weight.flatten(1))
                                  .view({values.size(0), step.weight.size(1), step.weight.size(2), step.weight.size(3)});
    return step.bias.defined() ? map + step.bias.view({-1, 1, 1}) : map;
  }
  // A product for each place; general convolutions are slow at it.
  if (step.pointwise && device_ && values.dim() == 4) {
    // In their own numbers: all that it takes is to read them, and others would first have to be written.
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const torch::Tensor map = to_map(values),
                        matrix = step.kind == Kind::from_one ? step.weight.flatten(1) : step.weight.flatten(1).t();
    const torch::Tensor rows = map.view({-1, map.size(3)});
    const torch::Tensor results = step.bias.defined() ? torch::addmm(step.bias, rows, matrix) : rows.mm(matrix);
    return from_map(results.view({map.size(0), map.size(1), map.size(2), -1}));
  }
  torch::nn::AnyModule module = step.module;
  return module.forward(values);
}

torch::Tensor Chain::run_last(const Step& step, const torch::Tensor& map) const {
  if (!step.bias.defined()) return {};
  const torch::Tensor& weight = step.weight;
  const bool from_one = step.kind == Kind::from_one, whole = step.kind == Kind::whole;
  const std::int64_t batch = map.size(0);
  if (step.pointwise) {
    const torch::Tensor rows = with_channels_last(map).reshape({-1, map.size(1)}), matrix = weight.flatten(1);
    const torch::Tensor results = from_one ? rows.mm(matrix) : torch::linear(rows, matrix);
    return from_map(results.view({batch, map.size(2), map.size(3), -1}));
  }
  if (whole && map.size(2) == weight.size(2) && map.size(3) == weight.size(3))
    return torch::linear(with_channels_last(map).reshape({batch, -1}), with_channels_last(weight).flatten(1))
        .view({batch, -1, 1, 1});
  if (from_one && map.size(2) == 1 && map.size(3) == 1) {
    const torch::Tensor places = map.flatten(1).mm(with_channels_last(weight).flatten(1));
    return from_map(places.view({batch, weight.size(2), weight.size(3), weight.size(1)}));
  }
  if (step.kind == Kind::strided) return torch::conv2d(map, weight, {}, 2, 1);
  if (step.kind == Kind::transposed) return torch::conv_transpose2d(map, weight, {}, 2, 1);
  return {};
}

torch::Tensor Chain::forward(torch::Tensor values) const {
  bool own = false, after_relu = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool map = values.dim() == 4;
    if (last_ && map) {
      if (const torch::Tensor result = run_last(step, values); result.defined()) {
        const bool relu = i + 1 < steps_.size() && steps_[i + 1].kind == Kind::relu;
        values = add_bias(result, step.bias, relu);
        if (relu) ++i;
        continue;
      }
    }
    const std::int64_t border = own ? 2 * map_border(values) : 0;
    const int across = own ? 1 : 2;
    const std::int64_t height = map ? values.size(across) - border : 0, width = map ? values.size(across + 1) - border : 0;
    if (map && applies(i, height, width) && (device_ || values.scalar_type() == step.weight.scalar_type())) {
      const bool transposed = step.kind == Kind::transposed;
      const bool relu = i + 1 < steps_.size() && steps_[i + 1].kind == Kind::relu;
      const std::int64_t batch = values.size(0);
      const bool next =
          relu && (transposed ? takes(i + 2, batch, 2 * height, 2 * width) : takes(i + 2, batch, height / 2, width / 2));
      if (!own) values = to_map(values.to(step.weight.scalar_type()));
      values = apply(
          {transposed, step.weight, step.bias, relu, next, after_relu, in_place_, step.weight_place, step.bias_place}, values);
      own = true;
      after_relu = next;
      if (relu) ++i;
      continue;
    }
    if ((map || values.dim() == 2) && is_product(i, values.size(0), height, width)) {
      const bool relu = i + 1 < steps_.size() && steps_[i + 1].kind == Kind::relu, one = step.kind == Kind::from_one,
                 linear = !map;
      const bool next = relu && takes(i + 2, values.size(0),
                                      linear ? 0
                                      : one  ? step.weight.size(2)
                                             : 1,
                                      linear ? 0
                                      : one  ? step.weight.size(3)
                                             : 1);
      if (!own) values = values.to(step.weight.scalar_type());
      if (map && !own) values = to_map(values);
      values = product(step, values, relu, next, after_relu);
      own = map;
      after_relu = next;
      if (relu) ++i;
      continue;
    }
    if (own) values = from_map(values);
    own = after_relu = false;
    values = run(step, values);
  }
  return own ? from_map(values) : values;
}

}  // namespace irmae::models
