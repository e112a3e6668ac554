// SPDX-License-Identifier: MIT
#include "framework/models/layers/chain.h"

#include <limits>

#include "framework/models/layers/bias.h"
#include "framework/models/layers/dense_layer.h"
#include "framework/models/layers/layer_module.h"
#include "framework/models/layers/pointwise_layer.h"
#include "framework/models/layers/strided_layer.h"

namespace irmae::models {

namespace {

/// As one piece of memory with the channels last.
torch::Tensor with_channels_last(const torch::Tensor& weight) { return weight.permute({0, 2, 3, 1}); }

}  // namespace

Chain::Step Chain::step_of(const torch::nn::AnyModule& module) {
  const std::optional<DescribedLayer> known = described(*module.ptr());
  if (!known) return {module};
  const LayerSpec& layer = known->spec;
  const auto step = [&](Kind kind) { return Step{module, kind, known->weight, known->bias}; };
  switch (layer.kind) {
    case LayerSpec::Kind::conv:
    case LayerSpec::Kind::deconv: {
      const bool transposed = layer.kind == LayerSpec::Kind::deconv;
      if (layer.more != std::array<std::int64_t, 2>{}) break;
      if (layer.kernel == 4 && layer.stride == 2 && layer.padding == 1 && kernels_know(known->weight))
        return step(transposed ? Kind::transposed : Kind::strided);
      if (layer.padding != 0) break;
      Step whole = step(transposed ? Kind::from_one : Kind::whole);
      whole.pointwise = layer.kernel == 1 && layer.stride == 1;
      return whole;
    }
    case LayerSpec::Kind::linear:
      return step(Kind::linear);
    case LayerSpec::Kind::relu:
      return step(Kind::relu);
    case LayerSpec::Kind::flatten:
    case LayerSpec::Kind::unflatten:
      break;
  }
  return {module};
}

Chain::Chain(torch::nn::Sequential modules) : modules_(std::move(modules)) {
  for (const torch::nn::AnyModule& module : *modules_) {
    steps_.push_back(step_of(module));
    const Step& step = steps_.back();
    if (step.kind == Kind::strided || step.kind == Kind::transposed) own_layout(step.weight);
  }
}

bool Chain::is_strided(std::size_t index, std::int64_t batch, Size size) const {
  if (index >= steps_.size() || size.height == 0) return false;
  const Step& step = steps_[index];
  if (step.kind != Kind::strided && step.kind != Kind::transposed) return false;
  const bool transposed = step.kind == Kind::transposed;
  // The kernels count the places of the finer map by an int.
  if (batch * size.height * size.width * (transposed ? 4 : 1) > std::numeric_limits<int>::max()) return false;
  return kernels_apply(step.weight) && (transposed || (size.height % 2 == 0 && size.width % 2 == 0));
}

void Chain::use_device_kernels() {
  device_ = true;
  for (Step& step : steps_)
    if (step.kind == Kind::whole || step.kind == Kind::from_one)
      step.weight.set_data(with_channels_last(step.weight.detach()).contiguous().permute({0, 3, 1, 2}));
}

void Chain::channels_last() {
  channels_last_ = true;
  for (Step& step : steps_)
    if (step.weight.defined() && step.weight.dim() == 4)
      step.weight.set_data(step.weight.detach().contiguous(at::MemoryFormat::ChannelsLast));
}

void Chain::use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of) {
  for (Step& step : steps_) {
    if (step.weight.defined()) step.weight_view = view_of(step.weight);
    if (step.bias.defined()) step.bias_view = view_of(step.bias);
  }
}

bool Chain::is_product(std::size_t index, std::int64_t batch, Size size) const {
  if (!device_ || index >= steps_.size()) return false;
  const Step& step = steps_[index];
  const torch::Tensor& weight = step.weight;
  if (step.kind == Kind::linear) return size.height == 0 && dense_applies(weight, batch);
  if (step.kind != Kind::whole && step.kind != Kind::from_one) return false;
  const bool whole = step.kind == Kind::whole;
  if (size.height != (whole ? weight.size(2) : 1) || size.width != (whole ? weight.size(3) : 1)) return false;
  return with_channels_last(weight).is_contiguous() && dense_applies(weight, batch);
}

bool Chain::is_to_few(std::size_t index) const {
  if (!(device_ || channels_last_) || index >= steps_.size()) return false;
  const Step& step = steps_[index];
  return step.pointwise && pointwise_applies(step.weight, step.kind == Kind::from_one);
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
  torch::nn::AnyModule module = step.module;
  return module.forward(values);
}

torch::Tensor Chain::run_channels_last(const Step& step, const torch::Tensor& map) const {
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

Chain::Size Chain::State::size() const {
  if (values.dim() != 4) return {};
  const std::int64_t border = own ? 2 * map_border(values) : 0;
  const int rows = own ? 1 : 2;
  return {values.size(rows) - border, values.size(rows + 1) - border};
}

LayerCall Chain::call_of(std::size_t index, bool relu, bool relu_gradient_done, const State& state) const {
  const Step& step = steps_[index];
  return {.transposed = step.kind == Kind::transposed || step.kind == Kind::from_one,
          .weight = step.weight,
          .bias = step.bias,
          .relu = relu,
          .relu_gradient_done = relu_gradient_done,
          .after_relu = state.after_relu,
          .weight_view = step.weight_view,
          .bias_view = step.bias_view};
}

bool Chain::by_strided_kernels(std::size_t index, bool relu, State& state) const {
  const Step& step = steps_[index];
  const Size size = state.size();
  if (!is_strided(index, state.values.size(0), size)) return false;
  if (!device_ && state.values.scalar_type() != step.weight.scalar_type()) return false;
  const bool transposed = step.kind == Kind::transposed;
  const Size after = transposed ? Size{2 * size.height, 2 * size.width} : Size{size.height / 2, size.width / 2};
  const bool next = relu && by_kernels(index + 2, state.values.size(0), after);
  if (!state.own) state.values = to_map(state.values.to(step.weight.scalar_type()));
  state.values = models::apply(StridedLayer{call_of(index, relu, next, state), in_place_}, state.values);
  state.own = true;
  state.after_relu = next;
  return true;
}

bool Chain::by_product_kernels(std::size_t index, bool relu, State& state) const {
  const bool map = state.values.dim() == 4;
  const std::int64_t batch = state.values.size(0);
  if ((!map && state.values.dim() != 2) || !is_product(index, batch, state.size())) return false;
  const Step& step = steps_[index];
  const torch::Tensor& weight = step.weight;
  const Size after = !map ? Size{} : step.kind == Kind::from_one ? Size{weight.size(2), weight.size(3)} : Size{1, 1};
  const bool next = relu && by_kernels(index + 2, batch, after);
  if (map && !state.own) state.values = to_map(state.values.to(weight.scalar_type()));
  const torch::Tensor result = models::apply(DenseLayer{call_of(index, relu, next, state)}, state.values);
  state.values = map ? result.view({batch, after.height, after.width, -1}) : result;
  state.own = map;
  state.after_relu = next;
  return true;
}

bool Chain::by_pointwise_kernels(std::size_t index, State& state) const {
  const Step& step = steps_[index];
  if (!is_to_few(index) || state.values.dim() != 4 || state.values.scalar_type() != step.weight.scalar_type()) return false;
  const torch::Tensor map = state.own ? state.values : with_channels_last(state.values).contiguous();
  state.values = from_map(models::apply(PointwiseLayer{call_of(index, /*relu=*/false, false, state)}, map));
  state.own = state.after_relu = false;
  return true;
}

bool Chain::by_places(std::size_t index, State& state) const {
  const Step& step = steps_[index];
  if (!step.pointwise || state.values.dim() != 4 || !(device_ || state.own)) return false;
  const torch::Tensor map = state.own ? state.values : to_map(state.values),
                      matrix = step.kind == Kind::from_one ? step.weight.flatten(1) : step.weight.flatten(1).t();
  const torch::Tensor rows = map.view({-1, map.size(3)}),
                      results = step.bias.defined() ? torch::addmm(step.bias, rows, matrix) : rows.mm(matrix);
  // What lies on the border is computed too, and left.
  const std::int64_t border = map_border(map), height = map.size(1) - 2 * border, width = map.size(2) - 2 * border;
  state.values = results.view({map.size(0), map.size(1), map.size(2), results.size(1)})
                     .narrow(1, border, height)
                     .narrow(2, border, width)
                     .permute({0, 3, 1, 2});
  state.own = state.after_relu = false;
  return true;
}

bool Chain::by_channels_last(std::size_t index, bool relu, State& state) const {
  if (!channels_last_ || state.values.dim() != 4) return false;
  const torch::Tensor result = run_channels_last(steps_[index], state.values);
  if (!result.defined()) return false;
  const bool next = relu && result.scalar_type() == torch::kFloat32 && is_to_few(index + 2);
  state.values = add_bias(result, steps_[index].bias, relu, next);
  state.after_relu = next;
  return true;
}

torch::Tensor Chain::forward(torch::Tensor values) const {
  // No kernel is started for nothing, and no shape can be told from no elements.
  if ((device_ || channels_last_) && values.size(0) == 0) return torch::nn::Sequential(modules_)->forward(values);
  State state{std::move(values)};
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool relu = i + 1 < steps_.size() && steps_[i + 1].kind == Kind::relu;
    if (by_pointwise_kernels(i, state)) continue;
    if (by_channels_last(i, relu, state) || by_strided_kernels(i, relu, state) || by_product_kernels(i, relu, state)) {
      if (relu) ++i;  // it is part of the step
      continue;
    }
    if (by_places(i, state)) continue;
    if (state.own) state.values = from_map(state.values);
    state.own = state.after_relu = false;
    state.values = run(steps_[i], state.values);
  }
  return state.own ? from_map(state.values) : state.values;
}

}  // namespace irmae::models
