// SPDX-License-Identifier: MIT
#include "framework/models/method.h"

#include "framework/data/random_tensors.h"
#include "framework/models/layers/squared_error.h"
#include "framework/models/precision.h"
#include "framework/models/seeded.h"
#include "framework/models/without_autocast.h"

namespace irmae::models {

torch::Tensor Samples::normal(std::int64_t own, std::int64_t width, const torch::TensorOptions& options) const {
  const auto drawn = [&] {
    if (options.device().is_cpu()) return data::normal_noise(seed, noise, first, own, width);
    const auto integers = torch::TensorOptions(options.device()).dtype(torch::kInt64);
    return data::normal_noise_of(seed, noise, torch::arange(first, first + own, integers), width);
  };
  return (ready ? ready(width) : drawn()).to(options.requires_grad(false));
}

torch::Tensor Samples::total(const torch::Tensor& own) const {
  if (!add) return own;
  const torch::Tensor value = own.detach();
  const torch::Tensor sum = add(value);
  if (count == 0) return sum;
  return sum + (own - value) * (static_cast<double>(global) / static_cast<double>(count));
}

Method::Method(const manifest::Cell& cell) : cell_(cell), cross_entropy_(cell.text("train.loss") == "bce") {}

ModelSpec Method::spec(const Shape& shape) const {
  const std::int64_t latent = cell_.integer("model.latent");
  return {network_spec(cell_, shape, latent, encoder_outputs(latent)), stack()};
}

std::shared_ptr<Autoencoder> Method::make_model(const Shape& shape) const {
  const ModelSpec layers = spec(shape);
  const Seeded seeded(static_cast<std::uint64_t>(cell_.integer("train.seed")));
  // Encoder and decoder first, in one order: methods that differ only in between start from the same values.
  Network network = adapted(build(layers.network));
  const auto stack = layers.stack ? std::make_shared<LinearStack>(*layers.stack) : nullptr;
  const Output output = kOutputs.from(cell_.text("model.output")).value();
  auto model = std::make_shared<Autoencoder>(std::move(network), stack, output);
  model->second_derivatives(second_derivatives());
  if (const torch::ScalarType precision = storage_precision(cell_); precision != torch::kFloat32) model->to(precision);
  return model;
}

Loss Method::loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const {
  const torch::Tensor codes = model.encode(images);
  const torch::Tensor decoded = model.decode(codes);
  const torch::Tensor reconstruction = reconstruction_loss(decoded, images);
  torch::Tensor objective = reconstruction;
  if (const torch::Tensor extra = penalty(codes); extra.defined()) objective = objective + extra;
  return whole_loss(model, objective, codes, decoded, images, samples, cross_entropy_ ? torch::Tensor() : reconstruction);
}

Loss Method::whole_loss(const Autoencoder& model, torch::Tensor objective, const torch::Tensor& codes,
                        const torch::Tensor& decoded, const torch::Tensor& images, const Samples& samples,
                        const torch::Tensor& reconstruction) const {
  if (model.is_training())
    if (const torch::Tensor extra = batch_penalty(model, codes, samples); extra.defined())
      objective = objective + static_cast<double>(images.size(0)) * extra;
  const torch::Tensor error = reconstruction.defined() ? reconstruction.detach() : squared_error(decoded.detach(), images);
  return {objective, error, codes.detach(), decoded.detach()};
}

std::int64_t Method::elements(const torch::Tensor& images) { return c10::multiply_integers(images.sizes().slice(1)); }

torch::Tensor Method::reconstruction_loss(const torch::Tensor& decoded, const torch::Tensor& images) const {
  if (!cross_entropy_) return squared_error(decoded, images);
  const WithoutAutocast allowed;
  return torch::binary_cross_entropy(decoded, images, {}, torch::Reduction::Sum) / static_cast<double>(elements(images));
}

torch::Tensor Method::squared_error(const torch::Tensor& decoded, const torch::Tensor& images) {
  return models::squared_error(decoded, images, static_cast<double>(elements(images)));
}

const std::vector<MethodKind>& methods() { return Registry<MethodKind>::all(); }

const MethodKind& kind_of(const manifest::Cell& cell) { return Registry<MethodKind>::of(cell); }

std::unique_ptr<Method> make_method(const manifest::Cell& cell) { return kind_of(cell).make(cell); }

}  // namespace irmae::models
