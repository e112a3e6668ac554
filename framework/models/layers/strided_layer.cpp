// SPDX-License-Identifier: MIT
#include "framework/models/layers/strided_layer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "framework/kernels/functions.h"
#include "framework/parallel.h"

namespace irmae::models {

namespace {

using kernels::Epilogue;
using kernels::Map;
using kernels::Pair;
using kernels::Part;
using kernels::Range;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Map map_of(const torch::Tensor& map) {
  const std::int64_t border = map_border(map);
  return {map.size(0), map.size(1) - 2 * border, map.size(2) - 2 * border, map.size(3)};
}

/// Memory for a padded map.
torch::Tensor empty_map(const Map& map, const torch::TensorOptions& options) {
  return torch::empty({map.batch, map.height + 2, map.width + 2, map.channels}, options);
}

/// Makes the borders of these samples zero.
template <class T>
void clear_borders(const Map& map, T* padded, Range samples) {
  for (std::int64_t sample = samples.first; sample < samples.last; ++sample) {
    T* const image = padded + sample * map.image();
    // The first row with the next one's left place, the right place of each row with the left one below, the last row.
    std::fill_n(image, map.row() + map.channels, T(0));
    for (std::int64_t y = 1; y < map.height; ++y)
      std::fill_n(image + (y + 1) * map.row() - map.channels, 2 * map.channels, T(0));
    std::fill_n(image + (map.height + 1) * map.row() - map.channels, map.row() + map.channels, T(0));
  }
}

template <class Work>
decltype(auto) for_type(const torch::Tensor& tensor, Work&& work) {
  return tensor.scalar_type() == torch::kFloat64 ? work(double()) : work(float());
}

/// The kernels' layout as a plain tensor: [4, 4, fine, coarse].
torch::Tensor kernel_view(const torch::Tensor& weight) { return weight.permute({2, 3, 1, 0}); }

Pair pair_of(const torch::Tensor& weight, bool transposed, const torch::Tensor& input) {
  const Map map = map_of(input);
  const int scale = transposed ? 1 : 2;
  return {map.batch, map.height / scale, map.width / scale, weight.size(1), weight.size(0)};
}

/// A map, or a gradient like `weight`, made on a GPU.
torch::Tensor run_on_device(const Pair& pair, kernels::Work work, const torch::Tensor& input, const torch::Tensor& weight,
                            const Epilogue<float>& finish) {
  const kernels::DeviceKernels& run = *kernels::device_kernels();
  const Map map = work == kernels::Work::down ? pair.coarse() : pair.fine();
  torch::Tensor result = torch::empty({map.batch, map.height, map.width, map.channels}, input.options());
  const torch::Tensor scratch = torch::empty({run.scratch(pair, work)}, input.options());
  if (work == kernels::Work::down)
    run.down(pair, input.data_ptr<float>(), weight.data_ptr<float>(), finish, result.data_ptr<float>(),
             scratch.data_ptr<float>());
  else
    run.up(pair, input.data_ptr<float>(), weight.data_ptr<float>(), finish, result.data_ptr<float>(),
           scratch.data_ptr<float>());
  return result;
}

/// Pieces of a thread's block. In tiles each piece begins by bringing its weights and maps into matrices, which is not to be
/// done again and again.
std::int64_t pieces_of(const Pair& pair) { return pair.by_tiles() ? 1 : 4; }

/// Memory for a layer's result, or for the gradient of its input; `pieces` gets the work that fills it.
template <class T>
torch::Tensor result_of(kernels::Work work, const Pair& pair, const torch::Tensor& input, const torch::Tensor& weight,
                        const Epilogue<T>& finish, std::vector<Pieces>& pieces) {
  if constexpr (std::is_same_v<T, float>)
    if (on_device(input)) return run_on_device(pair, work, input, weight, finish);
  const bool down = work == kernels::Work::down;
  const Map map = down ? pair.coarse() : pair.fine();
  torch::Tensor result = empty_map(map, input.options());
  const T *const from = input.data_ptr<T>(), *const weights = weight.data_ptr<T>();
  T* const to = result.data_ptr<T>();
  pieces.push_back({map.batch, 1, [=](Range samples) { clear_borders(map, to, samples); }});
  const auto part = [=](Range samples, Range channels) {
    const auto* run = kernels::functions<T>();
    (down ? run->down : run->up)(pair, from, weights, finish, to, Part{samples, channels});
  };
  // Where weights are more than maps, threads share out the channels, so that each weight is read by one of them.
  const bool many_weights = pair.weights() > pair.fine().batch * pair.fine().image();
  if (many_weights && map.channels % 32 == 0)
    pieces.push_back({map.channels, 32, [=](Range channels) { part({0, map.batch}, channels); }, pieces_of(pair)});
  else
    pieces.push_back({map.batch, 1, [=](Range samples) { part(samples, {0, map.channels}); }, pieces_of(pair)});
  return result;
}

/// The tensor to which a parameter's gradient is added: its own, or a new one for autograd.
torch::Tensor target(const torch::Tensor& parameter, bool in_place) {
  if (in_place && parameter.grad().defined() && parameter.grad().strides() == parameter.strides()) return parameter.grad();
  return torch::zeros_like(parameter.detach());
}

class Strided : public torch::autograd::Function<Strided> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weight,
                               const std::optional<torch::Tensor>&, const StridedLayer* layer) {
    const torch::Tensor& bias = layer->bias;
    torch::Tensor output = for_type(input, [&]<class T>(T) {
      const Pair pair = pair_of(weight, layer->transposed, input);
      const Epilogue<T> finish{bias.defined() ? bias.data_ptr<T>() : nullptr, layer->relu, nullptr};
      std::vector<Pieces> pieces;
      torch::Tensor result =
          result_of(layer->transposed ? kernels::Work::up : kernels::Work::down, pair, input, weight, finish, pieces);
      in_pieces(pieces);
      return result;
    });
    save_call(*context, *layer, input, output);
    context->saved_data["in_place"] = layer->gradients_in_place;
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const SavedCall call(*context, "a strided layer");
    const torch::Tensor &input = call.input, &weight = call.weight, &bias = call.bias;
    const bool transposed = call.transposed, in_place = context->saved_data["in_place"].toBool();
    const torch::Tensor gradient = call.masked(gradients[0]);
    return for_type(input, [&]<class T>(T) -> variable_list {
      const Pair pair = pair_of(weight, transposed, input);
      variable_list results(4);
      std::vector<Pieces> pieces;  // of all three gradients: none waits for another
      if (call.wants_gradient(SavedCall::kInput)) {
        const Epilogue<T> finish{nullptr, false, call.after_relu ? input.data_ptr<T>() : nullptr};
        results[SavedCall::kInput] =
            result_of(transposed ? kernels::Work::down : kernels::Work::up, pair, gradient, weight, finish, pieces);
      }
      const torch::Tensor &fine = transposed ? gradient : input, &coarse = transposed ? input : gradient;
      if (on_device(input)) {
        call.put_gradients(kernels::GradientOfStrided{pair, floats(fine), floats(coarse), nullptr, nullptr, transposed}, pair,
                           {fine, coarse}, results);
        return results;
      }
      const kernels::Functions<T>& run = *kernels::functions<T>();
      if (call.wants_gradient(SavedCall::kWeight)) {
        const torch::Tensor sum = target(weight, in_place);
        pieces.push_back({pair.gradient_rows(), pair.by_tiles() ? 16 : 4,
                          [&run, pair, from_fine = fine.data_ptr<T>(), from_coarse = coarse.data_ptr<T>(),
                           to = sum.data_ptr<T>()](Range rows) { run.weight_gradient(pair, from_fine, from_coarse, to, rows); },
                          pieces_of(pair)});
        results[SavedCall::kWeight] = for_autograd(weight, sum);
      }
      if (call.wants_gradient(SavedCall::kBias)) {
        const torch::Tensor sum = target(bias, in_place);
        const Map map = transposed ? pair.fine() : pair.coarse();
        pieces.push_back({map.channels, 16, [&run, map, from = gradient.data_ptr<T>(), to = sum.data_ptr<T>()](Range channels) {
                            run.add_places(map, from, to, channels);
                          }});
        results[SavedCall::kBias] = for_autograd(bias, sum);
      }
      in_pieces(pieces);
      return results;
    });
  }
};

template <class T>
torch::Tensor padded(const torch::Tensor& images) {
  const torch::Tensor planar = images.contiguous();
  const Map map{planar.size(0), planar.size(2), planar.size(3), planar.size(1)};
  torch::Tensor result = empty_map(map, planar.options());
  const T* from = planar.data_ptr<T>();
  T* to = result.data_ptr<T>();
  in_pieces(map.batch, 1, [&](Range samples) {
    clear_borders(map, to, samples);
    for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
      for (std::int64_t y = 0; y < map.height; ++y) {
        const T* row = from + (sample * map.channels * map.height + y) * map.width;
        T* place = to + sample * map.image() + (y + 1) * map.row() + map.channels;
        for (std::int64_t x = 0; x < map.width; ++x)
          for (std::int64_t c = 0; c < map.channels; ++c) *place++ = row[c * map.height * map.width + x];
      }
  });
  return result;
}

template <class T>
torch::Tensor planar(const torch::Tensor& padded) {
  const torch::Tensor source = padded.contiguous();
  const Map map = map_of(source);
  torch::Tensor result = torch::empty({map.batch, map.channels, map.height, map.width}, source.options());
  const T* from = source.data_ptr<T>();
  T* to = result.data_ptr<T>();
  in_pieces(map.batch, 1, [&](Range samples) {
    for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
      for (std::int64_t y = 0; y < map.height; ++y) {
        const T* place = from + sample * map.image() + (y + 1) * map.row() + map.channels;
        T* row = to + (sample * map.channels * map.height + y) * map.width;
        for (std::int64_t c = 0; c < map.channels; ++c)
          for (std::int64_t x = 0; x < map.width; ++x) row[c * map.height * map.width + x] = place[x * map.channels + c];
      }
  });
  return result;
}

torch::Tensor padded_of(const torch::Tensor& images) {
  return for_type(images, [&]<class T>(T) { return padded<T>(images); });
}
torch::Tensor planar_of(const torch::Tensor& map) {
  return for_type(map, [&]<class T>(T) { return planar<T>(map); });
}

class ToPadded : public torch::autograd::Function<ToPadded> {
 public:
  static torch::Tensor forward(AutogradContext*, const torch::Tensor& images) { return padded_of(images); }
  static variable_list backward(AutogradContext*, variable_list gradients) { return {planar_of(gradients[0])}; }
};

class FromPadded : public torch::autograd::Function<FromPadded> {
 public:
  static torch::Tensor forward(AutogradContext*, const torch::Tensor& map) { return planar_of(map); }
  static variable_list backward(AutogradContext*, variable_list gradients) { return {padded_of(gradients[0])}; }
};

}  // namespace

std::int64_t map_border(const torch::Tensor& map) { return on_device(map) ? 0 : 1; }

torch::Tensor to_map(const torch::Tensor& images) {
  return on_device(images) ? images.permute({0, 2, 3, 1}).contiguous() : ToPadded::apply(images);
}
torch::Tensor from_map(const torch::Tensor& map) { return on_device(map) ? map.permute({0, 3, 1, 2}) : FromPadded::apply(map); }

torch::Tensor apply(const StridedLayer& layer, const torch::Tensor& map) { return apply_function<Strided>(layer, map); }

bool kernels_know(const torch::Tensor& weight) {
  return weight.size(2) == 4 && weight.size(3) == 4 && Pair::known(weight.size(1), weight.size(0));
}

bool kernels_apply(const torch::Tensor& weight) {
  if (!kernel_view(weight).is_contiguous()) return false;
  if (on_device(weight)) return weight.scalar_type() == torch::kFloat32 && kernels::device_kernels() != nullptr;
  if (weight.scalar_type() == torch::kFloat32) return kernels::functions<float>() != nullptr;
  return weight.scalar_type() == torch::kFloat64 && kernels::functions<double>() != nullptr;
}

void own_layout(torch::Tensor weight) { weight.set_data(kernel_view(weight.detach()).contiguous().permute({3, 2, 0, 1})); }

}  // namespace irmae::models
