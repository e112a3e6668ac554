// SPDX-License-Identifier: MIT
// Denoising autoencoder (Vincent et al., ICML 2008 and JMLR 2010): the encoder sees the image with Gaussian noise, the
// reconstruction is compared with the clean one. The papers choose the noise by validation; 0.1 of the images' range is
// usual. The validation loss is of noisy images too; codes, spectra and reconstruction errors are of clean ones.
#include "framework/models/method.h"

namespace irmae::models::dae_method {
namespace {

class Dae final : public Method {
 public:
  explicit Dae(const manifest::Cell& cell) : Method(cell), noise_(cell.real("model.noise")) {}

  Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const override {
    const torch::Tensor noise = samples.normal(images.size(0), elements(images), images.options()).view(images.sizes());
    const torch::Tensor codes = model.encode(images + noise_ * noise);
    const torch::Tensor decoded = model.decode(codes);
    const torch::Tensor objective = reconstruction_loss(decoded, images);
    if (model.is_training()) return whole_loss(model, objective, codes, decoded, images, samples);
    const torch::Tensor clean = model.encode(images);
    return whole_loss(model, objective, clean, model.decode(clean), images, samples);
  }

 private:
  double noise_;
};

const RegisterMethod registered{method_kind<Dae>(
    "dae", "denoising autoencoder: noise on what the encoder sees",
    {{.path = "model.noise",
      .fallback = 0.1,
      .help = "standard deviation of the noise on the samples; images are in 0..1, vectors as data.scaling leaves them",
      .least = 0}})};

}  // namespace
}  // namespace irmae::models::dae_method
