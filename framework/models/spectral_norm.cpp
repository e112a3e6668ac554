// SPDX-License-Identifier: MIT
#include "framework/models/spectral_norm.h"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <functional>

#include "framework/models/acts_as.h"
#include "framework/models/without_autocast.h"
#include "storage/error.h"

namespace irmae::models {

namespace {

constexpr int kIterations = 10;

using torch::Tensor;

/// The linear map of a layer, and its adjoint, without bias; and LibTorch's layer of such a map, with bias.
struct LinearMap {
  std::function<Tensor(const Tensor&input, const Tensor&weight)> forward, adjoint;
  std::function<std::shared_ptr<torch::nn::Module>(const Tensor& weight, const Tensor& bias)> plain;
};

class Normalised : public torch::nn::Module, public ActsAs {
 public:
  /// bias: of the shape in which it is added, or undefined.
  Normalised(LinearMap map, Tensor weight, const Tensor& bias, std::vector<std::int64_t> bias_shape)
      : map_(std::move(map)), bias_shape_(std::move(bias_shape)) {
    weight_ = register_parameter("weight", std::move(weight));
    bias_ = register_parameter("bias", bias);
  }

  Tensor forward(const Tensor& input) {
    const Tensor output = map_.forward(input, weight_ / norm(input.sizes().vec()));
    return bias_.defined() ? output + bias_.view(bias_shape_) : output;
  }

  std::shared_ptr<torch::nn::Module> plain(at::IntArrayRef input) const override {
    return map_.plain(weight_ / norm(input.vec()), bias_);
  }

 private:
  /// Of the map from samples of this shape. Its gradient takes the singular vector as constant, which is exact for the
  /// true one.
  Tensor norm(std::vector<std::int64_t> shape) const {
    const WithoutAutocast precise;
    shape[0] = 1;
    Tensor vector;
    {
      const torch::NoGradGuard no_grad;
      // Without any order that a singular vector could be orthogonal to.
      const std::int64_t size = c10::multiply_integers(shape);
      const auto numbers = weight_.options().dtype(torch::kFloat64).requires_grad(false);
      vector = torch::arange(1, size + 1, numbers).square().mul(0.7548776662).cos().view(shape).to(weight_.scalar_type());
      for (int i = 0; i < kIterations; ++i) {
        vector = map_.adjoint(map_.forward(vector, weight_), weight_);
        vector = vector / vector.norm().clamp_min(1e-30);
      }
    }
    return map_.forward(vector, weight_).norm().clamp_min(1e-12);
  }

  LinearMap map_;
  std::vector<std::int64_t> bias_shape_;
  Tensor weight_, bias_;
};

/// A new layer with these parameters.
template <class Layer, class Options>
std::shared_ptr<torch::nn::Module> layer_with(const Options& options, const Tensor& weight, const Tensor& bias) {
  Layer layer(options);
  layer->weight = weight;
  layer->bias = bias;
  return layer.ptr();
}

std::shared_ptr<Normalised> normalised(const torch::nn::ConvTranspose2dImpl& layer) {
  const auto options = layer.options;
  const std::vector<std::int64_t> stride = at::IntArrayRef(options.stride()).vec();
  const auto* pad = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  if (!pad) throw std::logic_error("a transposed convolution has numbers as padding");
  const std::vector<std::int64_t> padded = at::IntArrayRef(*pad).vec();
  const std::vector<std::int64_t> more = at::IntArrayRef(options.output_padding()).vec();
  return std::make_shared<Normalised>(
      LinearMap{[=](const Tensor& x, const Tensor& w) { return torch::conv_transpose2d(x, w, {}, stride, padded, more); },
                [=](const Tensor& y, const Tensor& w) { return torch::conv2d(y, w, {}, stride, padded); },
                [=](const Tensor& w, const Tensor& b) {
                  return layer_with<torch::nn::ConvTranspose2d>(
                      torch::nn::ConvTranspose2dOptions(options.in_channels(), options.out_channels(), options.kernel_size())
                          .stride(options.stride())
                          .padding(*std::get_if<torch::ExpandingArray<2>>(&options.padding()))
                          .output_padding(options.output_padding()),
                      w, b);
                }},
      layer.weight, layer.bias, std::vector<std::int64_t>{-1, 1, 1});
}

std::shared_ptr<Normalised> normalised(const torch::nn::LinearImpl& layer) {
  const auto options = layer.options;
  return std::make_shared<Normalised>(
      LinearMap{[](const Tensor& x, const Tensor& w) { return torch::linear(x, w); },
                [](const Tensor& y, const Tensor& w) { return torch::matmul(y, w); },
                [=](const Tensor& w, const Tensor& b) { return layer_with<torch::nn::Linear>(options, w, b); }},
      layer.weight, layer.bias, std::vector<std::int64_t>{-1});
}

}  // namespace

torch::nn::Sequential spectrally_normalised(const torch::nn::Sequential& layers) {
  torch::nn::Sequential result;
  for (const torch::nn::AnyModule& any : *layers) {
    const auto module = any.ptr();
    if (const auto* deconv = module->as<torch::nn::ConvTranspose2dImpl>())
      result->push_back(normalised(*deconv));
    else if (const auto* linear = module->as<torch::nn::LinearImpl>())
      result->push_back(normalised(*linear));
    else if (!module->parameters().empty())
      throw Error("spectral normalisation knows linear and transposed convolution layers only, not " + module->name());
    else
      result->push_back(any);
  }
  return result;
}

}  // namespace irmae::models
