// SPDX-License-Identifier: MIT
#include "framework/models/plain_model.h"

#include <fmt/ranges.h>

#include "framework/counted.h"
#include "framework/models/layers/layer_module.h"
#include "storage/error.h"

namespace irmae::models {

namespace {

using Kind = LayerSpec::Kind;

torch::Tensor values_of(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor.detach().to(torch::kCPU).clone(torch::MemoryFormat::Contiguous) : torch::Tensor();
}

/// "torch.FUNCTION(x, weight, bias" + rest + ")"
Layer with_parameters(const std::string& name, Kind kind, const std::string& function, const torch::Tensor& weight,
                      const torch::Tensor& bias, const std::string& rest = "") {
  const std::string own = fmt::format("getattr(self, \"{}\")", name);
  return {name, kind, fmt::format("torch.{}(x, {}.weight, {}{})", function, own, bias.defined() ? own + ".bias" : "None", rest),
          values_of(weight), values_of(bias)};
}

Layer layer_of(const std::string& name, const DescribedLayer& layer) {
  const LayerSpec& spec = layer.spec;
  const auto weighted = [&](const std::string& function, const std::string& rest = "") {
    return with_parameters(name, spec.kind, function, layer.weight, layer.bias, rest);
  };
  switch (spec.kind) {
    case Kind::conv:
      return weighted("conv2d", fmt::format(", {}, {}", spec.stride, spec.padding));
    case Kind::deconv:
      return weighted("conv_transpose2d", fmt::format(", {}, {}, [{}]", spec.stride, spec.padding, fmt::join(spec.more, ", ")));
    case Kind::linear:
      return weighted("linear");
    case Kind::relu:
      return {name, spec.kind, "torch.relu(x)"};
    case Kind::flatten:
      return {name, spec.kind, "torch.flatten(x, 1)"};
    case Kind::unflatten:
      break;
  }
  return {name, spec.kind, fmt::format("torch.unflatten(x, 1, [{}])", fmt::join(spec.shape, ", "))};
}

/// The place of the last layer that `matrix` ([rows, outputs]) can be multiplied into; -1: there is none.
std::ptrdiff_t place_to_fold(const std::vector<Layer>& layers, const torch::Tensor& matrix) {
  bool flattened = false;
  for (auto i = static_cast<std::ptrdiff_t>(layers.size()) - 1; i >= 0; --i) {
    const Layer& layer = layers[static_cast<std::size_t>(i)];
    if (layer.kind == Kind::flatten) {
      flattened = true;
      continue;
    }
    const bool takes_matrix = layer.kind == Kind::linear || (layer.kind == Kind::conv && flattened);
    // As many channels as outputs: the feature map is one place, and the flattened outputs are its channels.
    return takes_matrix && layer.weight.size(0) == matrix.size(1) ? i : -1;
  }
  return -1;
}

void multiply_into(Layer& layer, const torch::Tensor& matrix) {
  const torch::ScalarType precision = layer.weight.scalar_type();
  std::vector<std::int64_t> shape = layer.weight.sizes().vec();
  shape[0] = matrix.size(0);
  const torch::Tensor rows = layer.weight.to(torch::kFloat64).flatten(1);
  layer.weight = matrix.mm(rows).reshape(shape).to(precision);
  if (layer.bias.defined()) layer.bias = matrix.mv(layer.bias.to(torch::kFloat64)).to(precision);
}

Layer matrix_layer(const std::string& name, const torch::Tensor& matrix) {
  return with_parameters(name, Kind::linear, "linear", matrix, {});
}

/// The layers of a sequence that gets this input.
std::vector<Layer> layers_of(const torch::nn::Sequential& sequence, const std::string& name, torch::Tensor input) {
  std::vector<Layer> layers;
  const auto children = sequence->named_children();
  std::size_t place = 0;
  for (torch::nn::AnyModule& any : *sequence.ptr()) {
    const auto& child = children[place++];
    const torch::nn::Module& module = *child.value();
    const auto* own = dynamic_cast<const ActsAs*>(&module);
    const std::optional<DescribedLayer> layer = own ? own->plain(input.sizes()) : described(module);
    if (!layer)
      throw Error(fmt::format(
          "{}.{} is a {}, which is not exported yet: framework/models/layers/layer_module.cpp knows the layers that are", name,
          child.key(), module.name()));
    layers.push_back(layer_of(child.key(), *layer));
    input = any.forward(input);
  }
  return layers;
}

}  // namespace

PlainModel plain_model(Autoencoder& model, const torch::Tensor& readout, const torch::Tensor& samples) {
  const torch::NoGradGuard no_grad;
  torch::Tensor codes = model.encode(samples);
  if (readout.defined()) codes = codes.mm(readout.t().to(codes.options()));
  PlainModel plain{layers_of(model.encoder(), "encoder", samples), layers_of(model.decoder(), "decoder", codes),
                   std::string(kOutputs.of(model.output())), "no linear layers"};
  const std::shared_ptr<LinearStack>& stack = model.stack();
  const std::vector<torch::Tensor> matrices = stack ? stack->matrices() : std::vector<torch::Tensor>();
  torch::Tensor product;  // readout W_l ... W_1
  for (const torch::Tensor& matrix : matrices) {
    const torch::Tensor wide = values_of(matrix).to(torch::kFloat64);
    product = product.defined() ? wide.mm(product) : wide;
  }
  if (readout.defined()) {
    const torch::Tensor wide = values_of(readout).to(torch::kFloat64);
    product = product.defined() ? wide.mm(product) : wide;
  }
  if (!product.defined()) return plain;

  const std::ptrdiff_t place = stack && !stack->linear() ? -1 : place_to_fold(plain.encoder, product);
  if (place >= 0) {
    Layer& layer = plain.encoder[static_cast<std::size_t>(place)];
    multiply_into(layer, product);
    if (!matrices.empty())
      plain.folding = fmt::format("{} folded into encoder.{}", counted(matrices.size(), "linear layer"), layer.name);
    return plain;
  }
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    plain.encoder.push_back(matrix_layer(fmt::format("W{}", i + 1), matrices[i]));
    if (stack->relu_after(i)) plain.encoder.push_back({fmt::format("R{}", i + 1), Kind::relu, "torch.relu(x)"});
  }
  if (readout.defined()) plain.encoder.push_back(matrix_layer("readout", readout.to(samples.scalar_type())));
  if (!matrices.empty())
    plain.folding = fmt::format("{} linear layers kept: {}", matrices.size(),
                                stack->linear()                          ? "the layer before them takes no matrix in"
                                : stack->relu_after(matrices.size() - 1) ? "a ReLU follows each"
                                                                         : "ReLUs stand between them");
  return plain;
}

}  // namespace irmae::models
