// SPDX-License-Identifier: MIT
#include "framework/models/plain_model.h"

#include <fmt/ranges.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <variant>

#include "framework/counted.h"
#include "framework/models/acts_as.h"
#include "storage/error.h"

namespace irmae::models {

namespace {

namespace nn = torch::nn;

std::string list(const torch::ExpandingArray<2>& pair) { return fmt::format("[{}, {}]", pair->at(0), pair->at(1)); }

torch::Tensor values_of(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor.detach().to(torch::kCPU).clone(torch::MemoryFormat::Contiguous) : torch::Tensor();
}

/// "torch.FUNCTION(x, weight, bias" + rest + ")"
Layer with_parameters(const std::string& name, Layer::Kind kind, const std::string& function, const torch::Tensor& weight,
                      const torch::Tensor& bias, const std::string& rest = "") {
  const std::string own = fmt::format("getattr(self, \"{}\")", name);
  return {name, kind, fmt::format("torch.{}(x, {}.weight, {}{})", function, own, bias.defined() ? own + ".bias" : "None", rest),
          values_of(weight), values_of(bias)};
}

Layer convolution(const std::string& name, const nn::Conv2dImpl& layer, const std::string& where) {
  const auto* padding = std::get_if<torch::ExpandingArray<2>>(&layer.options.padding());
  if (!padding || !std::holds_alternative<torch::enumtype::kZeros>(layer.options.padding_mode()))
    throw Error(fmt::format("{}: a convolution with padding other than by a number of zeros is not exported", where));
  // Groups see only their own channels: a matrix that mixes all of them does not fit in.
  const bool whole = layer.options.groups() == 1;
  return with_parameters(name, whole ? Layer::Kind::convolution : Layer::Kind::other, "conv2d", layer.weight, layer.bias,
                         fmt::format(", {}, {}, {}, {}", list(layer.options.stride()), list(*padding),
                                     list(layer.options.dilation()), layer.options.groups()));
}

Layer transposed_convolution(const std::string& name, const nn::ConvTranspose2dImpl& layer) {
  const auto& options = layer.options;
  return with_parameters(
      name, Layer::Kind::other, "conv_transpose2d", layer.weight, layer.bias,
      fmt::format(", {}, {}, {}, {}, {}", list(options.stride()), list(std::get<torch::ExpandingArray<2>>(options.padding())),
                  list(options.output_padding()), options.groups(), list(options.dilation())));
}

/// Empty for a layer that is not a function of its input alone, or not known.
std::string function_of(const nn::Module& layer) {
  if (layer.as<nn::ReLU>()) return "torch.relu(x)";
  if (layer.as<nn::Tanh>()) return "torch.tanh(x)";
  if (layer.as<nn::Sigmoid>()) return "torch.sigmoid(x)";
  if (layer.as<nn::SiLU>()) return "torch.silu(x)";
  if (layer.as<nn::Identity>()) return "x";
  if (const auto* leaky = layer.as<nn::LeakyReLU>())
    return fmt::format("torch.leaky_relu(x, {:#})", leaky->options.negative_slope());
  if (const auto* elu = layer.as<nn::ELU>()) return fmt::format("torch.elu(x, {:#})", elu->options.alpha());
  if (const auto* unflatten = layer.as<nn::Unflatten>())
    if (unflatten->options.namedshape().empty())
      return fmt::format("torch.unflatten(x, {}, [{}])", unflatten->options.dim(), fmt::join(unflatten->options.sizes(), ", "));
  return "";
}

Layer layer_of(const std::string& name, const nn::Module& layer, const std::string& where) {
  if (const auto* linear = layer.as<nn::Linear>())
    return with_parameters(name, Layer::Kind::linear, "linear", linear->weight, linear->bias);
  if (const auto* conv = layer.as<nn::Conv2d>()) return convolution(name, *conv, where);
  if (const auto* conv = layer.as<nn::ConvTranspose2d>()) return transposed_convolution(name, *conv);
  if (const auto* flatten = layer.as<nn::Flatten>())
    return {name, Layer::Kind::flatten,
            fmt::format("torch.flatten(x, {}, {})", flatten->options.start_dim(), flatten->options.end_dim())};
  const std::string function = function_of(layer);
  if (function.empty())
    throw Error(fmt::format("{} is a {}, which is not exported yet: framework/models/plain_model.cpp knows the layers that are",
                            where, layer.name()));
  return {name, Layer::Kind::other, function};
}

/// The place of the last layer that `matrix` ([rows, outputs]) can be multiplied into; -1: there is none.
std::ptrdiff_t place_to_fold(const std::vector<Layer>& layers, const torch::Tensor& matrix) {
  bool flattened = false;
  for (auto i = static_cast<std::ptrdiff_t>(layers.size()) - 1; i >= 0; --i) {
    const Layer& layer = layers[static_cast<std::size_t>(i)];
    if (layer.kind == Layer::Kind::flatten) {
      flattened = true;
      continue;
    }
    const bool takes_matrix = layer.kind == Layer::Kind::linear || (layer.kind == Layer::Kind::convolution && flattened);
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
  return with_parameters(name, Layer::Kind::other, "linear", matrix, {});
}

const char* name_of(Output output) {
  switch (output) {
    case Output::tanh:
      return "tanh";
    case Output::sigmoid:
      return "sigmoid";
    case Output::none:
      break;
  }
  return "none";
}

/// The layers of a sequence that gets this input.
std::vector<Layer> layers_of(const nn::Sequential& sequence, const std::string& name, torch::Tensor input) {
  std::vector<Layer> layers;
  const auto children = sequence->named_children();
  std::size_t place = 0;
  for (nn::AnyModule& any : *sequence.ptr()) {
    const auto& child = children[place++];
    std::shared_ptr<nn::Module> layer = child.value();
    if (const auto* own = dynamic_cast<const ActsAs*>(layer.get())) layer = own->plain(input.sizes());
    layers.push_back(layer_of(child.key(), *layer, fmt::format("{}.{}", name, child.key())));
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
                   name_of(model.output()), "no linear layers"};
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
    if (!stack->linear()) plain.encoder.push_back({fmt::format("R{}", i + 1), Layer::Kind::other, "torch.relu(x)"});
  }
  if (readout.defined()) plain.encoder.push_back(matrix_layer("readout", readout.to(samples.scalar_type())));
  if (!matrices.empty())
    plain.folding = fmt::format("{} linear layers kept: {}", matrices.size(),
                                stack->linear() ? "the layer before them takes no matrix in" : "a ReLU follows each");
  return plain;
}

}  // namespace irmae::models
