// SPDX-License-Identifier: MIT
#include "framework/models/spectral_norm.h"

#include "framework/models/layers/layer_module.h"
#include "framework/models/without_autocast.h"
#include "storage/error.h"

namespace irmae::models {

namespace {

constexpr int kIterations = 10;

using torch::Tensor;

class Normalised : public torch::nn::Module, public ActsAs {
 public:
  /// Of a linear layer or a transposed convolution.
  explicit Normalised(const DescribedLayer& layer) : layer_(layer.spec) {
    weight_ = register_parameter("weight", layer.weight);
    bias_ = register_parameter("bias", layer.bias);
  }

  Tensor forward(const Tensor& input) {
    const Tensor output = map(input, weight_ / norm(input.sizes().vec()));
    if (!bias_.defined()) return output;
    return output + (is_linear() ? bias_ : bias_.view({-1, 1, 1}));
  }

  DescribedLayer plain(at::IntArrayRef input) const override { return {layer_, weight_ / norm(input.vec()), bias_}; }

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
        vector = adjoint(map(vector, weight_), weight_);
        vector = vector / vector.norm().clamp_min(1e-30);
      }
    }
    return map(vector, weight_).norm().clamp_min(1e-12);
  }

  bool is_linear() const { return layer_.kind == LayerSpec::Kind::linear; }

  /// The layer without its bias, and the adjoint of that.
  Tensor map(const Tensor& input, const Tensor& weight) const {
    return is_linear() ? torch::linear(input, weight)
                       : torch::conv_transpose2d(input, weight, {}, layer_.stride, layer_.padding, layer_.more);
  }
  Tensor adjoint(const Tensor& output, const Tensor& weight) const {
    return is_linear() ? torch::matmul(output, weight) : torch::conv2d(output, weight, {}, layer_.stride, layer_.padding);
  }

  LayerSpec layer_;
  Tensor weight_, bias_;
};

}  // namespace

torch::nn::Sequential spectrally_normalised(const torch::nn::Sequential& layers) {
  torch::nn::Sequential result;
  for (const torch::nn::AnyModule& any : *layers) {
    const auto module = any.ptr();
    const std::optional<DescribedLayer> layer = described(*module);
    if (layer && (layer->spec.kind == LayerSpec::Kind::deconv || layer->spec.kind == LayerSpec::Kind::linear))
      result->push_back(std::make_shared<Normalised>(*layer));
    else if (!module->parameters().empty())
      throw Error("spectral normalisation knows linear and transposed convolution layers only, not " + module->name());
    else
      result->push_back(any);
  }
  return result;
}

}  // namespace irmae::models
