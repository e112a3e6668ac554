// SPDX-License-Identifier: MIT
// A method: how an autoencoder is put together and what it minimises. One small file a method, registered by name.
#pragma once

#include <torch/types.h>

#include <cctype>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/manifest/cell.h"
#include "framework/models/autoencoder.h"
#include "framework/registry.h"

namespace irmae::models {

/// What a loss may know about the samples that it sees, so that it does not depend on how they are spread over ranks.
struct Samples {
  std::uint64_t seed = 0;
  data::Stream noise = data::Stream::train_noise;
  std::int64_t first = 0;  ///< counter of the first sample; the others follow. Never repeats in a run.
  // What follows is set only where the samples are a rank's part of a larger batch, that is where `add` is.
  std::int64_t count = 0;   ///< how many are here; may be none
  std::int64_t global = 0;  ///< how many the whole batch has on all ranks
  /// The sum of a tensor over all ranks, without gradient. Collective.
  std::function<torch::Tensor(const torch::Tensor&)> add{};

  /// Standard normal noise that lies ready for the samples here, [count, width] on their device; empty: drawn when asked for.
  std::function<torch::Tensor(std::int64_t width)> ready{};

  /// Standard normal noise for `own` samples, [own, width] of this type and device: a function of seed and sample alone.
  torch::Tensor normal(std::int64_t own, std::int64_t width, const torch::TensorOptions& options) const;

  /// Size of the whole batch where `own` samples are here.
  std::int64_t whole(std::int64_t own) const { return add ? global : own; }
  /// Makes the sum over the whole batch of `own`, the sum over the samples here. Its gradient flows to the samples here alone,
  /// global / count times: each rank counts a term of the whole batch `count` times (see Method::batch_penalty), and only its
  /// own copy reaches its own samples. Collective.
  torch::Tensor total(const torch::Tensor& own) const;
};

/// Sums a statistic of images over a fixed set of training samples, the same on every rank; the statistic is computed in
/// batches and must be a sum over their samples. Collective.
using SumOverTraining = std::function<torch::Tensor(const std::function<torch::Tensor(const torch::Tensor& images)>&)>;

/// A loss as sums over the samples given, so that sums of ranks add up: the trainer divides by the global count.
struct Loss {
  torch::Tensor objective;       ///< scalar, what is minimised
  torch::Tensor reconstruction;  ///< scalar, mean squared error per element of each image, detached
  torch::Tensor codes;           ///< [count, latent] after the stack, detached
  torch::Tensor images;          ///< reconstructions, detached
};

/// A Gaussian of independent components over each image's code, q(z | x) of Kingma and Welling (2014).
struct Posterior {
  torch::Tensor mean;          ///< [count, latent], the images' codes
  torch::Tensor log_variance;  ///< [count, latent], natural logarithm of each component's variance
};

/// The posteriors of images [count, channels, height, width], in the type of what the model encodes, with their gradients.
using PosteriorOf = std::function<Posterior(Autoencoder& model, const torch::Tensor& images)>;

/// The layers of a model.
struct ModelSpec {
  NetworkSpec network;
  std::optional<StackSpec> stack;
};

class Method {
 public:
  explicit Method(const manifest::Cell& cell);
  virtual ~Method() = default;

  /// Builds the model for samples of this shape with initial parameters from the cell's seed: the same on every rank.
  /// Throws UsageError where the cell's network does not take them.
  std::shared_ptr<Autoencoder> make_model(const Shape& shape) const;

  /// What make_model makes, with all of its parameters. Throws as make_model.
  ModelSpec spec(const Shape& shape) const;

  /// The loss of images, [count, channels, height, width]. A model in training mode (Module::train) is trained on these
  /// samples, which are a rank's part of one global batch; in evaluation mode they are any samples, and batch_penalty is left
  /// out.
  virtual Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const;

  /// A term that is no sum over samples: of the parameters alone, or of the codes of the whole batch, of which `codes` are
  /// those here (sums of them by samples.total). It counts once for the whole batch: each rank adds it as often
  /// as it has samples to its sum over samples, and the division by the global count makes that once. Its validation value is
  /// that of all validation codes together. Undefined tensor: nothing.
  virtual torch::Tensor batch_penalty(const Autoencoder& model, const torch::Tensor& codes, const Samples& samples) const {
    return {};
  }

  /// Whether loss calls samples.add: then a rank without samples in a step calls it too, with none.
  virtual bool whole_batch() const { return false; }

  /// Whether loss takes gradients of the model's gradients.
  virtual bool second_derivatives() const { return false; }

  /// What the host has to see during a step, such as whether a decomposition succeeded: such steps are never recorded as a CUDA
  /// graph. (Just trying is no option: the recording fails and leaves cuSOLVER unusable.) Null: nothing.
  virtual const char* seen_by_host() const { return nullptr; }

  /// Called before a model is measured, and again when a run goes on after its last epoch: for what is fixed by training
  /// codes. Without effect on training. Collective.
  virtual void prepare(Autoencoder& model, const SumOverTraining& sum) const {}

  /// The codes that are stored, analysed and decoded: [count, latent].
  virtual torch::Tensor codes(Autoencoder& model, const torch::Tensor& images) const { return model.encode(images); }

  /// The matrix [latent, outputs] that makes codes of what model.encode gives, for exported models, which know no methods.
  /// Undefined: what it gives are the codes. Whoever overrides `codes` overrides this too.
  virtual torch::Tensor readout(const Autoencoder& model) const { return {}; }

  /// Whether training draws the codes to the standard normal density [latent]: it is their prior, from which samples are drawn.
  virtual bool has_prior() const { return false; }

  /// What the method takes an image's code for where that is no point: with the prior it gives the evidence bound of Kingma and
  /// Welling (2014). Empty function: codes are points.
  virtual PosteriorOf posterior() const { return {}; }

 protected:
  /// Width of the encoder's output for a latent size.
  virtual std::int64_t encoder_outputs(std::int64_t latent) const { return latent; }
  /// What stands between encoder and decoder; nothing: no linear layers.
  virtual std::optional<StackSpec> stack() const { return {}; }
  /// Changes the network before the model is put together; keeps its parameters' names and shapes.
  virtual Network adapted(Network network) const { return network; }
  /// A term that is added to the objective: a sum over the samples, of their codes [count, latent]. Undefined tensor: nothing.
  virtual torch::Tensor penalty(const torch::Tensor& codes) const { return {}; }

  /// How many numbers one of the images has, also where there is no image.
  static std::int64_t elements(const torch::Tensor& images);
  /// Reconstruction part of the objective (train.loss), mean over an image's elements, summed over images.
  torch::Tensor reconstruction_loss(const torch::Tensor& decoded, const torch::Tensor& images) const;
  /// Mean squared error, mean over an image's elements, summed over images.
  static torch::Tensor squared_error(const torch::Tensor& decoded, const torch::Tensor& images);
  /// The loss of an objective (without batch_penalty, which is added here when the model is in training mode) and what goes
  /// with it. reconstruction: the squared error of `decoded`, where it is known.
  Loss whole_loss(const Autoencoder& model, torch::Tensor objective, const torch::Tensor& codes, const torch::Tensor& decoded,
                  const torch::Tensor& images, const Samples& samples, const torch::Tensor& reconstruction = {}) const;

  const manifest::Cell cell_;

 private:
  bool cross_entropy_;
};

/// The method that has nothing between encoder and decoder and minimises their reconstruction alone: the paper's baseline, and
/// what a cell has that names none.
inline constexpr const char* kPlainMethod = "ae";

/// A method as it is known by name.
struct MethodKind {
  static constexpr const char* kSelector = "model.method";
  manifest::Choice choice;
  std::function<std::unique_ptr<Method>(const manifest::Cell&)> make;
  std::string label;  ///< in legends of figures
  /// Why a cell's numbers do not let the method do what it is for, and what to change; an empty text where they do. Empty
  /// function: they always do.
  std::function<std::string(const manifest::Cell&)> why_not{};

  MethodKind labelled(std::string text) && {
    label = std::move(text);
    return std::move(*this);
  }
  MethodKind refused_by(std::function<std::string(const manifest::Cell&)> reason) && {
    why_not = std::move(reason);
    return std::move(*this);
  }
};

const std::vector<MethodKind>& methods();
/// The registered method of a cell, which its model.method names.
const MethodKind& kind_of(const manifest::Cell& cell);
std::unique_ptr<Method> make_method(const manifest::Cell& cell);

/// A static object of this type in a method's file registers it.
using RegisterMethod = Registry<MethodKind>::Entry;

/// A method's entry in the usual case: a class that is constructed from its cell. Its label is its name in capitals.
template <class M>
MethodKind method_kind(std::string name, std::string help, std::vector<manifest::Key> keys = {},
                       storage::Attributes defaults = {}) {
  std::string label = name;
  for (char& letter : label) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return {
      .choice = {.name = std::move(name), .help = std::move(help), .keys = std::move(keys), .defaults = std::move(defaults)},
      .make = [](const manifest::Cell& cell) { return std::make_unique<M>(cell); },
      .label = std::move(label)};
}

}  // namespace irmae::models
