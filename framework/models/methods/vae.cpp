// SPDX-License-Identifier: MIT
// Variational autoencoder (Kingma and Welling 2014) as the authors' public code has it: binary cross-entropy, mean over
// everything, and -beta x mean(1 + logvar - mu^2 - exp(logvar)) without the usual 1/2; beta 0.1, sigmoid output, and twice
// the encoder's outputs, mean and log-variance. The means are over d numbers of an image and n latents: with both parts in nats
// the divergence weighs 2 beta d / n (1.6 for MNIST, 19.2 for the shapes, 4.8 for CelebA), where the evidence bound has 1, that
// is beta = n / (2 d). The stored codes are the means, and so are those of spectra, classifiers, attributes and, outside of
// training, reconstructions; the validation loss is of drawn codes, as the bound is. The authors' code draws them everywhere
// but for its classifiers: so do, by default, the evaluations that make new images of codes (densities, interpolation,
// principal components: evaluate.vae_codes).
#include "framework/models/method.h"

namespace irmae::models::vae_method {
namespace {

class Vae final : public Method {
 public:
  explicit Vae(const manifest::Cell& cell) : Method(cell), beta_(cell.real("model.beta")) {}

  Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const override {
    const auto [mean, log_variance] = posterior_of(model, images);
    const torch::Tensor noise = samples.normal(mean.size(0), mean.size(1), mean.options());
    const torch::Tensor decoded = model.decode(mean + (0.5 * log_variance).exp() * noise);
    const torch::Tensor divergence = -(1 + log_variance - mean.square() - log_variance.exp()).mean(1).sum();
    const torch::Tensor objective = reconstruction_loss(decoded, images) + beta_ * divergence;
    return whole_loss(model, objective, mean, model.is_training() ? decoded : model.decode(mean), images, samples);
  }

  torch::Tensor codes(Autoencoder& model, const torch::Tensor& images) const override {
    return posterior_of(model, images).mean;
  }

  torch::Tensor readout(const Autoencoder& model) const override {
    const std::int64_t latent = cell_.integer("model.latent");
    return torch::eye(latent, 2 * latent, torch::kFloat64);  // the means
  }

  bool has_prior() const override { return true; }
  PosteriorOf posterior() const override { return posterior_of; }

 protected:
  std::int64_t encoder_outputs(std::int64_t latent) const override { return 2 * latent; }

 private:
  static Posterior posterior_of(Autoencoder& model, const torch::Tensor& images) {
    const auto halves = model.encode(images).chunk(2, 1);
    return {halves[0], halves[1]};
  }

  double beta_;
};

const RegisterMethod registered{method_kind<Vae>(
    "vae", "variational autoencoder",
    {{.path = "model.beta", .fallback = 0.1, .help = "weight of the divergence from the prior", .least = 0},
     {.path = "evaluate.vae_codes",
      .fallback = std::string("drawn"),
      .help = "codes of densities, interpolation and principal components: drawn from each image's posterior, as "
              "in the authors' code, or its mean",
      .choices = {"drawn", "mean"},
      .newer = true}},
    {{"train.loss", std::string("bce")}, {"model.output", std::string("sigmoid")}})};

}  // namespace
}  // namespace irmae::models::vae_method
