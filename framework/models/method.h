// SPDX-License-Identifier: MIT
// A method: how an autoencoder is put together and what it minimises. One small file a method, registered by name.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/manifest/cell.h"
#include "framework/models/autoencoder.h"

namespace irmae::models {

/// What a loss may know about the samples that it sees, for noise that does not depend on how they are spread over ranks.
struct Samples {
  std::uint64_t seed = 0;
  data::Stream noise = data::Stream::train_noise;
  std::int64_t first = 0;  ///< counter of the first sample; the others follow. Never repeats in a run.
};

/// Sums over the samples given, so that sums of ranks add up: the trainer divides by the global count.
struct Loss {
  torch::Tensor objective;       ///< scalar, what is minimised
  torch::Tensor reconstruction;  ///< scalar, mean squared error per element of each image, detached
  torch::Tensor codes;           ///< [count, latent] after the stack, detached
  torch::Tensor images;          ///< reconstructions, detached
};

class Method {
 public:
  explicit Method(const manifest::Cell& cell);
  virtual ~Method() = default;

  /// Builds the model for samples of this shape with initial parameters from the cell's seed: the same on every rank.
  /// Throws UsageError where the cell's network does not take them.
  std::shared_ptr<Autoencoder> make_model(const Shape& shape) const;

  /// images: [count, channels, height, width]
  virtual Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const;

  /// The codes that are stored, analysed and decoded: [count, latent].
  virtual torch::Tensor codes(Autoencoder& model, const torch::Tensor& images) const { return model.encode(images); }

  /// The matrix [latent, outputs] that makes codes of what model.encode gives, for exported models, which know no methods.
  /// Undefined: what it gives are the codes. Whoever overrides `codes` overrides this too.
  virtual torch::Tensor readout(const Autoencoder& model) const { return {}; }

 protected:
  /// Width of the encoder's output for a latent size.
  virtual std::int64_t encoder_outputs(std::int64_t latent) const { return latent; }
  virtual std::shared_ptr<LinearStack> make_linear_stack() const { return nullptr; }
  /// Added to the objective: a sum over the samples. Undefined tensor: nothing.
  virtual torch::Tensor penalty(const torch::Tensor& codes) const { return {}; }

  /// Reconstruction part of the objective (train.loss), mean over an image's elements, summed over images.
  torch::Tensor reconstruction_loss(const torch::Tensor& decoded, const torch::Tensor& images) const;
  /// Mean squared error, mean over an image's elements, summed over images.
  static torch::Tensor squared_error(const torch::Tensor& decoded, const torch::Tensor& images);

  const manifest::Cell cell_;

 private:
  bool cross_entropy_;
};

/// A method as it is known by name.
struct MethodKind {
  manifest::Choice choice;  ///< selector "model.method"
  std::function<std::unique_ptr<Method>(const manifest::Cell&)> make;
};

const std::vector<MethodKind>& methods();
std::unique_ptr<Method> make_method(const manifest::Cell& cell);

struct RegisterMethod {
  explicit RegisterMethod(MethodKind kind);
};

/// The usual case: a method class that is constructed from its cell.
template <class M>
MethodKind method_kind(std::string name, std::string help, std::vector<manifest::Key> keys = {},
                       std::vector<std::pair<std::string, manifest::Scalar>> defaults = {}) {
  return {.choice = {.selector = "model.method",
                     .name = std::move(name),
                     .help = std::move(help),
                     .keys = std::move(keys),
                     .defaults = std::move(defaults)},
          .make = [](const manifest::Cell& cell) { return std::make_unique<M>(cell); }};
}

}  // namespace irmae::models
